"""Accuracy against time and size, as an image, drawn without pyplot: no global figures, no display needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.benchmarking.results import Benchmark, names_of, score_name


def plot_benchmarks(found: Sequence[Benchmark], path: str | Path) -> Path:
    """Writes a PNG with the score against the median latency of one thread, and against size.

    Args:
        found: At least one with a known score; the others are left out.
        path: Ends in .png.

    Raises:
        InputError: No score is known, or the name is not that of a PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    path = Path(path)
    names = names_of([each.path for each in found])
    known = [(name, each) for name, each in zip(names, found, strict=True) if each.score is not None]
    problems = []
    if path.suffix.lower() != ".png":
        problems.append(Problem("--plot writes a PNG", str(path), "give a name that ends in .png"))
    if not known:
        hint = "give labelled examples with --data"
        problems.append(Problem("no score is known, so there is nothing to plot", "", hint))
    if problems:
        raise InputError(problems)
    figure = Figure(figsize=(10, 4.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = (
        ("milliseconds, one thread (median)", [each.timings[0].median for _, each in known]),
        ("size in MB", [each.megabytes for _, each in known]),
    )
    accuracies = [each.score or 0.0 for _, each in known]
    for place, (label, values) in enumerate(panels):
        axes = figure.add_subplot(1, 2, place + 1)
        for number, (name, _) in enumerate(known):
            plain = name.replace("$", r"\$")  # a legend takes what is between two of them for mathematics
            axes.scatter(
                values[number],
                accuracies[number],
                s=55,
                zorder=3,
                color=f"C{number % 10}",
                label=plain,
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        narrow = max(values) < 20 * min(values)  # too few powers of ten for the axis to be read by them alone
        axes.xaxis.set_minor_formatter(FuncFormatter(_minor if narrow else lambda value, _: ""))
        axes.margins(0.15, 0.25)
        axes.grid(alpha=0.3, which="both")
        axes.set_xlabel(label)
        axes.set_ylabel(score_name(found) if place == 0 else "")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(4, len(known)), frameon=False, fontsize=8
    )
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary)
    return path


def _minor(value: float, _: int) -> str:
    """Names the ticks 2, 3 and 5 between the powers of ten: all nine would overlap."""
    return f"{value:g}" if f"{value:e}"[0] in "235" else ""
