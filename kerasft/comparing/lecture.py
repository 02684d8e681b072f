"""Compares ways to train on the same splits: the lecture in one command."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from kerasft.base import environment
from kerasft.base.errors import InputError, Interrupted, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.locking import locked
from kerasft.base.terminal import console as make_console
from kerasft.comparing.cells import BY_LABELS, BY_TIME, Cell, WaysComparison, read_cells
from kerasft.comparing.ways import Ways, draw_labels
from kerasft.contract.grid import ALL, WAYS, Build, Grid
from kerasft.contract.plan import to_dict
from kerasft.contract.splits import Splits
from kerasft.networks.values import values_of

_READING = ("image_size", "resize", "sequence_length")  # other pixels or tokens of the same files
GROWS = ("labels_per_class", "ways", "seeds")  # more cells of the same kind may be asked for later


def compare_ways(
    build: Build, splits: Splits, output: str | Path, grid: Grid | None = None, *, verbose: bool = True
) -> WaysComparison:
    """Trains every way with every number of labels and every seed, and scores all on the same test split.

    Finished cells are kept in `output` and not trained again, so that a stopped comparison goes on, and a finished
    one can be given more seeds, labels or ways.

    Args:
        build: Builds a model: `build(pretrained, seed)`, with pretrained weights or random ones, by `build_model`.
        splits: From `read_images` or `read_texts`. Labels are drawn from the training split; all ways get the same
            ones. The validation split is not used.
        output: A folder for comparison.json, comparison.csv and two plots.
        grid: Default: `Grid()`: four ways, 1, 2, 5, 10, 25 and all labels per class, 3 seeds.
        verbose: Whether to report each cell on stderr.

    Raises:
        InputError: A setting can't be used, or `output` holds cells of another plan.
        Interrupted: Ctrl-C; the finished cells are kept.
    """
    grid = grid or Grid()
    counts, wanted = _counts(grid, splits.train.labels), grid.chosen_ways()
    folder = Path(output)
    ways = Ways(build, splits, grid)
    plan = _plan(ways)
    done = {cell.key: cell for cell in read_cells(folder, plan)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder can't be made ({error.strerror})"
        raise InputError(Problem(what, str(folder), "choose another --output")) from error
    keys = [(way, str(n), seed) for seed in range(grid.seeds) for n in counts for way in wanted]
    console = make_console(stderr=True, quiet=not verbose)
    with locked(folder):
        for number, key in enumerate(keys, start=1):
            if key in done:
                continue
            try:
                done[key] = _train(ways, *key)
            except KeyboardInterrupt:
                finished = f"stopped; {len(done)} cells are done; the same command goes on"
                raise Interrupted(finished) from None
            WaysComparison(plan, tuple(done.values()), folder).write()
            console.print(f"{number:>4}/{len(keys)}  {_line(done[key])}")
        found = WaysComparison(plan, tuple(done.values()), folder)
        if found.cells:
            from kerasft.comparing.plots import plot_by_labels, plot_by_time

            plot_by_labels(found, folder / BY_LABELS)
            plot_by_time(found, folder / BY_TIME)
    shown = set(keys)
    return replace(found, cells=tuple(cell for cell in found.cells if cell.key in shown))


def _train(ways: Ways, way: str, labels: str, seed: int) -> Cell:
    rows = draw_labels(ways.splits.train.labels, None if labels == ALL else int(labels), seed)
    return Cell(way, labels, seed, len(rows), **ways.score(way, rows, seed))


def _line(cell: Cell) -> str:
    labels = f"{cell.labels_per_class} labels per class"
    return f"seed {cell.seed}, {labels:<21} {WAYS[cell.way]:<17} accuracy {cell.accuracy:.4f}  {cell.seconds:.1f} CPU-s"


def _counts(grid: Grid, labels: np.ndarray) -> list[int | str]:
    """Returns the numbers of labels that differ: what no class has so many of is "all"."""
    most = int(np.bincount(labels).max())
    counts = [n for n in grid.label_counts() if n == ALL or int(n) < most]
    if not counts:
        hint = f"the largest class has {most}; give smaller numbers, or all"
        raise InputError(Problem("no class has so many labels", grid.labels_per_class, hint))
    return counts


def _plan(ways: Ways) -> JsonObject:
    """Returns what must be the same for cells to belong together."""
    model, splits = ways.model(), ways.splits
    settings = {name: value for name, value in to_dict(ways.grid).items() if name not in GROWS}
    own = {name: settings[name] for name in (f for f in to_dict(Grid()) if f not in GROWS)}
    data, weights = hashlib.sha256(), hashlib.sha256()
    for split in (splits.train, splits.test):
        data.update(repr((split.ids, split.hashes, split.labels.tolist())).encode())
    for value in values_of(model.weights):
        weights.update(value.tobytes())
    return {
        **own,
        "backbone": model.kerasft.backbone,
        "weights": weights.hexdigest()[:16],
        "dropout": model.kerasft.dropout,
        **{name: getattr(model.kerasft, name) for name in _READING if hasattr(model.kerasft, name)},
        **({"bit_depth": splits.bit_depth} if hasattr(splits, "bit_depth") else {}),
        "class_names": list(splits.class_names),
        "data": splits.source,
        "data_hash": data.hexdigest()[:16],
        "train_examples": len(splits.train),
        "test_examples": len(splits.test),
        "versions": environment.versions(),
    }
