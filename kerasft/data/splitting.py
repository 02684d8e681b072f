"""Which image or text goes into which split: stratified, seeded, drawn once, copies on one side (trap 16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.folding import most_problems
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Strata
from kerasft.contract.splits import SPLITS
from kerasft.data.listing import Labelled


def share_problems(validation_share: float, test_share: float) -> list[Problem]:
    """Checks the two shares."""
    problems = []
    for name, share in (("validation", validation_share), ("test", test_share)):
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 < share < 1:
            what = f"{name}_share must be between 0 and 1"
            problems.append(Problem(what, repr(share), f"for example --{name}-share 0.15"))
    if not problems and validation_share + test_share >= 0.9:
        what = "validation_share and test_share leave less than a tenth for training"
        problems.append(Problem(what, f"{validation_share} and {test_share}", "make them smaller"))
    return problems


@dataclass(frozen=True)
class Copies:
    """What `find_copies` found.

    Args:
        keep: The rows to keep.
        notes: Remarks.
        contradictory: Groups of items that are the same, with different labels; none of them is kept.
    """

    keep: list[int]
    notes: list[str]
    contradictory: list[list[Labelled]]


def find_copies(items: Sequence[Labelled], keys: Sequence[bytes], noun: str = "image") -> Copies:
    """Finds what is there more than once: items with the same key, so equal to a model.

    - The same example with two labels is contradictory: see `contradiction_problems`.
    - A copy in two given splits stays in the later one of train, validation, test, so that a published
      test split keeps all its images and nothing of it is trained on.
    - Copies within one split are kept, and drawn together.

    Args:
        items: The images or texts.
        keys: Of each, what makes it equal to another: a hash of its pixels, or its folded text.
        noun: What they are, for messages: "image" or "text".
    """
    copies: dict[bytes, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        copies[key].append(row)
    groups = [rows for rows in copies.values() if len(rows) > 1]
    conflicts = [rows for rows in groups if len({items[row].label for row in rows}) > 1]
    conflicting = {row for rows in conflicts for row in rows}
    left_out: dict[tuple[str, str], list[int]] = defaultdict(list)
    for rows in groups:
        last = max((items[row].split for row in rows), key=_split_rank)
        for row in rows:
            if row not in conflicting and items[row].split != last:
                left_out[items[row].split, last].append(row)
    notes = [
        f"{plural(len(rows), noun)} of {split or 'the training data'} left out, being in {last} too: "
        + shorten((items[row].id for row in rows), 3)
        for (split, last), rows in sorted(left_out.items())
    ]
    gone = conflicting.union(*left_out.values())
    extra = sum(max(0, sum(row not in gone for row in rows) - 1) for rows in groups)
    if extra:
        notes.append(f"{plural(extra, 'exact copy')} of other {noun}s, kept in one split")
    keep = [row for row in range(len(items)) if row not in gone]
    return Copies(keep, notes, [[items[row] for row in rows] for rows in conflicts])


def _split_rank(split: str) -> int:
    return SPLITS.index(split) if split else -1


def contradiction_problems(conflicts: list[list[Labelled]], noun: str, how: str) -> list[Problem]:
    """One problem for each example with two labels, and their number when there are many.

    Args:
        conflicts: Groups of items that are the same.
        noun: What they are.
        how: What the schema calls such a conflict: "in two classes".
    """
    problems = []
    for items in conflicts:
        first = items[0]
        other = next(item for item in items if item.label != first.label)
        received = f"{first.id} as {first.label!r} and {other.id} as {other.label!r}"
        next_step = "keep the right one, or leave them all out with --skip-broken"
        problems.append(Problem(f"the same {noun} is {how}", received, next_step))
    return most_problems(problems, noun=noun, tail=how)


def draw(
    items: Sequence[Labelled],
    keys: Sequence[bytes],
    strata: Strata,
    given: tuple[str, ...],
    validation_share: float,
    test_share: float,
    seed: int,
    noun: str = "image",
    kept: Sequence[str] = (),
) -> dict[str, list[int]]:
    """Draws the splits that the source does not give, out of its training images.

    Each stratum is drawn on its own, and an example goes with all its copies. Every stratum gets at least one example
    in each drawn split. A share is of the examples that are drawn from.

    Args:
        items: The images or texts.
        keys: As for `find_copies`.
        strata: What gets equal shares: classes.
        given: The splits that the source defines; () when there are none.
        validation_share: Between 0 and 1.
        test_share: Between 0 and 1.
        seed: The same seed, images and shares give the same splits.
        noun: What they are, for messages: "image" or "text".
        kept: The split that each item was in when an earlier run knew it, and keeps; "" for new ones. Shares are then
            filled up with new ones. What the source itself says goes first.

    Returns:
        Rows by split name, each list in the order of the source.

    Raises:
        InputError: A stratum has too few different examples.
    """
    shares = {"test": test_share, "validation": validation_share}
    wanted = {name: share for name, share in shares.items() if name not in given}
    rows: dict[str, list[int]] = {name: [] for name in SPLITS}
    pool: list[dict[bytes, list[int]]] = [defaultdict(list) for _ in strata.names]
    held: list[dict[str, set[bytes]]] = [defaultdict(set) for _ in strata.names]
    for row, (item, key, stratum) in enumerate(zip(items, keys, strata.rows.tolist(), strict=True)):
        side = kept[row] if kept else ""
        if item.split not in ("", "train"):
            rows[item.split].append(row)
        elif side in ("train", *wanted):
            rows[side].append(row)
            held[stratum][side].add(key)
        else:
            pool[stratum][key].append(row)
    counts = {
        strata.called(number): len(pool[number]) + sum(map(len, held[number].values()))
        for number in range(len(strata.names))
    }
    step = f"add {noun}s to it, or remove the {strata.noun}" if strata.noun else f"add {noun}s"
    raise_problems(few_problems(counts, wanted, "has", f"different {noun}", step))
    for index, groups in enumerate(pool):
        sizes = {name: len(found) for name, found in held[index].items()}
        for name, drawn in _draw_stratum(list(groups.values()), wanted, (seed, index), sizes).items():
            rows[name] += [row for group in drawn for row in group]
    raise_problems(none_left(name, noun) for name in wanted if kept and not rows[name])
    return {name: sorted(rows[name]) for name in SPLITS}


def none_left(split: str, noun: str) -> Problem:
    """Returns the problem of a split for which an earlier run has left nothing."""
    return Problem(
        f"the earlier run trained on every {noun}, so none is left for the {split} split",
        "--from-run",
        f"add {noun}s that it did not know, give a split of its own with --{split}-data, or leave --from-run out",
    )


def _draw_stratum(
    groups: list[list[int]], wanted: dict[str, float], seed: tuple[int, int], held: dict[str, int]
) -> dict[str, list[list[int]]]:
    """Draws one stratum; `held` counts what is in each split already."""
    from sklearn.model_selection import train_test_split  # slow to import, and only needed here

    total, drawn = len(groups) + sum(held.values()), {}
    for turn, (name, share) in enumerate(wanted.items()):
        # one for training and one for each split still to draw, where they have none yet
        left_for_others = sum(not held.get(other) for other in ("train", *list(wanted)[turn + 1 :]))
        size = max(1, round(share * total)) - held.get(name, 0)
        size = max(0, min(size, len(groups) - left_for_others))
        state = (seed[0] * 1_000_003 + seed[1] * 17 + turn) % 2**32
        if size in (0, len(groups)):
            drawn[name], groups = groups[:size], groups[size:]
        else:
            groups, drawn[name] = train_test_split(groups, test_size=size, random_state=state)
    return {**drawn, "train": groups}


def few_problems(
    counts: Mapping[str, int], wanted: Iterable[str], has: str, noun: str, next_step: str
) -> list[Problem]:
    """Returns a problem for each stratum that has too little to give every split one.

    Args:
        counts: By what messages call it: "class 'cat'".
        wanted: The splits that are drawn besides "train".
        has: What stands between that and its count.
        noun: What is counted.
        next_step: How to mend it.
    """
    parts = ("train", *sorted(wanted, key=SPLITS.index))
    return [
        Problem(
            f"{name} {has} {plural(count, noun)}, and {' and '.join(parts)} need one each",
            f"{count} of at least {len(parts)}",
            next_step,
        )
        for name, count in counts.items()
        if count < len(parts)
    ]
