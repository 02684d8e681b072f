"""What a model says about one example."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from kerasft.base import notebook
from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown

_MOST = 50  # predictions in a notebook
_SHOWN = 500  # characters of a text that a line for people holds


@dataclass(frozen=True, kw_only=True)
class Prediction(ABC):
    """The answer to one example; each kind of target has fields of its own. As text: a line.

    Args:
        path: The file or text, as it was given.
        pair: The second text of a pair; None for all else.
        id: Its place in a table, or its file, where the text itself is not what was given; else None.
    """

    path: str = ""
    pair: str | None = None
    id: str | None = None

    @abstractmethod
    def answer(self) -> str:
        """Returns the answer in words, escaped for a terminal."""

    @abstractmethod
    def values(self) -> JsonObject:
        """Returns the answer as values for JSON."""

    def __str__(self) -> str:
        what = _shown(self.path) if self.pair is None else f"{_shown(self.path)} | {_shown(self.pair)}"
        what = what if self.id is None else f"{self.id}: {what}"
        return f"{what}: {self.answer()}"

    def as_dict(self) -> JsonObject:
        """Returns the prediction as a value for JSON."""
        pair = {} if self.pair is None else {"pair": self.pair}
        place = {} if self.id is None else {"id": self.id}
        return {**place, "path": self.path, **pair, **self.values()}


class Predictions(list[Prediction]):
    """Predictions in the order of the examples; a notebook shows them as a table."""

    def _repr_html_(self) -> str:
        rows = [
            (each.path if each.pair is None else f"{each.path} | {each.pair}", each.answer()) for each in self
        ]
        more = [(f"and {len(self) - _MOST} more",)] if len(self) > _MOST else []
        return notebook.page(f"{len(self)} answers", notebook.table([*rows[:_MOST], *more]))


def _shown(text: str) -> str:
    return shown(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text):,} characters)")
