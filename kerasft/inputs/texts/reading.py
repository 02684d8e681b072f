"""From whatever the user has to splits of texts, for any kind of target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.answers import Place
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import require, splits_by_label
from kerasft.data.own_splits import apart, check_outside, flag_of_prefix, given_sources
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.inputs.texts.examples import TextExamples
from kerasft.inputs.texts.gathering import add_own_splits, gather
from kerasft.inputs.texts.kind import TEXTS
from kerasft.inputs.texts.remarks import text_notes
from kerasft.inputs.texts.rows import Broken, Row, TextItem, broken_problems, check_rows
from kerasft.inputs.texts.rows import split_of as given_split_of
from kerasft.inputs.texts.sources import open_source, rows_of_run, source_name
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextReading, TextSplit, TextSplits
from kerasft.inputs.texts.usable import usable_items


def read_splits(
    source: Any,
    targets: Targets,
    columns: TextColumns,
    wish: Wish,
    *,
    wanted: Any = None,
    labels: Any = None,
    data_dir: str | Path | None = None,
    validation_data: Any = None,
    test_data: Any = None,
    download: bool = False,
    skip_broken: bool = False,
) -> TextSplits:
    """Reads texts, or pairs of texts, with their answers, and draws the splits that the source lacks.

    Args:
        source: A table, a folder of .txt files whose folders are named as the answers (or of train/ and test/ with such
            folders), "tfds:NAME", sample data, or a list of texts or of pairs, with `labels`.
        targets: What the answers mean.
        columns: Of a table, or features of a TFDS data set.
        wish: How to draw.
        wanted: What the answers can be, where that is fixed: see `Targets.wanted`.
        labels: The answers, for a list.
        data_dir: For TFDS, the folder of data sets.
        validation_data: A source of its own for the validation split.
        test_data: The same for the test split.
        download: Whether TFDS downloads a data set that is not there.
        skip_broken: Whether rows that can't be used, and texts that have two answers, are left out.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: A TFDS data set is not on this machine, or a package is missing.
    """
    problems = wish.problems()
    fixed = targets.wanted(wanted, problems)
    raise_problems(problems)
    found = open_source(source, columns, targets, fixed, data_dir, labels, download=download)
    gathered = gather(found, targets, fixed, skip_broken, source_name(source))
    own = given_sources(validation_data, test_data)
    for name, other in own.items():
        check_outside(name, other, source, gathered.given)
    if not gathered.problems:
        add_own_splits(gathered, own, found, targets, data_dir, skip_broken, download)
    examples = TextExamples(gathered.items)
    everything = Found(
        examples,
        gathered.schema,
        TEXTS.column_of_table,
        gathered.given,
        {"source": source_name(source)} | {f"{name}_data": source_name(own[name]) for name in own},
        found.header,
        {"text": found.columns.text, "label": found.columns.label},
        data_dir,
        notes=gathered.notes,
        problems=gathered.problems,
        skipped=[f"{each.id}: {each.error}" for each in gathered.broken],
        remarks=lambda: text_notes(examples.items, found.columns),
    )
    return draw_splits(everything, wish, TextReading(found.columns), TextSplits, skip_broken)


def read_split(
    source: Any,
    targets: Targets,
    wanted: Any,
    columns: TextColumns,
    *,
    labels: Any = None,
    data_dir: str | Path | None = None,
    skip_broken: bool = False,
) -> TextSplit:
    """Reads texts with their answers to evaluate on, in the order of their source.

    A source that has splits of its own gives its test split. Answers beyond `wanted` are refused, fewer are not.

    Args:
        source: As for `read_splits`, and so are the others.
        targets: What the answers mean.
        wanted: What a model answers.
        columns: As the model was trained on: single texts, or pairs.
        labels: The answers, for a list.
        data_dir: As for `read_splits`.
        skip_broken: Whether rows that can't be used are left out and told, instead of refused.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with these answers.
    """
    problems: list[Problem] = []
    fixed = targets.wanted(wanted, problems)
    raise_problems(problems)
    received = source_name(source)
    found = open_source(source, columns, targets, fixed, data_dir, labels, all_needed=False)
    if (found.columns.text_pair is None) != (columns.text_pair is None):
        kind, other = ("single texts", "pairs") if columns.text_pair is None else ("pairs", "single texts")
        what = f"the model takes {kind}, and the data has {other}"
        raise InputError(Problem(what, received, f"give {kind}"))
    rows = _rows_to_evaluate(found.rows)
    usable = usable_items(replace(found, rows=rows), targets, fixed)
    items, broken = usable.items, usable.broken
    place = Place(received, "", noun="text", all_needed=False)
    schema, of_labels = targets.find_schema(splits_by_label(items), fixed, place)
    raise_problems([*([] if skip_broken else broken_problems(broken)), *of_labels])
    if usable.hidden:
        what = f"{usable.hidden}: there is nothing to compare answers with"
        raise InputError(Problem(what, received, "give texts with labels"))
    if not items:
        none_is_test = "the data has splits, and none of them is test"
        what = "there are no texts that can be used" if rows else none_is_test
        raise InputError(Problem(what, received, "give texts to evaluate on"))
    split = split_of("test", TextExamples(items), slice(None), schema, TextSplit)
    return replace(split, skipped=tuple(f"{each.id}: {each.error}" for each in broken))


def _rows_to_evaluate(rows: Sequence[Row]) -> list[Row]:
    """All rows but those of a train or validation split."""
    return [row for row in rows if given_split_of(row) not in ("train", "validation")]


def restore_splits(
    path: str | Path,
    source: str,
    targets: Targets,
    schema: Schema,
    columns: TextColumns,
    data_dir: str | Path | None = None,
    *,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
) -> TextSplits:
    """Reads the splits of an earlier run again: the same texts in the same order with the same answers, or an error.

    Rows and files that are new since are not looked at.

    Args:
        path: A file of `write_splits`.
        source: As in `TextSplits.source`; a table or folder may have moved.
        targets: What the answers mean.
        schema: Of the run.
        columns: As in `TextSplits.columns`.
        data_dir: As for `read_splits`.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.

    Raises:
        InputError: Texts or answers are missing or changed, all listed; or the texts were lists in memory, which
            kerasft doesn't keep.
    """
    source = str(source)
    what = "the texts of this run were lists in memory, which are not kept on disk"
    require(source != LISTS, Problem(what, source, "pass the TextSplits that the run was made with"))
    wanted = read_split_rows(Path(path), schema)
    items: list[TextItem] = []
    broken: list[Broken] = []
    for prefix, where, part in apart(wanted, own):
        if not part:
            continue
        rows = rows_of_run(where or source, columns, targets, part, data_dir, flag_of_prefix(prefix))
        rows = [replace(row, id=prefix + row.id) for row in rows if row.id in part]
        checked = check_rows(rows, targets, schema, with_pairs=columns.text_pair is not None)
        items, broken = items + checked[0], broken + checked[1]
    return restored(
        TextExamples(items),
        wanted,
        {each.id: str(each.error) for each in broken},
        TextSplits,
        schema=schema,
        reading=TextReading(columns),
        source=source,
        seed=seed,
        data_dir=None if data_dir is None else str(data_dir),
        **{f"{name}_data": place for name, place in own.items()},
    )
