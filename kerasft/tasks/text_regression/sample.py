"""The embedded default: short texts that say in words how long something takes; the minutes are to be told."""

from __future__ import annotations

import random
from pathlib import Path

from kerasft.data.samples import write_sample

NAME, MINUTES = "durations", "minutes"
_TEXTS = 900
_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty".split()
_FRACTIONS = {15: "a quarter of an hour", 30: "half an hour", 45: "three quarters of an hour"}
_THINGS = ("train", "film", "walk", "meeting", "call", "bread", "repair", "match")
_ONCE = (
    "The {thing} takes {a}.", "The {thing} on day {n} took {a}.", "We waited {a} at gate {n}.",
    "{a} late again, and that on platform {n}.", "Leave the dough alone for {a}, then cut it into {n}.",
    "It's {a} from here, said {n} of the drivers.", "The {thing} was over after {a}.",
    "Table {n} has been waiting for {a}!", "Plan {a} for the {thing}.", "How can a {thing} last {a}?",
)  # fmt: skip
_TWICE = (
    "{a} by train, then {b} on foot.", "Bake it for {a}, and let it cool for {b}.",
    "The {thing} took {a}, the way home {b}.", "First {a} on hold, then {b} with agent number {n}.",
    "{a} there and {b} back, for a {thing}.", "The {thing} lasts {a}, plus {b} of break.",
)  # fmt: skip


def write_durations(folder: str | Path | None = None) -> Path:
    """Writes `durations.csv`: 900 texts with the columns text and minutes, the same in every place.

    A text has one duration, or two to be added up, between 1 and 240 minutes each, and maybe a number that is none.

    Args:
        folder: Where; None is `durations` in `kerasft_home()`.

    Returns:
        The table.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, lambda _: [("text", MINUTES), *durations().items()])


def durations() -> dict[str, int]:
    """Returns the texts, with the minutes that they say."""
    rng = random.Random(0)
    found: dict[str, int] = {}
    while len(found) < _TEXTS:
        first, second = _draw(rng), _draw(rng)
        twice = rng.random() < 0.4
        text = rng.choice(_TWICE if twice else _ONCE).format(
            a=in_words(first), b=in_words(second), n=rng.choice(_ONES[1:]), thing=rng.choice(_THINGS)
        )
        found[text[0].upper() + text[1:]] = first + second * twice
    return found


def _draw(rng: random.Random) -> int:
    """Returns some minutes: mostly under an hour, often a multiple of five."""
    minutes = rng.randint(1, 59) if rng.random() < 0.65 else rng.randint(60, 240)
    return minutes if minutes < 5 or rng.random() < 0.4 else minutes - minutes % 5


def in_words(minutes: int) -> str:
    """Returns a duration from 1 to 1199 minutes as people say it."""
    hours, rest = divmod(minutes, 60)
    said = f"{_number(rest)} minute{'s' if rest > 1 else ''}" if rest else ""
    if not hours:
        return _FRACTIONS.get(rest, said)
    if hours > 1 and rest == 30:
        return f"{_number(hours)} and a half hours"
    whole = "an hour" if hours == 1 else f"{_number(hours)} hours"
    if not rest:
        return whole
    return f"{whole} and a half" if rest == 30 else f"{whole} and {said}"


def _number(value: int) -> str:
    """Returns a number from 1 to 59 in words."""
    if value < 20:
        return _ONES[value - 1]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones - 1]}" if ones else "")
