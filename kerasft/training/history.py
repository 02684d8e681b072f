"""The history of a run: one row per epoch, with its phase, as CSV and as a picture."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from kerasft.base import files
from kerasft.base.bounded import read_bytes

MOST_BYTES = 16_000_000
COLORS = {"accuracy": "#1f6f8b", "val_accuracy": "#d1495b", "loss": "#1f6f8b", "val_loss": "#d1495b"}


@dataclass(frozen=True)
class Epoch:
    """One row of the history.

    Args:
        phase: The phase's name.
        epoch: The epoch within the phase, from 1.
        learning_rate: At the end of the epoch.
        loss: Mean training loss, with augmentation, dropout, smoothing and class weights.
        accuracy: Training accuracy, in [0, 1], with augmentation and dropout.
        val_loss: Loss on the validation split.
        val_accuracy: Accuracy on the validation split, in [0, 1].
        val_log_loss: Cross-entropy on the validation split, in nats, without smoothing.
        seconds: Wall time of the epoch, validation included.
    """

    phase: str
    epoch: int
    learning_rate: float
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    val_log_loss: float
    seconds: float


def write_history(rows: list[Epoch], path: str | Path) -> Path:
    """Writes the rows as CSV, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = asdict(row)
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in values.items()})
    return files.write_text(path, text.getvalue())


def read_history(path: str | Path) -> list[Epoch]:
    """Reads what `write_history` wrote, with its six significant digits.

    Raises:
        OSError: The file can't be read, or is larger than a history gets.
        ValueError: It is damaged.
    """
    text = io.StringIO(read_bytes(path, MOST_BYTES).decode("utf-8"), newline="")
    kinds = {field.name: {"str": str, "int": int, "float": float}[str(field.type)] for field in fields(Epoch)}
    try:
        return [Epoch(**{name: kinds[name](row[name]) for name in kinds}) for row in csv.DictReader(text)]
    except (csv.Error, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no history: {error}") from error


def plot_history(rows: list[Epoch], path: str | Path) -> Path:
    """Draws loss and accuracy of all phases, side by side, with the phases marked, and writes a PNG."""
    from matplotlib.figure import Figure  # no pyplot: no global state, no display needed

    figure = Figure(figsize=(10, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, metric in zip(panels, ("loss", "accuracy"), strict=True):
        _draw_metric(panel, rows, metric)
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return Path(path)


def _draw_metric(panel, rows: list[Epoch], metric: str) -> None:
    epochs = range(1, len(rows) + 1)
    for name, label in ((metric, "training"), (f"val_{metric}", "validation")):
        values = [getattr(row, name) for row in rows]
        panel.plot(epochs, values, marker="o", markersize=3, color=COLORS[name], label=label)
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
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(frameon=False)
