"""What an examination found, as plain values, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.base.wording import plural

LEVELS = ("ok", "note", "warn", "fail")
_SHOWN = 3


@dataclass(frozen=True)
class Suspect:
    """One image or text that a finding is about.

    Args:
        id: Its name, as in splits.csv.
        why: What is said about it, "" where the finding says it all.
        class_name: Its label.
        group: Suspects of one group belong together, such as copies of one image.
        row: Its row in the images that were read; None for those that could not be.
        text: For texts, the beginning.
    """

    id: str
    why: str = ""
    class_name: str = ""
    group: int = 0
    row: int | None = None
    text: str = ""

    def as_dict(self) -> JsonObject:
        """Returns it as values for JSON."""
        return {key: value for key, value in asdict(self).items() if key != "row" and value != ""}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        check: What: "near duplicates".
        level: "ok"; "note", to know; "warn", likely to cost accuracy or to flatter the result; "fail", in which case
            training would refuse, or the environment doesn't work.
        what: What was found, as a sentence without a full stop.
        next_step: What to do, "" where there is nothing to.
        suspects: The images or texts that it is about, the worst first.
    """

    check: str
    level: str
    what: str
    next_step: str = ""
    suspects: tuple[Suspect, ...] = ()

    def as_dict(self) -> JsonObject:
        """Returns it as values for JSON, with all its suspects."""
        values = {"check": self.check, "level": self.level, "what": self.what, "next_step": self.next_step}
        return {**values, "suspects": [suspect.as_dict() for suspect in self.suspects]}

    def lines(self) -> list[str]:
        """Returns it as lines for a terminal, with its first suspects."""
        lines = [f"{self.level:<5} {self.check:<17} {self.what}"]
        lines += [f"{'':<24}-> {self.next_step}"] if self.next_step else []
        for suspect in self.suspects[:_SHOWN]:
            label = f" ({suspect.class_name})" if suspect.class_name else ""
            lines.append(f"{'':<24}{suspect.id}{label}{': ' if suspect.why else ''}{suspect.why}")
        if len(self.suspects) > _SHOWN:
            lines.append(f"{'':<24}and {len(self.suspects) - _SHOWN} more: --html or --json lists them all")
        return [shown(line) for line in lines]


@dataclass(frozen=True)
class ClassCount:
    """How many examples a class has in each split; "" stands for those that are still to be drawn."""

    name: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Diagnosis:
    """The result of an examination.

    Args:
        title: What was examined: "flowers/: 80 images of 2 classes", or "environment".
        findings: In the order of the checks.
        classes: For data, in label order.
        thumbnails: uint8 (n, size, size, 3), the examples as small images; None where they can't be shown so.
        drawn: Draws the answer of an example, by its row, on its thumbnail: uint8 (side, side, 3), of its own size.
            None where answers can't be drawn.
    """

    title: str
    findings: tuple[Finding, ...]
    classes: tuple[ClassCount, ...] = ()
    thumbnails: np.ndarray | None = field(default=None, repr=False, compare=False)
    drawn: Callable[[int, np.ndarray], np.ndarray] | None = field(default=None, repr=False, compare=False)

    @property
    def worst(self) -> str:
        """The worst level of all findings."""
        return max((finding.level for finding in self.findings), key=LEVELS.index, default="ok")

    def find(self, check: str) -> Finding:
        """Returns the finding of a check."""
        return next(finding for finding in self.findings if finding.check == check)

    def as_dict(self) -> JsonObject:
        """Returns everything but the images as values for JSON."""
        return {
            "title": self.title,
            "worst": self.worst,
            "classes": {each.name: {**each.counts, "total": each.total} for each in self.classes},
            "findings": [finding.as_dict() for finding in self.findings],
        }

    @property
    def passed(self) -> tuple[Finding, ...]:
        """The checks that found nothing, which are folded; () where there is one only, which needs no more room."""
        found = tuple(each for each in self.findings if each.level == "ok")
        return found if len(found) > 1 else ()

    def text(self, folded: bool = False) -> str:
        """Returns the findings as a table for a terminal.

        Args:
            folded: Whether those of `passed` are one line at the end.
        """
        passed = self.passed if folded else ()
        lines = [line for each in self.findings if each not in passed for line in each.lines()]
        lines += [f"{'ok':<5} {plural(len(passed), 'check')} passed: --verbose lists them"] if passed else []
        return "\n".join([self.title, "", *lines])

    def __str__(self) -> str:
        """All findings."""
        return self.text()
