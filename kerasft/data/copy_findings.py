"""Checks of any examples: equal and alike ones, two answers to one example, what comes of drawing splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kerasft.base.errors import InputError
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Memberships, Strata, one_stratum
from kerasft.contract.findings import Finding, Suspect
from kerasft.contract.splits import SPLITS, Schema
from kerasft.data.listing import Labelled
from kerasft.data.placing import Wish, draw_alone
from kerasft.data.splitting import find_copies


def copy_findings(items: Sequence[Labelled], keys: Sequence[bytes], noun: str) -> list[Finding]:
    """Returns the findings on equal examples: in two classes, in two splits, or just twice."""
    groups: dict[bytes, list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    equal = [rows for rows in groups.values() if len(rows) > 1]
    contrary = [rows for rows in equal if _two_labels(rows, items)]
    rest = [rows for rows in equal if not _two_labels(rows, items)]
    across = [rows for rows in rest if _two_splits(rows, items)]
    within = [rows for rows in rest if not _two_splits(rows, items)]
    findings = [
        _copies(
            "conflicts", "fail", contrary, items, f"the same {noun} with different labels: {{}}",
            "decide what is right, or leave them out: train with --skip-broken",
        ),
        _copies(
            "exact copies", "warn", across, items, f"the same {noun} in two splits: {{}}",
            "training leaves out the copies of the earlier split; remove them yourself to be sure",
        ),
    ]  # fmt: skip
    if not across:
        findings[1] = _copies("exact copies", "note", within, items, "{}, which are kept in one split", "")
    return findings


def _two_labels(rows: Sequence[int], items: Sequence[Labelled]) -> bool:
    return len({items[row].label for row in rows}) > 1


def _two_splits(rows: Sequence[int], items: Sequence[Labelled]) -> bool:
    return len({items[row].split for row in rows}) > 1


def _copies(
    check: str, level: str, groups: list[list[int]], items: Sequence[Labelled], what: str, next_step: str
) -> Finding:
    if not groups:
        return Finding(check, "ok", "none")
    extra = sum(len(rows) for rows in groups)
    counted = f"{plural(extra, 'example')} in {plural(len(groups), 'group')}"
    return Finding(check, level, what.format(counted), next_step, suspects_of(groups, items))


def suspects_of(groups: Sequence[Sequence[int]], items: Sequence[Labelled]) -> tuple[Suspect, ...]:
    """Returns the members of groups of rows; each says where it is and what it looks like."""
    found = []
    for number, rows in enumerate(groups):
        for row in rows:
            first = row == rows[0]
            why = f"as {shorten([items[other].id for other in rows[1:]], 2)}" if first else ""
            split = f"in {items[row].split}" if items[row].split else ""
            found.append(
                Suspect(items[row].id, ", ".join(filter(None, (split, why))), items[row].label, number, row)
            )
    return tuple(found)


def near_finding(
    groups: Sequence[Sequence[int]],
    items: Sequence[Labelled],
    keys: Sequence[bytes],
    noun: str,
    skipped: int = 0,
) -> Finding:
    """Returns the finding on examples that are alike and not equal; `skipped` pairs that might be were not compared."""
    groups = [rows for rows in groups if len({keys[row] for row in rows}) > 1]
    left = f"; {skipped:,} pairs that might be were not compared" if skipped else ""
    if not groups:
        return Finding("near copies", "note" if left else "ok", f"none{left}")
    across = [rows for rows in groups if _two_splits(rows, items)]
    contrary = [rows for rows in groups if _two_labels(rows, items)]
    ordered = sorted(groups, key=lambda rows: (not _two_labels(rows, items), not _two_splits(rows, items)))
    where = [f"{len(across)} across splits"] if across else []
    where += [f"{len(contrary)} with different labels"] if contrary else []
    what = f"{plural(len(groups), 'group')} of {noun}s that look alike" + (
        f" ({', '.join(where)})" if where else ""
    )
    what += left
    drawn = any(items[row].split == "" for rows in groups for row in rows)
    next_step = "keep one of each: in two splits, they make the test easier than the world"
    level = "warn" if across or contrary or drawn else "note"
    return Finding("near copies", level, what, next_step, suspects_of(ordered, items))


def split_finding(
    items: Sequence[Labelled],
    keys: Sequence[bytes],
    schema: Schema,
    given: tuple[str, ...],
    noun: str,
) -> Finding:
    """Draws the splits as training would, by its default shares, and says what came of it."""
    copies = find_copies(items, keys, noun)
    kept = [items[row] for row in copies.keep]
    try:
        strata = strata_of(kept, schema)
        rows = draw_alone(kept, [keys[row] for row in copies.keep], strata, given, Wish(), noun)
    except InputError as error:
        first = error.problems[0]
        suspects = tuple(Suspect(problem.received, problem.what) for problem in error.problems)
        return Finding("splits", "fail", f"they can't be drawn: {first.what}", first.next_step, suspects)
    sizes = ", ".join(f"{name} {len(rows[name])}" for name in SPLITS)
    empty = [name for name in dict.fromkeys(("train", *given)) if not rows[name]]
    if empty:
        return Finding("splits", "fail", f"no {noun}s in {', '.join(empty)}", "add some")
    return Finding("splits", "ok", f"{'given' if given else 'drawn'}: {sizes}")


def strata_of(items: Sequence[Labelled], schema: Schema) -> Strata | Memberships:
    """Returns what splits of examples get equal shares of."""
    found = schema.strata(schema.column(item.label for item in items))
    return one_stratum(len(items)) if found is None else found


def with_texts(finding: Finding, texts: Sequence[str], most: int = 200) -> Finding:
    """Returns a finding whose suspects carry the beginning of their text."""
    suspects = tuple(
        each if each.row is None else replace(each, text=texts[each.row][:most]) for each in finding.suspects
    )
    return replace(finding, suspects=suspects)
