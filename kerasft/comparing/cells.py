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
FORMAT = 2


@dataclass(frozen=True)
class Cell:
    """One way, trained with so many examples, with one seed.

    Args:
        way: One of `WAYS`.
        count: "1", "5", ... or "all": of what, the grid says, such as labels per class.
        seed: Of the draw, and of the start.
        examples: How many trained.
        steps: Of training.
        score: On the test split: of classes the accuracy.
        seconds: CPU seconds of the training.
    """

    way: str
    count: str
    seed: int
    examples: int
    steps: int
    score: float
    seconds: float

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a cell from all others of its folder."""
        return self.way, self.count, self.seed


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

    def counts(self) -> list[str]:
        """Returns the numbers of examples, rising, "all" last."""
        found = {cell.count for cell in self.cells}
        return sorted(found, key=lambda each: (each == ALL, int(each) if each != ALL else 0))

    def ways(self) -> list[str]:
        """Returns the ways, in the order of `WAYS`."""
        return [way for way in WAYS if any(cell.way == way for cell in self.cells)]

    def of(self, way: str, count: str) -> list[Cell]:
        """Returns the cells of all seeds."""
        return [cell for cell in self.cells if (cell.way, cell.count) == (way, count)]

    def plots(self) -> tuple[Path, Path]:
        """Returns where the score by examples is drawn, and by time: accuracy_by_labels.png, accuracy_by_time.png."""
        name, by = self.plan["score_name"].replace(" ", "_"), self.plan["counted"].split()[0]
        return self.folder / f"{name}_by_{by}.png", self.folder / f"{name}_by_time.png"

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
        counts = self.counts()
        shown = {way: [_cell_text(self.of(way, each)) for each in counts] for way in self.ways()}
        width = max(len(text) for texts in shown.values() for text in texts) + 2
        lines = [f"{self.plan['counted']:<18}" + "".join(f"{each:>{width}}" for each in counts)]
        lines += [
            f"{WAYS[way]:<18}" + "".join(f"{text:>{width}}" for text in texts) for way, texts in shown.items()
        ]
        seconds = {
            way: [np.mean([c.seconds for c in self.of(way, each)] or [0]) for each in counts] for way in shown
        }
        lines += ["", f"{'CPU seconds':<18}" + "".join(f"{each:>{width}}" for each in counts)]
        lines += [
            f"{WAYS[way]:<18}" + "".join(f"{value:>{width}.1f}" for value in values)
            for way, values in seconds.items()
        ]
        seeds = len({cell.seed for cell in self.cells})
        name, count = self.plan["score_name"], self.plan["test_examples"]
        note = f"{name} on {count} test examples, mean (range) over {seeds} "
        return "\n".join([*lines, "", note + ("seed" if seeds == 1 else "seeds")])


def _cell_text(cells: list[Cell]) -> str:
    if not cells:
        return "-"
    values = [cell.score for cell in cells]
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
