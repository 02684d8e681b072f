"""What is looked at in texts, whatever the answers are: rows, lengths, languages, copies, groups, splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural
from kerasft.contract.answers import Place
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Finding, Suspect
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.copy_findings import copy_findings, near_finding, split_finding, strata_of
from kerasft.data.given import Given
from kerasft.data.group_column import used_columns
from kerasft.data.group_findings import group_finding
from kerasft.data.listing import splits_by_label
from kerasft.data.splitting import find_copies
from kerasft.inputs.texts.features import Judge, best_at_hand, judge_of
from kerasft.inputs.texts.looks import text_findings
from kerasft.inputs.texts.near_texts import near_texts
from kerasft.inputs.texts.rows import Broken, TextItem, folded, whole
from kerasft.inputs.texts.sources import open_source
from kerasft.inputs.texts.texts import TextColumns
from kerasft.inputs.texts.usable import usable_items
from kerasft.inputs.texts.vocabulary import vocabulary_finding


@dataclass(frozen=True)
class Examined:
    """Texts that were looked at.

    Args:
        items: Those that can be used.
        texts: Of each, its text, or both texts of a pair as one.
        schema: What their answers can be.
        problems: What is wrong with the answers on the whole.
        kept: The rows that are no copies of others.
        near: Groups of rows that are nearly the same.
        judge: What tells whether labels fit the texts.
        rows: The findings on rows and texts.
        rest: Those on copies, groups and splits.
    """

    items: Sequence[TextItem]
    texts: Sequence[str]
    schema: Schema
    problems: Sequence[Problem]
    kept: Sequence[int]
    near: Sequence[Sequence[int]]
    judge: Judge
    rows: Sequence[Finding]
    rest: Sequence[Finding]


def look_at_texts(wish: Examination, targets: Targets) -> Examined:
    """Reads texts as training would, and looks at all but their answers.

    Raises:
        InputError: The source can't be read, no row can be used, or the backbone can't be.
    """
    columns = TextColumns(wish.text, wish.text_pair, wish.label or TextColumns.label)
    found = open_source(Given(wish.source, data_dir=wish.data_dir), columns, targets)
    usable = usable_items(found, targets)
    items, problems = usable.items, list[Problem]()
    if not items:
        raise InputError(Problem("no row can be used", str(wish.source), "check --text and --label"))
    schema = found.schema
    if schema is None or not all(schema.allows(item.label) for item in items):
        place = Place(str(wish.source), "check --label", noun="text", complete=not usable.broken)
        schema, problems = targets.find_schema(splits_by_label(items), None, place)
    keys, texts = [folded(item) for item in items], [whole(item) for item in items]
    given = found.given_splits
    given = tuple(sorted({item.split for item in items} - {""})) if given is None else given
    names, near, at_hand = strata_of(items, schema).names, near_texts(texts), wish.backbone or best_at_hand()
    vocabulary, readable = vocabulary_finding(items, at_hand)
    used = {*names, *used_columns({"columns": vars(found.columns)})}
    rows = [Finding("reading", "note", note) for note in (*found.notes, *usable.notes)]
    rows += [_broken(usable.broken, len(items)), *text_findings(items, texts)]
    rest = [
        *copy_findings(items, keys, "text"),
        near_finding(near, items, keys, "text"),
        group_finding(found.header, used, items, len(names), given, "text"),
        vocabulary,
        split_finding(items, keys, schema, given, "text"),
    ]
    kept = find_copies(items, keys, "text").keep
    return Examined(items, texts, schema, problems, kept, near, judge_of(at_hand, readable), rows, rest)


def _broken(broken: Sequence[Broken], good: int) -> Finding:
    if not broken:
        return Finding("broken rows", "ok", f"all {good} can be used")
    suspects = tuple(Suspect(each.place, str(each.error)) for each in broken)
    what = f"{plural(len(broken), 'row')} of {good + len(broken)} can't be used"
    next_step = "repair or remove them, or leave them out: train with --skip-broken"
    return Finding("broken rows", "fail", what, next_step, suspects)
