"""`Texts`: a column of texts, or of pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from kerasft.base.errors import InputError, Problem

_BATCH_TEXTS, _BATCH_CHARACTERS = 2048, 2_000_000


@dataclass(frozen=True)
class Texts:
    """Texts, or pairs of texts, in the order of their source.

    Args:
        texts: (n,) texts as they are in the source.
        pairs: (n,) the second text of each pair, "" where that half is empty; None for single texts.
    """

    texts: tuple[str, ...] = field(repr=False)
    pairs: tuple[str, ...] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, rows: Sequence[int] | np.ndarray | slice) -> Texts:
        """Returns some of the texts, in the order of `rows`."""
        if isinstance(rows, slice):
            return Texts(self.texts[rows], None if self.pairs is None else self.pairs[rows])
        pairs = None if self.pairs is None else tuple(self.pairs[row] for row in rows)
        return Texts(tuple(self.texts[row] for row in rows), pairs)


def as_texts(given: object, pairs: bool | None) -> Texts:
    """Returns texts of a caller as a column.

    Args:
        given: `Texts`, or a list of single texts.
        pairs: Whether the model takes pairs; None: it takes both.

    Raises:
        InputError: It is no list, or single texts where pairs are wanted, or the other way round.
    """
    column = given if isinstance(given, Texts) else Texts(*map(tuple, halves(cast(Sequence[str], given))))
    if pairs is not None:
        check_pairs(pairs, column.pairs)
    halves(column.texts, column.pairs)
    return column


def sample_of_texts(pairs: bool | None) -> Texts:
    """Returns one text, or one pair."""
    texts = ("the quick brown fox jumps over the lazy dog",)
    return Texts(texts, texts if pairs else None)


def check_pairs(expected: bool, pairs: Sequence[str] | None) -> None:
    """Raises InputError if a model of pairs gets single texts, or the other way round."""
    if expected and pairs is None:
        hint = "give the second halves too, with --text-pair (in Python pairs=)"
        raise InputError(Problem("this model judges pairs of texts", "single texts", hint))
    if pairs is not None and not expected:
        hint = "leave out the second halves (--text-pair)"
        raise InputError(Problem("this model judges single texts", "pairs", hint))


def halves(texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Sequence[str]]:
    """Returns the columns of texts or pairs; raises InputError if they are no lists, or not as many."""
    columns = [texts] if pairs is None else [texts, pairs]
    if any(isinstance(column, str) for column in columns):
        raise InputError(Problem("texts must be a list of texts", repr(texts)[:50], "put it into a list"))
    if pairs is not None and len(texts) != len(pairs):
        received = f"{len(texts)} and {len(pairs)}"
        raise InputError(Problem("the halves of pairs must be as many", received, "give one for each text"))
    return columns


def batches(columns: list[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Yields the columns in parts that are not too many texts, nor too much text."""
    start, characters = 0, 0
    for index in range(len(columns[0])):
        characters += sum(len(column[index]) for column in columns)
        if index + 1 - start == _BATCH_TEXTS or characters > _BATCH_CHARACTERS:
            yield [column[start : index + 1] for column in columns]
            start, characters = index + 1, 0
    if start < len(columns[0]):
        yield [column[start:] for column in columns]
