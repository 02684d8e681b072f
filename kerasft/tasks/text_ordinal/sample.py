"""The embedded default: made-up reviews of one to three sentences, and the stars that go with them."""

from __future__ import annotations

import math
import random
from pathlib import Path

from kerasft.data.samples import write_sample

NAME, STARS = "reviews", "stars"
COUNTS = {"train": 600, "validation": 200, "test": 200}
_SHARES = {
    "train": 10,
    "validation": 4,
    "test": 4,
}  # phrases of each number of stars that are in no other split
_KNOWN = 4  # of each number of stars, of training, which are in the others too
_PHRASES = (
    "dreadful|a disaster|horrible|unusable|appalling|the worst I've ever had|a complete waste of money|disgusting|"
    "atrocious|an insult|beyond awful|a total failure|shockingly bad|terrible|a nightmare|abysmal|hideous|a scandal",
    "disappointing|rather poor|below par|not worth the price|a letdown|shabby|not very good|weak|annoying|unpleasant|"
    "a bit of a mess|worse than expected|sloppy|lacking|dull|somewhat cheap|unsatisfying|careless",
    "okay|average|so-so|neither good nor bad|nothing special|acceptable|ordinary|passable|as expected|middling|fair|"
    "unremarkable|all right|standard|decent enough, no more|tolerable|mixed|usable",
    "good|pleasant|solid|nice|quite likeable|better than expected|well done|satisfying|enjoyable|reliable|worth it|"
    "a nice surprise|fine work|agreeable|rather lovely|comfortable|convincing|above average",
    "outstanding|magnificent|perfect in every way|a masterpiece|breathtaking|absolutely wonderful|superb|"
    "the best I've ever had|flawless|sensational|a dream come true|phenomenal|amazing|exquisite|brilliant|world class|"
    "unforgettable|glorious",
)  # fmt: skip
_THINGS = (
    "room breakfast service staff film food sound battery screen support delivery book ending coffee tour app design "
    "bed view packaging"
).split()
_ONCE = (
    "The {thing} is {it}.", "The {thing} was {it}.", "I found the {thing} {it}.", "As for the {thing}: {it}.",
    "{it}, that {thing}!", "My wife called the {thing} {it}.", "What can I say? The {thing} was {it}.",
)  # fmt: skip


def write_reviews(folder: str | Path | None = None) -> Path:
    """Writes `reviews.csv`: 1000 texts with the columns text, stars and split, the same in every place.

    Each sentence judges one thing, and the stars, 1 to 5, are the mean of what the sentences say, halves rounded
    towards 3. Half of the phrases of praise and blame in the validation and the test split are in no other split.

    Args:
        folder: Where; None is `reviews` in `kerasft_home()`.

    Returns:
        The table.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, lambda _: [("text", STARS, "split"), *_compose()])


def _compose() -> list[tuple[str, int, str]]:
    rng = random.Random(0)
    phrases = [rng.sample(each.split("|"), sum(_SHARES.values())) for each in _PHRASES]
    rows: dict[str, tuple[str, int, str]] = {}
    begin = 0
    for split, count in COUNTS.items():
        own = [each[begin : begin + _SHARES[split]] + each[: _KNOWN * (begin > 0)] for each in phrases]
        wanted = len(rows) + count
        while len(rows) < wanted:
            levels = [rng.randrange(len(own)) for _ in range(rng.choice((1, 1, 2, 3)))]
            things = rng.sample(_THINGS, len(levels))
            said = [
                _sentence(rng, thing, rng.choice(own[level]))
                for thing, level in zip(things, levels, strict=True)
            ]
            text = " ".join(said)
            rows.setdefault(text, (text, _stars(levels), split))
        begin += _SHARES[split]
    return list(rows.values())


def _stars(levels: list[int]) -> int:
    from_middle = sum(levels) / len(levels) - 2
    return 3 + int(math.copysign(math.ceil(abs(from_middle) - 0.5), from_middle))


def _sentence(rng: random.Random, thing: str, it: str) -> str:
    said = rng.choice(_ONCE).format(thing=thing, it=it)
    return said[0].upper() + said[1:]
