"""What an explanation is, whatever it explains: what a model says, and how each part of the input speaks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from markupsafe import Markup

from kerasft.base import notebook
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


class Claim(ABC):
    """What an answer says that is to be explained: that it is a class, that a number is as high. As text: a line.

    Attributes:
        ends: What a part does that is against it, and one that is for it.
        two_sided: Whether what is against it is as much a reason as what is for it: a number is low for reasons too.
        local: Whether it is said of a part of the input, so that it matters where something is.
        target: Which number of the model's output says it, where it is one of a row (examples, numbers).
    """

    ends: ClassVar[tuple[str, str]] = ("against", "for")
    two_sided: ClassVar[bool] = False
    local: ClassVar[bool] = False
    target: int

    @property
    @abstractmethod
    def title(self) -> str:
        """Name and value, above a drawing."""

    @property
    def region(self) -> np.ndarray | None:
        """Which part of the input it is said of, bool (height, width); None: all of it."""
        return None

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """Returns how much each number of one output counts in the score whose gradient is taken.

        Args:
            shape: Of the output, without examples.

        Returns:
            float32 of this shape.
        """
        found = np.zeros(shape, np.float32)
        found[self.target] = 1
        return found

    def needed(self, answers: np.ndarray) -> np.ndarray:
        """Returns what `strength` needs of answers (n, ...), which may be much less than all: (n, ...)."""
        return answers

    @abstractmethod
    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns how strongly answers say it: float64 (n,), in a unit in which differences can be told."""

    @abstractmethod
    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""


class Claiming(Protocol):
    """Says what is to be explained of an answer."""

    def __call__(self, answer: np.ndarray, schema: Any, wanted: str | None = None, /) -> Claim:
        """Returns what is to be explained of an answer (...) of a schema: what it says, or what is wanted instead."""


class ClaimingNth(Protocol):
    """Says what is to be explained of one part of an answer that has several, such as boxes."""

    def __call__(self, answer: np.ndarray, schema: Any, wanted: str | None, nth: int, /) -> Claim:
        """Returns the nth part of an answer (...), counted from 1 for the best, of all or of what is wanted.

        Raises:
            InputError: There are fewer.
        """


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which parts of an input speak for what a model says, and which against.

    Args:
        input: What the input is called, or the text itself.
        method: How it was found, one of `METHODS` without "auto".
        claim: What is explained.
        attribution: float32, one number for each part: positive speaks for it, negative against.
        about: What the method was run with, in words.
        completeness: Of integrated gradients; None for other methods.
        evidence: How its kind of input shows it: see `kerasft.contract.showing.Showing.evidence`.
    """

    input: str
    method: str
    claim: Claim
    attribution: np.ndarray = field(repr=False)
    about: str = field(default="", kw_only=True)
    completeness: Remark | None = field(default=None, kw_only=True)
    evidence: Callable[[Any], dict[str, object]] | None = field(default=None, repr=False, kw_only=True)

    def called(self) -> str:
        """Returns what the input is called in a line."""
        return self.input

    def details(self) -> str:
        """Returns what matters most, in a line; "" where only a drawing can tell."""
        return ""

    def __str__(self) -> str:
        found = f"{shown(self.called())}: {shown(str(self.claim))}"
        remarks = [self.details(), self.about, "" if self.completeness is None else str(self.completeness)]
        return "\n".join([f"{found}, by {self.method}", *(f"  {each}" for each in remarks if each)])

    def _repr_html_(self) -> str:
        """Shows the map over the image, or the text with its words marked, in a notebook."""
        title, *remarks = str(self).split("\n")
        found = {} if self.evidence is None else self.evidence(self)
        image = notebook.figure(str(found["why"]), str(self.claim)) if "why" in found else ""
        words = Markup("<div>{}</div>").format(found["words"]) if "words" in found else ""
        return notebook.page(title, image, words, notebook.listed(remarks))

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        complete = self.completeness
        return {
            "input": self.input,
            "method": self.method,
            **self.claim.as_dict(),
            "about": self.about,
            **({} if complete is None else {"completeness": complete.as_dict()}),
        }


ExplanationType = TypeVar("ExplanationType", bound=Explanation)  # of a kind of input


@dataclass(frozen=True)
class Answered:
    """One answer that is to be explained.

    Args:
        name: What the example is called.
        claim: What is explained of it.
    """

    name: str
    claim: Claim


class Explainer(ABC, Generic[ExampleColumn, ExplanationType]):
    """The methods of one kind of input, and how what they find is shown.

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
    ) -> Sequence[ExplanationType]:
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

    @abstractmethod
    def paths(self, explanations: Sequence[ExplanationType], folder: Path) -> list[Path]:
        """Returns the file that each of several explanations gets; they may share one."""

    @abstractmethod
    def write(self, explanations: Sequence[ExplanationType], paths: Sequence[Path]) -> None:
        """Writes explanations for people, into the files of `paths`."""

    def for_terminal(self, explanation: ExplanationType) -> RenderableType | None:
        """Returns what a coloured terminal may show below the line, a rich value; None where there is nothing."""
        return None
