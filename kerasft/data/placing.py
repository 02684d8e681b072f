"""Which example goes into which split, for images and texts alike: by the source, by an earlier run, by groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kerasft.base.bundle_file import is_bundle, unpack
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.places import require_local
from kerasft.base.untrusted import read_object
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Memberships, Strata
from kerasft.contract.splits import SPLITS
from kerasft.data.earlier import EarlierRun, folder_of, kept_notes, kept_sides, read_group_sides, strictest
from kerasft.data.group_column import ColumnOf, Group, column_hint, group_names, names_hint, used_columns
from kerasft.data.grouping import draw_in_groups, units_of
from kerasft.data.iterative import draw_iteratively
from kerasft.data.listing import Labelled
from kerasft.data.splitting import draw, none_left, share_problems


@dataclass(frozen=True)
class Wish:
    """How a user wants splits to be drawn.

    Args:
        validation_share: Share of the training examples for validation, where it is drawn.
        test_share: The same for the test split.
        seed: The same seed and examples give the same splits.
        earlier: The run that the model starts from, or None.
        group: What stays on one side: see `group_column.group_names`; None for nothing.
    """

    validation_share: float = 0.15
    test_share: float = 0.15
    seed: int = 0
    earlier: EarlierRun | None = None
    group: Group | None = None

    def problems(self) -> list[Problem]:
        """Returns what is wrong with the shares."""
        return share_problems(self.validation_share, self.test_share)


@dataclass(frozen=True)
class Placement:
    """Rows by split name, remarks, and where groups are.

    Args:
        rows: By split name, in the order of the source.
        notes: Remarks.
        group: What the groups came from, as a run records it; None without groups.
        group_sides: The split of each group.
    """

    rows: dict[str, list[int]]
    notes: tuple[str, ...] = ()
    group: str | None = None
    group_sides: dict[str, str] = field(default_factory=dict)


def place(
    items: Sequence[Labelled],
    keys: Sequence[bytes],
    hashes: Sequence[str],
    strata: Strata | Memberships,
    given: tuple[str, ...],
    wish: Wish,
    data: JsonFields,
    column_of: ColumnOf,
    *,
    header: Sequence[str] = (),
    noun: str = "image",
) -> Placement:
    """Places all examples.

    Args:
        items: The examples.
        keys: What makes two of them copies of each other.
        hashes: Of their content, as in splits.csv.
        strata: What gets equal shares: classes.
        given: The splits that the source defines.
        wish: What the user asks for.
        data: "source" and, of texts, "columns".
        column_of: Reads another column of the table: `Inputs.column_of_table`.
        header: The column names of a table.
        noun: What the examples are, for messages.

    Raises:
        InputError: A stratum has too few examples or groups; a group is in two given splits.
    """
    kept = kept_sides(hashes, keys, wish.earlier)
    notes = kept_notes(kept, wish.earlier, noun)
    group = wish.group if wish.group is not None else _earlier_group(wish.earlier)
    if group is None:
        used = {*strata.names, *used_columns(data)}
        hint = column_hint(header, used) or names_hint([item.id for item in items], len(strata.names), noun)
        rows = draw_alone(items, keys, strata, given, wish, noun, kept)
        drawn = any(name not in given for name in ("validation", "test"))
        return Placement(rows, (*notes, *([str(hint)] if hint and drawn else [])))
    name, groups = _groups(group, data, [item.id for item in items], column_of, inherited=wish.group is None)
    raise_problems(_across(items, groups, noun))
    known = read_group_sides(wish.earlier)
    sides = [
        _side(item, strictest((side, known.get(each, ""))), given)
        for item, side, each in zip(items, kept, groups, strict=True)
    ]
    wanted, units = _wanted(wish, given), units_of(groups, keys)
    if isinstance(strata, Memberships):
        rows = draw_iteratively(units, strata, wanted, sides, wish.seed, "group")
    else:
        rows = draw_in_groups(items, units, strata, wanted, sides, wish.seed, noun)
    raise_problems(
        _no_group_left(split, noun, wish.earlier is not None) for split in wanted if not rows[split]
    )
    group_sides = {groups[row]: split for split in SPLITS for row in rows[split] if groups[row]}
    recorded = (
        str(Path(group).absolute()) if isinstance(group, (str, Path)) and Path(group).is_file() else name
    )
    return Placement(
        rows, (*notes, *_group_notes(name, items, rows, groups, noun)), recorded, {**known, **group_sides}
    )


def _wanted(wish: Wish, given: tuple[str, ...]) -> dict[str, float]:
    """Returns the shares of the splits to draw."""
    shares = {"test": wish.test_share, "validation": wish.validation_share}
    return {split: share for split, share in shares.items() if split not in given}


def draw_alone(
    items: Sequence[Labelled],
    keys: Sequence[bytes],
    strata: Strata | Memberships,
    given: tuple[str, ...],
    wish: Wish,
    noun: str,
    kept: Sequence[str] = (),
) -> dict[str, list[int]]:
    """Draws splits without groups; arguments and result are those of `kerasft.data.splitting.draw`."""
    if isinstance(strata, Strata):
        shares = (wish.validation_share, wish.test_share)
        return draw(items, keys, strata, given, *shares, wish.seed, noun, kept)
    wanted, known = _wanted(wish, given), kept or [""] * len(items)
    sides = [_side(item, side, given) for item, side in zip(items, known, strict=True)]
    units = units_of([""] * len(items), keys)
    rows = draw_iteratively(units, strata, wanted, sides, wish.seed, f"different {noun}")
    raise_problems(none_left(name, noun) for name in wanted if kept and not rows[name])
    return rows


def _no_group_left(split: str, noun: str, has_earlier: bool) -> Problem:
    step = f"add {noun}s of other groups, give a split of its own with --{split}-data, or leave "
    if has_earlier:
        what = f"the earlier run knew every group, and none of them is left for the {split} split"
        return Problem(what, "--from-run", step + "--from-run out")
    return Problem(f"there are too few groups for a {split} split", "--group", step + "--group out")


def _groups(
    group: Group, data: JsonFields, ids: Sequence[str], column_of: ColumnOf, *, inherited: bool
) -> tuple[str, tuple[str, ...]]:
    try:
        return group_names(group, data, ids, column_of)
    except InputError as error:
        if not inherited:
            raise
        what = "the earlier run kept groups together, and these can't be found in the data"
        step = "name the column of this data, or a CSV file with the columns id and group, with --group"
        raise InputError(Problem(f"{what}: {error.problems[0].what}", str(group), step)) from None


def _side(item: Labelled, kept: str, given: tuple[str, ...]) -> str:
    if item.split not in ("", "train"):
        return item.split
    return kept if kept == "train" or (kept and kept not in given) else ""


def _across(items: Sequence[Labelled], groups: Sequence[str], noun: str) -> list[Problem]:
    """Groups that the source itself puts into two splits: they can't be kept together."""
    found: dict[str, set[str]] = {}
    for item, group in zip(items, groups, strict=True):
        if group:
            found.setdefault(group, set()).add(item.split or "train")
    torn = sorted(group for group, splits in found.items() if len(splits) > 1)
    if not torn:
        return []
    lie = "lies" if len(torn) == 1 else "lie"
    what = f"{plural(len(torn), 'group')} of --group {lie} in more than one split of the data"
    return [Problem(what, shorten(torn, 5), f"remove their {noun}s from one side, or leave --group out")]


def _group_notes(
    name: str, items: Sequence[Labelled], rows: dict[str, list[int]], groups: Sequence[str], noun: str
) -> list[str]:
    counts = {split: len({groups[row] for row in rows[split]} - {""}) for split in SPLITS}
    shown = ", ".join(f"{split} {count}" for split, count in counts.items() if count)
    notes = [f"{plural(sum(counts.values()), 'group')} by {name!r}, each in one split ({shown})"]
    apart = {split for split in SPLITS[1:] if any(items[row].split == split for row in rows[split])}
    for split in sorted(apart):
        if alone := sum(not groups[row] for row in rows[split]):
            what = f"{plural(alone, noun)} of {split} {'has' if alone == 1 else 'have'} no group"
            notes.append(f"{what}: whether others of the same are in the training data can't be told")
    alone = sum(not groups[row] for split in rows if split not in apart for row in rows[split])
    return notes + ([f"{plural(alone, noun)} without a group, each drawn alone"] if alone else [])


def _earlier_group(earlier: EarlierRun | None) -> str | None:
    """What the earlier run kept together: a run that goes on from it does so too."""
    if earlier is None:
        return None
    place = folder_of(earlier)
    holder = unpack(place) if is_bundle(place) else None
    config = (place if holder is None else holder.path) / "config.json"
    data = read_object(config).get("data") if config.is_file() else None
    group = data.get("group") if isinstance(data, dict) else None
    if not isinstance(group, str):
        return None
    require_local([group], "the earlier run", "give the groups of this data with --group")
    return group
