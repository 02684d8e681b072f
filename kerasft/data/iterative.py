"""Drawing splits where an example is in several strata or in none, such as images with several labels.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-Label Data",
https://doi.org/10.1007/978-3-642-23808-6_10): the label with the fewest examples left is dealt out first, each example
to the split that lacks it most, so that rare labels are everywhere before common ones fill up. What goes together, a
group or the copies of one example, is dealt as one. Libraries of the method know neither that nor splits that are there
already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kerasft.base.errors import raise_problems
from kerasft.contract.answers import Memberships
from kerasft.contract.splits import SPLITS
from kerasft.data.splitting import few_problems


def draw_iteratively(
    units: np.ndarray,
    strata: Memberships,
    shares: Mapping[str, float],
    sides: Sequence[str],
    seed: int,
    noun: str,
) -> dict[str, list[int]]:
    """Draws splits of whole units.

    Args:
        units: (n,) from `kerasft.data.grouping.units_of`.
        strata: What gets equal shares.
        shares: Of the splits to draw, of the examples that are drawn from.
        sides: (n,) the split that each example has already; "" to draw.
        seed: The same seed, examples and shares give the same splits.
        noun: What is counted, for messages: "different image".

    Returns:
        Rows by split name, each list in the order of the source.

    Raises:
        InputError: A stratum has too few units to give every split one.
    """
    side = np.array(sides, dtype=object)
    parts = ("train", *shares)
    rows = np.flatnonzero(np.isin(side, ("", *parts)))
    names, of_row = np.unique(units[rows], return_inverse=True)
    members = np.zeros((len(names), len(strata.names)), np.int64)
    np.add.at(members, of_row, strata.members[rows].astype(np.int64))
    counts = {strata.called(number): int(count) for number, count in enumerate((members > 0).sum(0)) if count}
    step = f"add {noun}s to it, or remove the {strata.noun}"
    raise_problems(few_problems(counts, shares, "has", noun, step) if shares else [])
    placed = np.full(len(names), -1)
    for place in range(len(parts) - 1, -1, -1):  # the strictest last: what was trained on is not tested
        placed[np.unique(of_row[side[rows] == parts[place]])] = place
    dealt = _deal(members, np.bincount(of_row), np.array([*shares.values()]), placed, seed)
    side[rows] = np.array(parts, dtype=object)[dealt[of_row]]
    return {name: np.flatnonzero(side == name).tolist() for name in SPLITS}


def _deal(
    members: np.ndarray, sizes: np.ndarray, shares: np.ndarray, placed: np.ndarray, seed: int
) -> np.ndarray:
    """Returns the part of each unit, int (units,).

    Args:
        members: (units, strata) how many examples of a unit are in a stratum.
        sizes: (units,) how many examples a unit has.
        shares: Of the parts after the first, which gets the rest.
        placed: (units,) the part of each that has one; -1 of others.
        seed: Of the order.
    """
    wanted, room = (_wanted(totals, shares) for totals in (members.sum(axis=0), sizes.sum(keepdims=True)))
    placed = placed.copy()

    def put(unit: int, part: int) -> None:
        placed[unit] = part
        wanted[part] -= members[unit]
        room[part] -= sizes[unit]

    for unit in np.flatnonzero(placed >= 0).tolist():
        put(unit, int(placed[unit]))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(members))
    luck = rng.random((len(members), len(wanted)))
    while len(left := order[placed[order] < 0]):
        counts = (members[left] > 0).sum(axis=0)
        if counts.any():
            rarest = np.where(counts > 0, counts, len(members) + 1).argmin()
            for unit in left[members[left, rarest] > 0].tolist():
                put(unit, int(np.lexsort((luck[unit], room[:, 0], wanted[:, rarest]))[-1]))
        else:
            for unit in left.tolist():
                put(unit, int(np.lexsort((luck[unit], room[:, 0]))[-1]))
    return placed


def _wanted(totals: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Returns how many examples of each total a part should get, at least one: float (parts, totals)."""
    drawn = np.maximum(np.minimum(1, totals), shares[:, None] * totals[None])
    return np.concatenate([(totals - drawn.sum(axis=0))[None], drawn]).astype("float64")
