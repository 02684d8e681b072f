"""What a comparison of artifacts found, as a table, in words, and for JSON."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base import notebook
from kerasft.base.json_values import JsonObject
from kerasft.base.statistics import Pair
from kerasft.comparing.by_class import ClassRow
from kerasft.comparing.settings import Settings
from kerasft.contract.evaluation import Seen

LEVEL = 0.05
MCNEMAR, PERMUTATION = "McNemar", "permutation"


@dataclass(frozen=True)
class Entry:
    """One artifact: its name, its score on the test examples, and the score's 95 % interval.

    `seen` is how many of the examples it, or a run that it started from, was trained on; None where that isn't known.
    """

    name: str
    score: float
    low: float
    high: float
    seen: int | None = None


@dataclass(frozen=True)
class Difference:
    """Two artifacts.

    Args:
        first: The name of one.
        second: The name of the other.
        pair: Their difference, and the test for this pair alone.
        adjusted_p_value: The p-value by Holm, for all the pairs of the comparison.
        examples: On how many.
        test: By which they were tested: `MCNEMAR` where an answer is right or wrong, else `PERMUTATION`.
    """

    first: str
    second: str
    pair: Pair
    adjusted_p_value: float
    examples: int
    test: str = MCNEMAR

    @property
    def is_real(self) -> bool:
        """Whether the test says so, at 5 % for all pairs together."""
        return self.adjusted_p_value < LEVEL

    def __str__(self) -> str:
        differing = self.pair.only_first + self.pair.only_second
        if not differing:
            same = f"the same {self.examples} examples right and wrong"
            same = same if self.test == MCNEMAR else f"equal scores on all {self.examples} examples"
            return f"{self.first} and {self.second} have {same}"
        p = f"p = {self.adjusted_p_value:.2g}"
        if not self.is_real:
            return f"{self.first} and {self.second} can't be told apart with {self.examples} examples ({p})"
        better, worse = (self.first, self.second) if self.pair.difference > 0 else (self.second, self.first)
        return f"{better} is better than {worse}: the difference is real ({p})"


@dataclass(frozen=True)
class Comparison:
    """Artifacts on the same test examples, and every two of them beside each other.

    Args:
        examples: How many there are.
        entries: In the order given.
        differences: Of each two, in that order.
        left_out: "id: reason" of each example that can't be read and was left out.
        score_name: What the scores are.
        drawn: What belongs together, and is drawn and exchanged as a whole: see `Evaluation`.
        of_examples: What the differences are of, where it isn't the score: see `Evaluation`.
        class_score: What the scores of the classes are.
        classes: Each class, label or number; nothing where there is only one.
        settings: What each artifact was trained with, as texts by name; {} where it isn't known.
    """

    examples: int
    entries: tuple[Entry, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...] = ()
    score_name: str = "accuracy"
    drawn: str = ""
    of_examples: str = ""
    class_score: str = ""
    classes: tuple[ClassRow, ...] = ()
    settings: tuple[Settings, ...] = ()

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        differences = [
            {
                "first": each.first,
                "second": each.second,
                **vars(each.pair),
                "adjusted_p_value": each.adjusted_p_value,
                "is_real": each.is_real,
                "words": str(each),
            }
            for each in self.differences
        ]
        return {
            "examples": self.examples,
            "drawn": self.drawn,
            "differences_of": self.of_examples or self.score_name,
            "left_out": list(self.left_out),
            "artifacts": [
                {self.score_name if key == "score" else key: value for key, value in vars(each).items()}
                for each in self.entries
            ],
            "differences": differences,
            "class_score": self.class_score,
            "by_class": [each.as_dict() for each in self.classes],
        }

    def _repr_html_(self) -> str:
        """Shows scores and differences in a notebook."""
        rows = [(each.name, each.score, f"{each.low:.4f} to {each.high:.4f}") for each in self.entries]
        table = notebook.table(rows, ("", self.score_name, "95 % interval"))
        title = f"{len(self.entries)} artifacts on the same {self.examples} examples"
        return notebook.page(
            title,
            table,
            notebook.listed(map(str, self.differences)),
            notebook.folded("all", notebook.plain(str(self))),
        )

    def __str__(self) -> str:
        width, column = max(len(each.name) for each in self.entries) + 2, max(8, len(self.score_name))
        lines = [f"{'':<{width}}{self.score_name:<{column}}   95 % interval"]
        for each in self.entries:
            lines.append(f"{each.name:<{width}}{each.score:>{column}.4f}   {each.low:.4f} to {each.high:.4f}")
        lines += [
            f"note: {each.name}: {Seen(each.seen, self.examples).sentence()}"
            for each in self.entries
            if each.seen
        ]
        lines += [f"left out: {each}" for each in self.left_out]
        test = self.differences[0].test
        groups = f" in {self.drawn}, drawn and exchanged whole" if self.drawn else ""
        better = "only that one has right" if test == MCNEMAR else "that one answers better"
        lines += [
            "",
            f"on the same {self.examples} examples{groups}; first, second: how many {better}",
            *([f"differences are of the mean {self.of_examples}"] if self.of_examples else []),
            "",
        ]
        names = [f"{each.first} - {each.second}" for each in self.differences]
        width = max(map(len, names)) + 2
        lines.append(f"{'':<{width}}difference   95 % interval         first  second    p ({test})")
        for name, difference in zip(names, self.differences, strict=True):
            pair = difference.pair
            interval = f"{pair.low:+.4f} to {pair.high:+.4f}"
            lines.append(
                f"{name:<{width}}{pair.difference:>+10.4f}   {interval:<20}{pair.only_first:>7}{pair.only_second:>8}"
                f"{difference.adjusted_p_value:>15.2g}"
            )
        if len(self.differences) > 1:
            lines.append(f"\np is adjusted for {len(self.differences)} pairs (Holm)")
        return "\n".join([*lines, "", *map(str, self.differences)])
