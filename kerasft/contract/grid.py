"""The grid of `kerasft compare TASK`: ways to train x numbers of examples x seeds, in types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.base.options import flag
from kerasft.contract.plan import OPTIMIZERS, option

if TYPE_CHECKING:
    import keras

ALL = "all"
SCRATCH, HEAD, TWO, FULL = "scratch", "head", "two-phases", "full"
WAYS = {
    SCRATCH: "from scratch",
    HEAD: "head only",
    TWO: "two phases",
    FULL: "full fine-tuning",
}
TEST_SHARE = 0.3  # of data without a test split
UNUSED_SHARE = 0.05  # the readers draw a validation split; no way looks at it


class Build(Protocol):
    """Builds a model, by `build_model`."""

    def __call__(self, pretrained: bool, seed: int, /) -> keras.Model:
        """Returns a model with pretrained weights or random ones, by a seed."""


@dataclass(frozen=True)
class Grid:
    """Which cells there are, and how each is trained; each field is a flag.

    A cell is one way to train, with so many examples, and one seed.

    Attributes:
        counted: What a cell has so many of, in words.
        numbers: The field that says how many.
    """

    counted: ClassVar[str]
    numbers: ClassVar[str]

    ways: str = option(",".join(WAYS), "ways to train, with commas")
    seeds: int = option(3, "draws of the examples, with as many starts", minimum=1, maximum=1000)
    epochs: int = option(8, "passes over the examples", minimum=1)
    min_steps: int = option(100, "steps at least, however few examples there are", minimum=1)
    batch_size: int = option(32, "examples per step", minimum=1)
    head_learning_rate: float = option(1e-3, "of the phase head", above=0, maximum=10)
    tune_learning_rate: float = option(3e-4, "the highest of the phase tune", above=0, maximum=10)
    full_learning_rate: float = option(3e-4, "the highest of full fine-tuning", above=0, maximum=10)
    scratch_learning_rate: float = option(1e-3, "the highest from scratch", above=0, maximum=10)
    unfreeze: float | int | str = option(0.3, "what the phase tune trains, as in the recipes")
    optimizer: str = option("adamw", "of all ways", choices=OPTIMIZERS)
    weight_decay: float = option(0.01, "of kernels", minimum=0, below=1)

    def counts(self) -> tuple[int | str, ...]:
        """Returns the numbers of examples, rising, "all" last.

        Raises:
            InputError: One is neither a positive whole number nor "all".
        """
        found: set[int | str] = set()
        for word in _words(getattr(self, self.numbers)):
            if word != ALL and not (word.isascii() and word.isdigit() and int(word) > 0):
                hint = "give whole numbers above 0, and all, with commas: 1,5,all"
                raise InputError(Problem(f"{flag(self.numbers)} can't be read", word, hint))
            found.add(word if word == ALL else int(word))
        return tuple(sorted(found, key=lambda each: (each == ALL, each)))

    def chosen_ways(self) -> tuple[str, ...]:
        """Returns the names of the ways, in the order of `WAYS`.

        Raises:
            InputError: One is unknown.
        """
        words = _words(self.ways)
        raise_problems(
            Problem("--ways names an unknown way", word, did_you_mean(word, WAYS, "use " + ", ".join(WAYS)))
            for word in words
            if word not in WAYS
        )
        return tuple(way for way in WAYS if way in words)


@dataclass(frozen=True)
class ClassGrid(Grid):
    """Cells with as many labels of each class."""

    counted: ClassVar[str] = "labels per class"
    numbers: ClassVar[str] = "labels_per_class"

    labels_per_class: str = option("1,2,5,10,25,all", "numbers of labels per class, with commas")


@dataclass(frozen=True)
class ExampleGrid(Grid):
    """Cells with so many examples, whatever their answers are."""

    counted: ClassVar[str] = "examples"
    numbers: ClassVar[str] = "examples"

    examples: str = option("20,50,100,200,all", "numbers of training examples, with commas")


def _words(text: str) -> list[str]:
    return [word for word in text.replace(" ", ",").split(",") if word]
