"""Texts that are nearly the same: another digit, number, link, typo or word, or one template filled in twice.

Numbers and links are first replaced by a mark each. Then every text is the set of its runs of 4 characters, and two
texts are near copies if their sets overlap by `ALIKE` or more (Jaccard). Which pairs to compare is found by MinHash
signatures in bands (Broder 1997; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), so that the
work grows with the number of texts and not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

ALIKE = 0.5
RUN = 4
HASHES, ROWS = 120, 3  # in bands of 3: pairs that overlap by 0.5 share a band with a probability of 0.995
LEAST_RUNS = (
    12  # shorter texts must be equal but for numbers and links: two words in them would make a near copy
)
MOST_CHARACTERS = 2000
_ESTIMATE = 0.15  # what 120 hashes may underrate an overlap by: more than three standard deviations
_COMPARED = 10  # with so many of its band, those that come before it
_CHUNK = 2_000_000  # runs that are hashed at once
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.]+")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_SPACE = re.compile(r"\s+")
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def near_texts(texts: Sequence[str], alike: float = ALIKE) -> list[list[int]]:
    """Returns groups of rows whose texts are nearly the same, each of two or more, in their order.

    Args:
        texts: All of them.
        alike: By how much their sets must overlap, `ALIKE` or more.
    """
    plain = [_plain(text) for text in texts]
    first_of: dict[str, int] = {}
    same = [
        first_of.setdefault(text, row) if _says_something(text) else row for row, text in enumerate(plain)
    ]
    rows = np.array(
        [row for row in sorted(first_of.values()) if len(plain[row]) >= LEAST_RUNS + RUN - 1], int
    )
    leaders = np.arange(len(texts))
    leaders[rows] = rows[_leaders([plain[row] for row in rows], alike)] if len(rows) > 1 else rows
    groups: dict[int, list[int]] = {}
    for row, leader in enumerate(leaders[same].tolist() if len(texts) else []):
        groups.setdefault(leader, []).append(row)
    return [group for group in groups.values() if len(group) > 1]


def _leaders(texts: Sequence[str], alike: float) -> np.ndarray:
    """Returns, for each of some texts, the first text of its group, int (n,)."""
    runs, starts = _runs(texts)
    signatures = _signatures(runs, starts)
    leaders = np.arange(len(texts))
    for first, second in _candidates(signatures):
        apart = leaders[first] != leaders[second]
        first, second = first[apart], second[apart]
        likely = (signatures[first] == signatures[second]).mean(axis=1) >= alike - _ESTIMATE
        for one, other in zip(first[likely].tolist(), second[likely].tolist(), strict=True):
            if _root(leaders, one) != _root(leaders, other) and _overlap(runs, starts, one, other) >= alike:
                low, high = sorted((_root(leaders, one), _root(leaders, other)))
                leaders[high] = low
        while not np.array_equal(flat := leaders[leaders], leaders):
            leaders = flat
    return leaders


def _root(leaders: np.ndarray, row: int) -> int:
    while leaders[row] != row:
        row = int(leaders[row])
    return row


def _plain(text: str) -> str:
    folded = _LINK.sub("\x01", text[:MOST_CHARACTERS].casefold())
    return _SPACE.sub(" ", _NUMBER.sub("\x02", folded)).strip()


def _says_something(text: str) -> bool:
    """Whether more than numbers and links is left: 12 and 13 are no near copies."""
    return sum(char.isalpha() for char in text) >= 2


def _runs(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the hashes of all runs of 4 characters, uint64, text by text, and where each text starts."""
    sizes = np.array([len(text) for text in texts])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    hashes = np.zeros(len(codes) - RUN + 1, np.uint64)
    for place in range(RUN):
        hashes = (hashes ^ codes[place : len(codes) - RUN + 1 + place]) * _PRIME
        hashes ^= hashes >> np.uint64(29)
    ends = np.cumsum(sizes)
    kept = np.ones(len(hashes), bool)
    for place in range(1, RUN):  # runs that would go on in the next text
        kept[(ends - place)[ends - place < len(hashes)]] = False
    starts = np.concatenate([[0], np.cumsum(sizes - RUN + 1)])
    return hashes[kept], starts


def _signatures(runs: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Returns MinHash signatures, uint32 (texts, HASHES): the least of each of 120 hashes over a text's runs."""
    generator = np.random.default_rng(0)
    factors = generator.integers(1, 2**63, HASHES, np.uint64) | np.uint64(1)
    found = np.zeros((len(starts) - 1, HASHES), np.uint32)
    begin = 0
    while begin < len(starts) - 1:
        end = max(begin + 1, int(np.searchsorted(starts, starts[begin] + _CHUNK, side="right")) - 1)
        part = runs[starts[begin] : starts[end]]
        places = starts[begin:end] - starts[begin]
        for number, factor in enumerate(factors):
            mixed = ((part * factor) >> np.uint64(32)).astype(np.uint32)
            found[begin:end, number] = np.minimum.reduceat(mixed, places)
        begin = end
    return found


def _candidates(signatures: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields arrays of pairs that share a band; of a large band, each with the 10 before it and with its first."""
    for band in range(0, HASHES, ROWS):
        keys = np.zeros(len(signatures), np.uint64)
        for column in range(band, band + ROWS):
            keys = (keys ^ signatures[:, column]) * _PRIME
            keys ^= keys >> np.uint64(31)
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        start = np.searchsorted(ranked, ranked, side="left")
        for distance in range(1, _COMPARED + 1):
            same = np.flatnonzero(ranked[distance:] == ranked[:-distance])
            yield order[same], order[same + distance]
        far = np.flatnonzero(np.arange(len(order)) - start > _COMPARED)
        yield order[start[far]], order[far]


def _overlap(runs: np.ndarray, starts: np.ndarray, one: int, other: int) -> float:
    first, second = (set(runs[starts[row] : starts[row + 1]].tolist()) for row in (one, other))
    common = len(first & second)
    return common / (len(first) + len(second) - common)
