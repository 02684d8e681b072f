"""What `kerasft compare image-classification` and `text-classification` take: the lecture's grid, in types."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.contract.plan import OPTIMIZERS, option
from kerasft.data.reading_options import ImageReading, TextReading

ALL = "all"
SCRATCH, HEAD, TWO, FULL = "scratch", "head", "two-phases", "full"
WAYS = {
    SCRATCH: "from scratch",
    HEAD: "head only",
    TWO: "two phases",
    FULL: "full fine-tuning",
}
UNUSED_SHARE = 0.05  # the readers draw a validation split; no way looks at it
_TEST_SHARE = "share of --data for the test, if it has no such split"


@dataclass(frozen=True)
class Grid:
    """Which cells there are, and how each is trained; each field is a flag.

    A cell is one way to train, with so many labels per class, and one seed.
    """

    labels_per_class: str = option("1,2,5,10,25,all", "numbers of labels per class, with commas")
    ways: str = option(",".join(WAYS), "ways to train, with commas")
    seeds: int = option(3, "draws of the labels, with as many starts", minimum=1, maximum=1000)
    epochs: int = option(8, "passes over the labels", minimum=1)
    min_steps: int = option(100, "steps at least, however few labels there are", minimum=1)
    batch_size: int = option(32, "examples per step", minimum=1)
    head_learning_rate: float = option(1e-3, "of the phase head", above=0, maximum=10)
    tune_learning_rate: float = option(3e-4, "the highest of the phase tune", above=0, maximum=10)
    full_learning_rate: float = option(3e-4, "the highest of full fine-tuning", above=0, maximum=10)
    scratch_learning_rate: float = option(1e-3, "the highest from scratch", above=0, maximum=10)
    unfreeze: float | int | str = option(0.3, "what the phase tune trains, as in the recipes")
    optimizer: str = option("adamw", "of all ways", choices=OPTIMIZERS)
    weight_decay: float = option(0.01, "of kernels", minimum=0, below=1)

    def label_counts(self) -> tuple[int | str, ...]:
        """Returns the numbers of labels per class, rising, "all" last.

        Raises:
            InputError: One is neither a positive whole number nor "all".
        """
        found: set[int | str] = set()
        for word in _words(self.labels_per_class):
            if word != ALL and not (word.isascii() and word.isdigit() and int(word) > 0):
                hint = "give whole numbers above 0, and all, with commas: 1,5,all"
                raise InputError(Problem("--labels-per-class can't be read", word, hint))
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
class ImageComparison(Grid, ImageReading):
    """The grid on pictures."""

    backbone: str | None = option(
        None, "a name that `kerasft backbones` lists (default: starter)", kind="backbone"
    )
    weights: str = option("pretrained", "pretrained, or a local weights file")
    image_size: int | None = option(None, "pixels (default: the backbone's own)", minimum=8, maximum=2048)
    test_share: float = option(0.3, _TEST_SHARE, above=0, below=0.9)
    validation_share: float = option(UNUSED_SHARE, "no way looks at it", above=0, below=0.9)
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0, below=1)


@dataclass(frozen=True)
class TextComparison(Grid, TextReading):
    """The grid on texts."""

    head_learning_rate: float = option(1e-2, "of the phase head", above=0, maximum=10)
    tune_learning_rate: float = option(1e-4, "the highest of the phase tune", above=0, maximum=10)
    full_learning_rate: float = option(1e-4, "the highest of full fine-tuning", above=0, maximum=10)
    scratch_learning_rate: float = option(3e-4, "the highest from scratch", above=0, maximum=10)
    backbone: str = option("all_minilm_l6_v2", "a name of the text catalogue, a handle or a folder")
    weights: str = option("pretrained", "pretrained, or a local weights file")
    sequence_length: int | None = option(None, "tokens per text (default: what 99 % of them need)", minimum=5)
    test_share: float = option(0.3, _TEST_SHARE, above=0, below=0.9)
    validation_share: float = option(UNUSED_SHARE, "no way looks at it", above=0, below=0.9)
    dropout: float = option(0.1, "share of features dropped before the head", minimum=0, below=1)


def _words(text: str) -> list[str]:
    return [word for word in text.replace(" ", ",").split(",") if word]
