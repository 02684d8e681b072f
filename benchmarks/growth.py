"""How the CPU time of two phases grows with the images and with the epochs: `python -m benchmarks.growth`.

    python -m benchmarks.growth                 # about ten CPU-minutes
    python -m benchmarks.growth --quick         # tiny sizes, to see that it runs
    python -m benchmarks.growth --redraw        # no measuring: the plot and the table of what is there

MobileNetV3Small at 96 pixels, plain Keras as it comes and kerasft, each measurement in a process of its own as in
`benchmarks.two_phase`. Writes growth.json, growth.csv and growth.png: CPU-seconds over images, and over epochs.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import QUICK, Case
from benchmarks.processes import ProcessFailed, run_one
from benchmarks.tables import describe

WAYS = ("plain", "kerasft")
PICTURES, FIXED_EPOCHS = (256, 1024, 4096), (5, 10)
EPOCHS, FIXED_PICTURES = (5, 10, 20, 40), 512  # of each of the two phases
_COLUMNS = ("axis", "value", "way", "repeat", "cpu", "wall", "peak_mb", "accuracy")
_LABELS = {
    "pictures": f"images ({FIXED_EPOCHS[0]} + {FIXED_EPOCHS[1]} epochs)",
    "epochs": f"epochs of each phase ({FIXED_PICTURES} images)",
}
_COLOURS = {"plain": "#b5523b", "kerasft": "#2b6cb0"}
Row = dict[str, Any]


def work(quick: bool = False) -> list[tuple[str, int, Case]]:
    """Returns what is measured: the axis, where on it, and the case."""

    def case(axis: str, value: int, pictures: int, epochs: tuple[int, int]) -> Case:
        name = f"growth-{axis}-{value}" + (QUICK if quick else "")
        return Case(name, "mobilenet_v3_small", 32 if quick else 96, pictures, epochs, 0.3)

    if quick:
        return [
            *[("pictures", value, case("pictures", value, value, (1, 1))) for value in (80, 160)],
            *[("epochs", value, case("epochs", value, 80, (value, value))) for value in (1, 2)],
        ]
    return [
        *[("pictures", value, case("pictures", value, value, FIXED_EPOCHS)) for value in PICTURES],
        *[("epochs", value, case("epochs", value, FIXED_PICTURES, (value, value))) for value in EPOCHS],
    ]


def measure(path: Path, repeats: int, quick: bool = False) -> None:
    """Measures what the file doesn't have yet, and adds each row at once.

    Raises:
        SystemExit: A measurement failed; what was measured before is in the file.
    """
    rows = read(path)
    done = {(row["axis"], row["value"], row["way"], row["repeat"]) for row in rows}
    for repeat in range(repeats):
        # The small ones first: a run that is stopped has the most points.
        for axis, value, case in sorted(work(quick), key=lambda each: each[2].examples * sum(each[2].epochs)):
            for way in WAYS:
                if (axis, value, way, repeat) in done:
                    continue
                print(f"{value} {axis}: {way}, {repeat + 1} of {repeats}", file=sys.stderr, flush=True)
                try:
                    row = run_one(case, way)
                except ProcessFailed as error:
                    raise SystemExit(f"error: {error}") from None
                rows.append({"axis": axis, "value": value, "way": way, "repeat": repeat, **row})
                path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> list[Row]:
    """Returns the rows of growth.json; none if it is not there."""
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def medians(rows: Sequence[Row], axis: str) -> dict[str, dict[int, float]]:
    """Returns CPU-seconds by way and by the place on an axis, in order; medians of the repeats."""
    found: dict[str, dict[int, list[float]]] = {way: {} for way in WAYS}
    for row in sorted((row for row in rows if row["axis"] == axis), key=lambda row: row["value"]):
        found[row["way"]].setdefault(row["value"], []).append(row["cpu"])
    return {way: {at: statistics.median(cpu) for at, cpu in each.items()} for way, each in found.items()}


def ratios(rows: Sequence[Row], axis: str) -> dict[int, float]:
    """Returns how many times less CPU time kerasft takes than plain Keras, where both were measured."""
    plain, ours = (medians(rows, axis)[way] for way in WAYS)
    return {at: plain[at] / ours[at] for at in plain if at in ours}


def to_markdown(rows: Sequence[Row]) -> str:
    """Returns the table."""
    lines = ["| grows | to | plain CPU s | kerasft CPU s | ratio |", "| --- | --: | --: | --: | --: |"]
    for axis in _LABELS:
        plain, ours = (medians(rows, axis)[way] for way in WAYS)
        lines += [
            f"| {axis} | {at} | {plain[at]:.1f} | {ours[at]:.1f} | {ratio:.1f} |"
            for at, ratio in ratios(rows, axis).items()
        ]
    return "\n".join(lines) + "\n"


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Writes one line for each measurement, without its phases."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def plot(rows: Sequence[Row], path: Path, labels: dict[str, str]) -> None:
    """Draws CPU-seconds over images and over epochs, with the ratio at each place."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (axis, label) in zip(panels, labels.items(), strict=True):
        found = medians(rows, axis)
        for way, by_place in found.items():
            panel.plot(list(by_place), list(by_place.values()), "o-", color=_COLOURS[way], label=way)
        for at, ratio in ratios(rows, axis).items():
            middle = (
                found["plain"][at] * found["kerasft"][at]
            ) ** 0.5  # halfway between the two, on a log scale
            panel.annotate(f"{ratio:.1f}x", (at, middle), ha="center", va="center", fontsize=9, color="#444")
        panel.set(xscale="log", yscale="log", xlabel=label)
        places = sorted({at for each in found.values() for at in each})
        panel.set_xticks(places, [str(at) for at in places])
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.minorticks_off()
        panel.margins(0.1)
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("CPU-seconds")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=110)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, writes the files and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, help="a folder; default: build/growth, with --quick build/growth-quick"
    )
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, which say nothing about speed")
    parser.add_argument("--redraw", action="store_true", help="measure nothing")
    options = parser.parse_args(arguments)
    folder = options.out or Path("build/growth" + (QUICK if options.quick else ""))
    folder.mkdir(parents=True, exist_ok=True)
    if not options.redraw:
        measure(folder / "growth.json", options.repeats, options.quick)
    rows = read(folder / "growth.json")
    if not rows:
        raise SystemExit(f"error: nothing was measured yet (received: {folder}); run it without --redraw")
    write_csv(rows, folder / "growth.csv")
    labels = {axis: axis for axis in _LABELS} if options.quick else _LABELS
    plot(rows, folder / "growth.png", labels)
    print(describe([row | {"case": f"{row['axis']} {row['value']}"} for row in rows]))
    print(to_markdown(rows))


if __name__ == "__main__":
    main()
