"""The score against the number of examples and against time, as images, drawn without pyplot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base import files
from kerasft.comparing.cells import WaysComparison
from kerasft.contract.grid import ALL, FULL, HEAD, SCRATCH, TWO, WAYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette; the form of the marker and the line tell the ways apart without colour, too.
STYLES = {
    SCRATCH: ("#7F7F7F", "X", ":"),
    HEAD: ("#E69F00", "s", "--"),
    TWO: ("#0072B2", "o", "-"),
    FULL: ("#CC79A7", "^", "-."),
}


def plot_by_count(found: WaysComparison, path: Path) -> Path:
    """Writes a PNG of the score (mean and range over seeds) against the number of examples, on a log scale."""
    figure, axes = _new_figure()
    counts = found.counts()
    places = [_place(found, each) for each in counts]
    for number, way in enumerate(found.ways()):
        # side by side, so that ranges of equal heights are seen
        shift = 1.03 ** (number - (len(found.ways()) - 1) / 2)
        _draw(axes, found, way, [place * shift for place in places], counts)
    names = [
        f"all\n({place:.0f})" if each == ALL else each for each, place in zip(counts, places, strict=True)
    ]
    axes.set_xticks(places, names)
    axes.set_xlabel(found.plan["counted"])
    return _save(figure, axes, found, path)


def plot_by_time(found: WaysComparison, path: Path) -> Path:
    """Writes a PNG of the score against CPU seconds of training, a point for each number of examples."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    figure, axes = _new_figure()
    counts = found.counts()
    for way in found.ways():
        seconds = [
            float(np.mean([cell.seconds for cell in found.of(way, each)] or [np.nan])) for each in counts
        ]
        _draw(axes, found, way, seconds, counts)
        for place, each in zip(seconds, counts, strict=True):
            cells = found.of(way, each)
            if cells:
                height = float(np.mean([cell.score for cell in cells]))
                axes.annotate(
                    each,
                    (place, height),
                    xytext=(4, -9),
                    textcoords="offset points",
                    fontsize=7,
                    color=STYLES[way][0],
                )
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(f"CPU seconds of training (the numbers at the points: {found.plan['counted']})")
    return _save(figure, axes, found, path)


def _new_figure() -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.6), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _draw(axes: Axes, found: WaysComparison, way: str, places: Sequence[float], counts: list[str]) -> None:
    color, marker, line = STYLES[way]
    every = [[cell.score for cell in found.of(way, each)] for each in counts]
    kept = [(place, values) for place, values in zip(places, every, strict=True) if values]
    means = np.array([np.mean(values) for _, values in kept])
    spread = np.array(
        [[mean - min(values), max(values) - mean] for mean, (_, values) in zip(means, kept, strict=True)]
    )
    axes.errorbar(
        [place for place, _ in kept], means, yerr=spread.T, color=color, marker=marker, linestyle=line, markersize=6,
        linewidth=1.6, capsize=3, label=WAYS[way],
    )  # fmt: skip


def _place(found: WaysComparison, count: str) -> float:
    if count != ALL:
        return float(count)
    examples = [cell.examples for cell in found.cells if cell.count == ALL]
    return float(np.mean(examples)) / found.plan["strata"]


def _save(figure: Figure, axes: Axes, found: WaysComparison, path: Path) -> Path:
    seeds = len({cell.seed for cell in found.cells})
    axes.set_ylabel(f"{found.plan['score_name']} on {found.plan['test_examples']} test examples")
    what = f"{found.plan['backbone']} on {Path(found.plan['data']).name}"
    spread = f": mean and range over {seeds} seeds" if seeds > 1 else ""
    axes.set_title(what + spread, fontsize=10, parse_math=False)
    axes.legend(frameon=False, loc="best")
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary)
    return path
