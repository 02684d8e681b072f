"""Long lists of problems: alike ones become one line, and those beyond the first are counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten

MOST = 20  # lines
_ALIKE = 5  # faults of one kind, up to which each has a line
_NAMED = 3  # of those that share a line


class Fault(NamedTuple):
    """Why one thing of many can't be used.

    Args:
        name: Of the thing.
        reason: Why.
        next_step: What to do.
        received: What is shown with it; "": the name.
    """

    name: str
    reason: str
    next_step: str
    received: str = ""


def most_problems(
    problems: list[Problem],
    noun: str = "problem",
    tail: str = "of this kind in the table",
    next_step: str = "",
) -> list[Problem]:
    """Returns the first 20 problems, and one that counts the others: "and 3 more images that can't be decoded"."""
    return problems[:MOST] + _others(len(problems) - MOST, noun, tail, next_step)


def fault_problems(
    faults: Iterable[Fault], one: str, several: str, noun: str, tail: str, left_out: str
) -> list[Problem]:
    """Returns a line for each fault, or for all that are alike where they are many, at most 20 and one for the others.

    Args:
        faults: Of all things.
        one: Says that one can't be used: "the boxes of {} can't be used", with the name for {}.
        several: The same of several: "the boxes of {} can't be used", with "24 images" for {}.
        noun: What they are: "image".
        tail: The same behind "and 3 more images": "whose boxes can't be used".
        left_out: The step that leaves all of them out.
    """
    alike: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        alike.setdefault((fault.reason, fault.next_step), []).append(fault)
    lines: list[tuple[Problem, int]] = []
    for (reason, step), group in alike.items():
        if len(group) > _ALIKE:
            what = f"{several.format(plural(len(group), noun))}, {reason}"
            names = shorten((each.received or each.name for each in group), _NAMED)
            lines.append((Problem(what, names, step), len(group)))
            continue
        for each in group:
            what = f"{one.format(each.name)}, {reason}"
            lines.append((Problem(what, each.received or each.name, step), 1))
    beyond = sum(count for _, count in lines[MOST:])
    return [line for line, _ in lines[:MOST]] + _others(beyond, noun, tail, left_out)


def _others(count: int, noun: str, tail: str, next_step: str) -> list[Problem]:
    return [Problem(f"and {plural(count, f'more {noun}')} {tail}", "", next_step)] if count > 0 else []
