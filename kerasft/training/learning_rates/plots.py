"""The loss against the learning rate, as an image, drawn without pyplot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.training.learning_rates.results import LearningRates

CURVE, CHOSEN, PALE = "#0072B2", "#D55E00", "#9AA5B1"  # of Okabe and Ito's palette, but for the gray
MARKERS = ("v", "s", "D")


def plot_learning_rates(found: LearningRates, path: str | Path) -> Path:
    """Writes a PNG: the loss of each batch, the smoothed curve, the marks and the suggestion.

    Raises:
        InputError: The name is not that of a PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(Problem("the plot is a PNG", str(path), "give a name that ends in .png"))
    figure = Figure(figsize=(7, 4.8), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(found.rates, found.losses, ".", color=PALE, markersize=4, label="loss of each batch")
    axes.plot(
        found.rates,
        found.smoothed,
        color=CURVE,
        linewidth=2,
        label="smoothed, without the batches' differences",
    )
    for (name, rate), marker in zip(found.marks.items(), MARKERS, strict=False):
        row = int(np.abs(np.log(found.rates) - np.log(rate)).argmin())
        axes.plot(rate, found.smoothed[row], marker, color=CURVE, markersize=7, label=f"{name}: {rate:.2g}")
    words = "suggestion" if found.usable else "default"
    axes.axvline(found.suggestion, color=CHOSEN, linewidth=1.6, label=f"{words}: {found.suggestion:.2g}")
    axes.set_xscale("log")
    axes.set_ylim(*_limits(found))
    axes.set_xlabel("learning rate (rises with each step)")
    axes.set_ylabel("training loss")
    axes.set_title(f"phase {found.phase}: {found.how}", fontsize=10, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary)
    return path


def _limits(found: LearningRates) -> tuple[float, float]:
    """Returns the losses to show: the curve up to a little above its start; a divergence leaves the image."""
    shown = np.concatenate([found.smoothed, found.losses])
    shown = shown[np.isfinite(shown)]
    if len(shown) == 0:
        return 0.0, 1.0
    start = found.smoothed[0] if np.isfinite(found.smoothed[0]) else shown[0]
    high = max(1.6 * start, float(np.percentile(shown, 60))) + 1e-3
    return -0.03 * high, high
