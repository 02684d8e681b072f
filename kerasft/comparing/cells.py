"""The cells of a grid and what they reached, kept in a folder from the first one on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.grid import ALL, WAYS

JSON, CSV = "comparison.json", "comparison.csv"
BY_LABELS, BY_TIME = "accuracy_by_labels.png", "accuracy_by_time.png"
FORMAT = 1


@dataclass(frozen=True)
class Cell:
    """One way, trained with so many labels per class, with one seed.

    Args:
        way: One of `WAYS`.
        labels_per_class: "1", "5", ... or "all".
        seed: Of the draw, and of the start.
        examples: How many trained.
        steps: Of training.
        accuracy: On the test split, in [0, 1].
        seconds: CPU seconds of the training.
    """

    way: str
    labels_per_class: str
    seed: int
    examples: int
    steps: int
    accuracy: float
    seconds: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a cell from all others of its folder."""
        return self.way, self.labels_per_class, self.seed


@dataclass(frozen=True)
class WaysComparison:
    """All cells of a grid.

    Args:
        plan: What all cells have in common: model, data and settings.
        cells: In the order in which they were trained.
        folder: Where they are kept.
    """

    plan: JsonFields
    cells: tuple[Cell, ...]
    folder: Path

    def labels(self) -> list[str]:
        """Returns the numbers of labels per class, rising, "all" last."""
        found = {cell.labels_per_class for cell in self.cells}
        return sorted(found, key=lambda each: (each == ALL, int(each) if each != ALL else 0))

    def ways(self) -> list[str]:
        """Returns the ways, in the order of `WAYS`."""
        return [way for way in WAYS if any(cell.way == way for cell in self.cells)]

    def of(self, way: str, labels: str) -> list[Cell]:
        """Returns the cells of all seeds."""
        return [cell for cell in self.cells if (cell.way, cell.labels_per_class) == (way, labels)]

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {"format": FORMAT, "plan": self.plan, "cells": [asdict(cell) for cell in self.cells]}

    def write(self) -> None:
        """Writes comparison.json and comparison.csv."""
        files.write_json(self.folder / JSON, self.as_dict())
        names = [field.name for field in fields(Cell)]
        rows = [list(asdict(cell).values()) for cell in self.cells]
        files.write_text(self.folder / CSV, csv_text([names, *rows]))

    def __str__(self) -> str:
        labels = self.labels()
        shown = {way: [_cell_text(self.of(way, each)) for each in labels] for way in self.ways()}
        width = max(len(text) for texts in shown.values() for text in texts) + 2
        lines = [f"{'labels per class':<18}" + "".join(f"{each:>{width}}" for each in labels)]
        lines += [
            f"{WAYS[way]:<18}" + "".join(f"{text:>{width}}" for text in texts) for way, texts in shown.items()
        ]
        seconds = {
            way: [np.mean([c.seconds for c in self.of(way, each)] or [0]) for each in labels] for way in shown
        }
        lines += ["", f"{'CPU seconds':<18}" + "".join(f"{each:>{width}}" for each in labels)]
        lines += [
            f"{WAYS[way]:<18}" + "".join(f"{value:>{width}.1f}" for value in values)
            for way, values in seconds.items()
        ]
        seeds = len({cell.seed for cell in self.cells})
        note = f"accuracy on {self.plan['test_examples']} test examples, mean (range) over {seeds} "
        return "\n".join([*lines, "", note + ("seed" if seeds == 1 else "seeds")])


def _cell_text(cells: list[Cell]) -> str:
    if not cells:
        return "-"
    values = [cell.accuracy for cell in cells]
    return f"{np.mean(values):.3f} ({min(values):.3f}-{max(values):.3f})"


def read_cells(folder: Path, plan: JsonFields) -> tuple[Cell, ...]:
    """Returns the cells that are finished in a folder; none where it is new.

    Raises:
        InputError: The folder holds a comparison with another plan, with all differences, or no comparison.
    """
    path = folder / JSON
    if not path.exists():
        return ()
    try:
        found = files.read_json(path)
        cells = tuple(Cell(**values) for values in found["cells"])
        was, version = dict(found["plan"]), found["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "choose another --output"
        raise InputError(Problem("this file is not one of kerasft compare", str(path), hint)) from error
    if version != FORMAT:
        raise InputError(
            Problem("the comparison was made by another kerasft", str(path), "choose another --output")
        )
    hint = "give the same, or choose another --output"
    raise_problems(
        Problem(f"{path} was made with {name} {was.get(name)}", str(plan.get(name)), hint)
        for name in dict.fromkeys([*was, *plan])
        if was.get(name) != plan.get(name)
    )
    return cells
