"""The confusion matrix as an image, drawn without pyplot: no global figures, no display needed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ANNOTATED_CLASSES = 25
MOST_NAMED_CLASSES = 120
LONGEST_NAME = 22


def plot_confusion_matrix(confusion: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draws a confusion matrix: true classes down, predicted classes across.

    Colours are shares of the true class, so that rare classes are seen too, on a square-root scale, so that
    single errors are; the numbers in the cells are examples (0 is left empty). Beyond 25 classes the numbers
    are left out, beyond 120 only some names are written.

    Args:
        confusion: int (true classes, predicted classes), numbers of examples.
        class_names: In the order of rows and columns.

    Returns:
        A matplotlib `Figure`, to save with `figure.savefig(path)`.
    """
    with fonts.covering(class_names):
        return _plot_confusion_matrix(confusion, class_names)


def _plot_confusion_matrix(confusion: np.ndarray, class_names: Sequence[str]) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    num_classes = len(class_names)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    side = float(np.clip(2.6 + 0.42 * num_classes, 4.2, 13.0))  # inches
    figure = Figure(figsize=(side + 0.7, side), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 1), interpolation="nearest")
    if num_classes <= MOST_ANNOTATED_CLASSES:
        _annotate(axes, confusion, shares)
    _name_classes(axes, class_names, size=float(np.clip(380 / num_classes, 4.5, 10)))
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    accuracy = np.trace(confusion) / max(confusion.sum(), 1)
    axes.set_title(f"{confusion.sum()} examples, accuracy {accuracy:.1%}")
    bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, label="share of the true class")
    bar.outline.set_visible(False)
    with warnings.catch_warnings():
        # Class names in a script that no installed font has are drawn as boxes; that is no reason to stop.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.draw_without_rendering()
    return figure


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """Returns a class name on one line and of a bounded length."""
    name = " ".join(name.split()) or repr(name)
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _annotate(axes: Axes, confusion: np.ndarray, shares: np.ndarray) -> None:
    size = float(np.clip(130 / len(confusion), 7, 11))
    for row, column in zip(*np.nonzero(confusion), strict=True):
        colour = "white" if shares[row, column] > 0.3 else "black"
        axes.text(
            column, row, str(confusion[row, column]), ha="center", va="center", color=colour, fontsize=size
        )


def _name_classes(axes: Axes, class_names: Sequence[str], size: float) -> None:
    every = -(-len(class_names) // MOST_NAMED_CLASSES)
    places = range(0, len(class_names), every)
    # parse_math=False: a class may be called "$5 note".
    names = [shorten(class_names[place]) for place in places]
    flat = len(class_names) <= 12 and max(map(len, names)) <= 4
    axes.set_xticks(places, names, fontsize=size, rotation=0 if flat else 90, parse_math=False)
    axes.set_yticks(places, names, fontsize=size, parse_math=False)
    axes.tick_params(length=0 if len(class_names) <= MOST_ANNOTATED_CLASSES else 2)
    for spine in axes.spines.values():
        spine.set_visible(False)
