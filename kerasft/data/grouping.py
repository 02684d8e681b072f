"""Drawing splits that keep groups (a patient, a customer, a video) on one side, stratified as well as can be.

What goes together is a unit: all examples of a group, and of the groups that share a copy of an example. Units are
drawn by scikit-learn's `StratifiedGroupKFold`: folds of whole units with the class shares of all, of which one or
several become a split. Where units are many, they are shuffled instead, stratified by the class of most of their
examples, which takes a hundredth of the time. The best of several draws is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kerasft.base.errors import raise_problems
from kerasft.contract.answers import Strata
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled
from kerasft.data.splitting import few_problems

_TRIES = 8
_MOST_FOLDS = 20
_MANY_UNITS = 200  # more than these balance each other: no need to place one after the other
_MOST_PLACED = 4000  # units times folds, in all draws of a split: about a second


def units_of(groups: Sequence[str], keys: Sequence[bytes]) -> np.ndarray:
    """Returns the unit of each example, as numbers (n,); "" is no group: such an example goes with its copies alone."""
    leader: dict[object, object] = {}

    def lead(each: object) -> object:
        while leader.setdefault(each, each) != each:
            leader[each] = leader[leader[each]]
            each = leader[each]
        return each

    for group, key in zip(groups, keys, strict=True):
        if group:
            leader[lead(group)] = lead(key)
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(lead(key), len(numbers)) for key in keys], np.int64)


def draw_in_groups(
    items: Sequence[Labelled],
    units: np.ndarray,
    strata: Strata,
    shares: Mapping[str, float],
    sides: Sequence[str],
    seed: int,
    noun: str,
) -> dict[str, list[int]]:
    """Draws splits of whole units.

    Args:
        items: The images or texts.
        units: From `units_of`.
        strata: What gets equal shares: classes.
        shares: Of the splits to draw.
        sides: The split that each example has already: that of the source, or of an earlier run; "" to draw.
        seed: The same seed, examples and shares give the same splits.
        noun: What they are, for messages.

    Returns:
        Rows by split name, each list in the order of the source.

    Raises:
        InputError: A stratum is in too few groups.
    """
    labels = np.unique(np.array(strata.names)[strata.rows], return_inverse=True)[1]
    fixed = _fixed_sides(units, sides)
    step = f"add {noun}s of other groups to it, or leave --group out"
    raise_problems(few_problems(_units_of_strata(strata, units), shares, "is in", "group", step))
    side = np.array([fixed.get(int(unit), "") for unit in units], dtype=object)
    for name, share in shares.items():
        rows = np.flatnonzero(side == "")
        wanted = share * len(items) - (side == name).sum()
        if len(rows) and wanted > 0:
            others = 1 + sum(not (side == other).any() for other in shares if other != name)
            drawn = _draw(labels[rows], units[rows], wanted / len(rows), others, seed)
            side[rows[drawn]] = name
    side[side == ""] = "train"
    return {name: np.flatnonzero(side == name).tolist() for name in SPLITS}


def _fixed_sides(units: np.ndarray, sides: Sequence[str]) -> dict[int, str]:
    """The split of units that have one: the strictest, so that nothing that was trained on is tested."""
    fixed: dict[int, str] = {}
    for unit, side in zip(units.tolist(), sides, strict=True):
        if side:
            fixed[unit] = min(side, fixed.get(unit, side), key=SPLITS.index)
    return fixed


def _units_of_strata(strata: Strata, units: np.ndarray) -> dict[str, int]:
    """Returns how many units each stratum is in, in the order of their names."""
    pairs = np.unique(np.stack([strata.rows, units]), axis=1)
    numbers, counts = np.unique(pairs[0], return_counts=True)
    found = sorted(
        zip(numbers.tolist(), counts.tolist(), strict=True), key=lambda each: strata.names[each[0]]
    )
    return {strata.called(number): count for number, count in found}


def _draw(labels: np.ndarray, units: np.ndarray, share: float, others: int, seed: int) -> np.ndarray:
    """Returns the rows of a split: of several draws, the one closest to the share in every class."""
    count = len(np.unique(units))
    draws = _shuffled if count > _MANY_UNITS else _folded
    best, best_cost = np.zeros(0, np.int64), np.inf
    for rows in draws(labels, units, share, seed):
        leaves_enough = count - len(np.unique(units[rows])) >= others
        if leaves_enough and (cost := _cost(labels, rows, share)) < best_cost:
            best, best_cost = rows, cost
    return best


def _folded(labels: np.ndarray, units: np.ndarray, share: float, seed: int) -> Iterator[np.ndarray]:
    """Yields rows of some folds of all, whose share is near the wanted one, while there is time."""
    count = len(np.unique(units))
    folds = range(2, min(_MOST_FOLDS, count) + 1)
    parts = [(max(1, round(share * k)), k) for k in folds]
    parts.sort(key=lambda each: abs(each[0] / each[1] - share))
    left = _MOST_PLACED
    for turn in range(_TRIES):
        for some, k in parts[:3]:
            yield np.concatenate(_folds(labels, units, k, seed + turn)[:some])
            left -= count * k
            if left <= 0:
                return


def _shuffled(labels: np.ndarray, units: np.ndarray, share: float, seed: int) -> Iterator[np.ndarray]:
    """Yields rows of units that are many: drawn at random, stratified by what most examples of a unit are."""
    from sklearn.model_selection import train_test_split  # slow to import, and only needed here

    names, of_row = np.unique(units, return_inverse=True)
    classes = labels.max() + 1
    pairs, sizes = np.unique(of_row * classes + labels, return_counts=True)
    last = np.lexsort((sizes, pairs // classes))
    most = (pairs % classes)[last[np.flatnonzero(np.diff((pairs // classes)[last], append=len(names)))]]
    for turn in range(max(_TRIES, min(64, 1_000_000 // len(labels)))):
        options = {"test_size": share, "random_state": (seed + turn) % 2**32}
        try:
            _, drawn = train_test_split(np.arange(len(names)), stratify=most, **options)
        except ValueError:  # a class that is in one unit, or more classes than units to draw
            _, drawn = train_test_split(np.arange(len(names)), **options)
        yield np.flatnonzero(np.isin(of_row, drawn))


def _folds(labels: np.ndarray, units: np.ndarray, count: int, seed: int) -> list[np.ndarray]:
    from sklearn.model_selection import StratifiedGroupKFold  # slow to import, and only needed here

    split = StratifiedGroupKFold(count, shuffle=True, random_state=seed % 2**32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class with fewer examples than folds: the cost sees it
        if np.bincount(labels).max() < count:
            return [np.flatnonzero(np.isin(units, part)) for part in np.array_split(np.unique(units), count)]
        return [rows for _, rows in split.split(labels, labels, units)]


def _cost(labels: np.ndarray, rows: np.ndarray, share: float) -> float:
    """How far the classes of some rows are from their share; a class without any row, or left without, costs most."""
    total = np.bincount(labels)
    drawn, total = np.bincount(labels[rows], minlength=len(total))[total > 0], total[total > 0]
    return float(np.abs(drawn / total - share).mean() + 10 * ((drawn == 0) | (drawn == total)).sum())
