"""What an explanation is, whatever it explains: a class, and how each part of the input speaks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, Self

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.predicting import Predicting
from kerasft.contract.splits import ExampleColumn

if TYPE_CHECKING:
    import keras
    from rich.console import RenderableType

MARK = "kerasft explain"  # in a file: what has it may be written over
METHODS = ("auto", "grad-cam", "token-gradients", "integrated-gradients", "occlusion")


class Remark(Protocol):
    """How well attributions add up: see `kerasft.networks.completeness`."""

    @property
    def relative_error(self) -> float:
        """How far off they are, as a share."""

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""


@dataclass(frozen=True, eq=False)
class Explanation(ABC):
    """Which parts of an input speak for a class, and which against.

    Args:
        input: What the input is called, or the text itself.
        method: How it was found, one of `METHODS` without "auto".
        class_name: The class that is explained.
        probability: Its probability, calibrated, between 0 and 1.
        predicted: The most probable class.
        attribution: float32, one number for each part: positive speaks for the class, negative against.
        about: What the method was run with, in words.
        completeness: Of integrated gradients; None for other methods.
    """

    input: str
    method: str
    class_name: str
    probability: float
    predicted: str
    attribution: np.ndarray = field(repr=False)
    about: str = field(default="", kw_only=True)
    completeness: Remark | None = field(default=None, kw_only=True)

    @abstractmethod
    def save(self, path: str | Path) -> Path:
        """Writes it as a file for people."""

    @classmethod
    @abstractmethod
    def paths(cls, explanations: Sequence[Self], folder: Path) -> list[Path]:
        """Returns the file that each of several explanations gets; they may share one."""

    @classmethod
    @abstractmethod
    def write(cls, explanations: Sequence[Self], paths: Sequence[Path]) -> None:
        """Writes explanations into the files of `paths`."""

    def for_terminal(self) -> RenderableType | None:
        """Returns what a coloured terminal may show below the line, a rich value; None where there is nothing."""
        return None

    def called(self) -> str:
        """Returns what the input is called in a line."""
        return self.input

    def details(self) -> str:
        """Returns what matters most, in a line; "" where only a drawing can tell."""
        return ""

    def __str__(self) -> str:
        found = f"{shown(self.called())}: {shown(self.class_name)} {self.probability:.3f}"
        if self.predicted != self.class_name:
            found += f" (answer: {shown(self.predicted)})"
        remarks = [self.details(), self.about, "" if self.completeness is None else str(self.completeness)]
        return "\n".join([f"{found}, by {self.method}", *(f"  {each}" for each in remarks if each)])

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        complete = self.completeness
        return {
            "input": self.input,
            "method": self.method,
            "class_name": self.class_name,
            "probability": self.probability,
            "predicted": self.predicted,
            "about": self.about,
            **({} if complete is None else {"completeness": complete.as_dict()}),
        }


@dataclass(frozen=True)
class Answered:
    """One answer that is to be explained.

    Args:
        name: What the example is called.
        target: The class to explain, an index.
        class_name: Its name.
        probability: Its probability.
        predicted: The most probable class.
    """

    name: str
    target: int
    class_name: str
    probability: float
    predicted: str


class Explainer(ABC, Generic[ExampleColumn]):
    """The methods of one kind of input.

    Attributes:
        methods: What it can do, of `METHODS`.
        takes_patch: Whether occlusion covers a patch whose size can be chosen.
    """

    methods: ClassVar[tuple[str, ...]]
    takes_patch: ClassVar[bool] = False

    @abstractmethod
    def automatic(self, model: keras.Model) -> str:
        """Returns the method that suits a Keras model best."""

    @abstractmethod
    def explain(
        self,
        predictor: Predicting,
        examples: ExampleColumn,
        asked: Sequence[Answered],
        method: str,
        steps: int,
        patch: int | None = None,
    ) -> Sequence[Explanation]:
        """Explains answers to a column of examples.

        Args:
            predictor: Of any artifact.
            examples: (n,) what was asked about.
            asked: (n,) the answers.
            method: One of `methods`.
            steps: Points on the way from the baseline, for methods that have one.
            patch: Pixels to a side of what occlusion covers; None: its own choice.

        Returns:
            An `Explanation` for each.

        Raises:
            InputError: The method can't explain this model.
        """
