"""A few examples that stand for all: those that set the ranges of integers, and those kept for the tests of an app."""

from __future__ import annotations

import numpy as np

from kerasft.contract.splits import Column, Schema, Split, Splits

MOST_REPRESENTATIVE = 300
MOST_KINDS = 200  # of golden examples
_WITHOUT_STRATA = 10


def draw_representative(splits: Splits, count: int = MOST_REPRESENTATIVE) -> Column:
    """Returns training examples, drawn evenly over the strata with the seed of the splits."""
    train = splits.train
    return train.examples[draw_evenly(strata_of(train, splits.schema), len(train), count, splits.seed)]


def strata_of(split: Split, schema: Schema) -> np.ndarray | None:
    """Returns what each example belongs to where some are drawn evenly, int (n,), such as its class; None: nothing."""
    strata = schema.strata(split.targets)
    return None if strata is None else strata.rows


def draw_evenly(strata: np.ndarray | None, total: int, count: int, seed: int = 0) -> np.ndarray:
    """Draws rows evenly over strata, such as classes: each gives one before any gives two.

    Args:
        strata: int (total,), which each row belongs to; None: all to one.
        total: How many rows there are.
        count: How many to draw; all when there are fewer.
        seed: The same seed draws the same rows.

    Returns:
        Rows, int64, in ascending order.
    """
    shuffled = np.random.default_rng(seed).permutation(total)
    seen: dict[int, int] = {}
    rounds = np.zeros(total, int)
    for place, index in enumerate(shuffled):
        stratum = 0 if strata is None else int(strata[index])
        rounds[place] = seen.get(stratum, 0)
        seen[stratum] = rounds[place] + 1
    return np.sort(shuffled[np.argsort(rounds, kind="stable")[:count]])


def first_of_each(
    strata: np.ndarray | None, total: int, most: int = MOST_KINDS, fill_up_to: int = 0
) -> np.ndarray:
    """Returns the rows of the first example of each stratum, in their order.

    Args:
        strata: int (total,); None: there are none, and the first examples are taken, ten or `fill_up_to`.
        total: How many rows there are.
        most: So many are given at most.
        fill_up_to: Where there are fewer strata, the first examples make up the number.
    """
    if strata is None:
        return np.arange(min(total, max(fill_up_to, _WITHOUT_STRATA)))
    first = np.unique(strata, return_index=True)[1]
    others = np.setdiff1d(np.arange(total), first)
    return np.sort(np.concatenate([np.sort(first)[:most], others[: max(0, fill_up_to - len(first))]]))
