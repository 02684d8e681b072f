"""Compares ways to train on the same splits: the lecture in one command."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import keras
import numpy as np

from kerasft.base import environment
from kerasft.base.errors import InputError, Interrupted, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.locking import locked
from kerasft.base.signatures import Passed
from kerasft.base.terminal import console as make_console
from kerasft.comparing.cells import Cell, WaysComparison, read_cells
from kerasft.comparing.ways import Ways, draw_rows, strata_of
from kerasft.contract.answers import Strata
from kerasft.contract.grid import ALL, WAYS, Build, ClassGrid, ExampleGrid, Grid
from kerasft.contract.plan import to_dict
from kerasft.contract.splits import Splits, class_names_of
from kerasft.networks.values import values_of
from kerasft.runs.model import build_model

_READING = ("image_size", "resize", "sequence_length")  # other pixels or tokens of the same files
GROWS = ("ways", "seeds")  # and the numbers of examples: more cells of the same kind may be asked for later


def compare_ways(
    build: Build, splits: Splits, output: str | Path, grid: Grid | None = None, *, verbose: bool = True
) -> WaysComparison:
    """Trains every way with every number of examples and every seed, and scores all on the same test split.

    Finished cells are kept in `output` and not trained again, so that a stopped comparison goes on, and a finished
    one can be given more seeds, examples or ways.

    Args:
        build: Builds a model: `build(pretrained, seed)`, with pretrained weights or random ones, by `build_model`.
        splits: From `read_images` or the like. Examples are drawn from the training split, of classes as many of
            each; all ways get the same ones. The validation split is not used.
        output: A folder for comparison.json, comparison.csv and two plots.
        grid: Default: four ways, 3 seeds, and 1, 2, 5, 10, 25 and all labels per class (`ClassGrid()`), or where there
            are no classes 20, 50, 100, 200 and all examples (`ExampleGrid()`).
        verbose: Whether to report each cell on stderr.

    Raises:
        InputError: A setting can't be used, or `output` holds cells of another plan.
        Interrupted: Ctrl-C; the finished cells are kept.
    """
    grid = grid or _grid_of(splits)
    counts, wanted = _counts(grid, strata_of(splits)), grid.chosen_ways()
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
            console.print(f"{number:>4}/{len(keys)}  {_line(done[key], plan)}")
        found = WaysComparison(plan, tuple(done.values()), folder)
        if found.cells:
            from kerasft.comparing.plots import plot_by_count, plot_by_time

            by_count, by_time = found.plots()
            plot_by_count(found, by_count)
            plot_by_time(found, by_time)
    shown = set(keys)
    return replace(found, cells=tuple(cell for cell in found.cells if cell.key in shown))


def builder(task: str, splits: Splits, settings: Mapping[str, Passed]) -> Build:
    """Returns what builds the models of `kerasft compare TASK`.

    Args:
        task: Its name.
        splits: Whose schema the models answer in.
        settings: What `build_model` needs to know besides, the pretrained weights among it: see `Task.compared`.
    """

    def build(pretrained: bool, seed: int) -> keras.Model:
        given = {**settings, "weights": settings["weights"] if pretrained else None}
        return build_model(task, schema=splits.schema, precision="float32", seed=seed, **given)

    return build


def _grid_of(splits: Splits) -> Grid:
    has_classes = isinstance(splits.schema.strata(splits.train.targets), Strata)
    return ClassGrid() if has_classes else ExampleGrid()


def _train(ways: Ways, way: str, count: str, seed: int) -> Cell:
    rows = draw_rows(strata_of(ways.splits), None if count == ALL else int(count), seed)
    return Cell(way, count, seed, len(rows), **ways.score(way, rows, seed))


def _line(cell: Cell, plan: JsonFields) -> str:
    count = f"{cell.count} {plan['counted']}"
    score = f"{plan['score_name']} {cell.score:.4f}"
    return f"seed {cell.seed}, {count:<21} {WAYS[cell.way]:<17} {score}  {cell.seconds:.1f} CPU-s"


def _counts(grid: Grid, strata: np.ndarray) -> list[int | str]:
    """Returns the numbers that differ: where no class (or, without classes, no split) has so many, that is "all"."""
    most = int(np.bincount(strata).max())
    counts = [n for n in grid.counts() if n == ALL or int(n) < most]
    if not counts:
        hint = f"there are no more than {most}; give smaller numbers, or all"
        what = f"there are not so many {grid.counted}"
        raise InputError(Problem(what, getattr(grid, grid.numbers), hint))
    return counts


def _plan(ways: Ways) -> JsonObject:
    """Returns what must be the same for cells to belong together."""
    model, splits = ways.model(), ways.splits
    settings = to_dict(ways.grid)
    own = {field.name: settings[field.name] for field in fields(Grid) if field.name not in GROWS}
    data, weights = hashlib.sha256(), hashlib.sha256()
    for split in (splits.train, splits.test):
        labels = [splits.schema.to_text(split.targets, row) for row in range(len(split))]
        data.update(repr((split.ids, split.hashes, labels)).encode())
    for value in values_of(model.weights):
        weights.update(value.tobytes())
    return {
        **own,
        "backbone": model.kerasft.backbone,
        "weights": weights.hexdigest()[:16],
        "dropout": model.kerasft.dropout,
        **{name: getattr(model.kerasft, name) for name in _READING if hasattr(model.kerasft, name)},
        **({"bit_depth": splits.bit_depth} if hasattr(splits, "bit_depth") else {}),
        "answers": str(splits.schema),
        **({"class_names": list(names)} if (names := class_names_of(splits.schema)) else {}),
        "counted": ways.grid.counted,
        "strata": len(np.unique(strata_of(splits))),
        "score_name": ways.score_name,
        "data": splits.source,
        "data_hash": data.hexdigest()[:16],
        "train_examples": len(splits.train),
        "test_examples": len(splits.test),
        "versions": environment.versions(),
    }
