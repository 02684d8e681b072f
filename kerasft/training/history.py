"""The history of a run: one row per epoch, with its phase, as CSV and as an image."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kerasft.base import files
from kerasft.base.bounded import read_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import MaxNLocator

MOST_BYTES = 16_000_000
COLORS = {"training": "#1f6f8b", "validation": "#d1495b"}
_METRIC = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Epoch:
    """One row of the history.

    Args:
        phase: The phase's name.
        epoch: The epoch within the phase, from 1.
        learning_rate: At the end of the epoch.
        seconds: Wall time of the epoch, validation included.
        loss: Mean training loss, with augmentation, dropout, smoothing and class weights.
        val_loss: Loss on the validation split.
        metrics: By their names in Keras' logs: "accuracy" is of training, with augmentation and dropout;
            "val_accuracy" and others are of the validation split.
    """

    phase: str
    epoch: int
    learning_rate: float
    seconds: float
    loss: float
    val_loss: float
    metrics: Mapping[str, float]

    def values(self, metric: str) -> tuple[float, float]:
        """Returns a metric, or the "loss", of training and of validation; NaN where the row has none."""
        found = {"loss": self.loss, "val_loss": self.val_loss, **self.metrics}
        return found.get(metric, math.nan), found.get(f"val_{metric}", math.nan)

    def cells(self) -> dict[str, str | float]:
        """Returns the row by column: what is of training stands before what is of validation."""
        training = {name: value for name, value in self.metrics.items() if not name.startswith("val_")}
        validation = {name: value for name, value in self.metrics.items() if name not in training}
        place: dict[str, str | float] = {
            "phase": self.phase,
            "epoch": self.epoch,
            "learning_rate": self.learning_rate,
        }
        losses = {"loss": self.loss, **training, "val_loss": self.val_loss, **validation}
        return {**place, **losses, "seconds": self.seconds}


def write_history(rows: list[Epoch], path: str | Path) -> Path:
    """Writes the rows, which have the same metrics, as CSV, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0].cells()), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.cells().items()})
    return files.write_text(path, text.getvalue())


def read_history(path: str | Path) -> list[Epoch]:
    """Reads what `write_history` wrote, with its six significant digits.

    Raises:
        OSError: The file can't be read, or is larger than a history gets.
        ValueError: It is damaged.
    """
    text = io.StringIO(read_bytes(path, MOST_BYTES).decode("utf-8"), newline="")
    try:
        reader = csv.DictReader(text)
        metrics = [name for name in reader.fieldnames or () if name not in Epoch.__dataclass_fields__]
        if not all(map(_METRIC.fullmatch, metrics)):
            raise ValueError(f"{path} is no history: a column has no name of a metric")
        return [_epoch(row, metrics) for row in reader]
    except (csv.Error, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no history: {error}") from error


def _epoch(row: Mapping[str, str], metrics: Sequence[str]) -> Epoch:
    return Epoch(
        phase=str(row["phase"]),
        epoch=int(row["epoch"]),
        metrics={name: float(row[name]) for name in metrics},
        **{name: float(row[name]) for name in ("learning_rate", "seconds", "loss", "val_loss")},
    )


def plot_history(rows: list[Epoch], path: str | Path, metric: str) -> Path:
    """Draws the loss and a metric of all phases, side by side, with the phases marked, and writes a PNG."""
    from matplotlib.figure import Figure  # no pyplot: no global state, no display needed

    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, each in zip(panels, ("loss", metric), strict=True):
        _draw_metric(panel, rows, each)
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return Path(path)


def _draw_metric(panel: Axes, rows: list[Epoch], metric: str) -> None:
    epochs = range(1, len(rows) + 1)
    for number, (label, color) in enumerate(COLORS.items()):
        values = [row.values(metric)[number] for row in rows]
        panel.plot(epochs, values, marker="o", markersize=3, color=color, label=label)
    starts = [i for i, row in enumerate(rows) if i == 0 or row.phase != rows[i - 1].phase]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=True)):
        panel.axvspan(
            start + 0.5, end + 0.5, color="#808080", alpha=0.06 if number % 2 else 0.14, linewidth=0
        )
        middle = (start + end + 1) / 2
        panel.text(middle, 1.01, rows[start].phase, transform=panel.get_xaxis_transform(), ha="center")
    panel.set_xlim(0.5, len(rows) + 0.5)
    panel.set_xlabel("epoch")
    panel.set_ylabel(metric)
    cast("MaxNLocator", panel.xaxis.get_major_locator()).set_params(integer=True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False)
