"""From whatever the user has to splits of texts, for any kind of target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.contract.answers import Place
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.earlier import EarlierRun
from kerasft.data.given import Given
from kerasft.data.group_column import Group
from kerasft.data.listing import require, splits_by_label
from kerasft.data.own_splits import Data, apart, check_outside, flag_of_prefix, recorded_sources
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.inputs.texts.examples import TextExamples
from kerasft.inputs.texts.gathering import add_own_splits, gather
from kerasft.inputs.texts.kind import TEXTS
from kerasft.inputs.texts.remarks import text_notes
from kerasft.inputs.texts.rows import Row, broken_problems, check_rows, spelling_of_rows
from kerasft.inputs.texts.rows import split_of as given_split_of
from kerasft.inputs.texts.sources import open_source, rows_of_run, source_name
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextReading, TextSplit, TextSplits
from kerasft.inputs.texts.usable import usable_items


def read_splits(given: Given, targets: Targets, columns: TextColumns, wish: Wish) -> TextSplits:
    """Reads texts, or pairs of texts, with their answers, and draws the splits that the source lacks.

    Args:
        given: The data; in memory, a list of texts or of pairs.
        targets: What the answers mean.
        columns: Of a table, or features of a TFDS data set.
        wish: How to draw.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: A TFDS data set is not on this machine, or a package is missing.
    """
    problems = wish.problems()
    fixed = targets.wanted(given.wanted, problems)
    raise_problems(problems)
    found = open_source(given, columns, targets, fixed)
    gathered = gather(found, targets, fixed, given.skip_broken, source_name(given.source))
    for name, other in given.own.items():
        check_outside(name, other, given.source, gathered.given)
    if not gathered.problems:
        add_own_splits(gathered, given, found, targets)
    examples = TextExamples(gathered.items)
    everything = Found(
        examples,
        gathered.schema,
        TEXTS.column_of_table,
        gathered.given,
        given.where(source_name),
        found.header,
        {"text": found.columns.text, "label": found.columns.label},
        given.data_dir,
        notes=gathered.notes,
        problems=gathered.problems,
        skipped=[f"{each.id}: {each.error}" for each in gathered.broken],
        remarks=lambda: text_notes(examples.items, found.columns),
    )
    return draw_splits(everything, wish, TextReading(found.columns), TextSplits, given.skip_broken)


def read_answered(
    targets: Targets,
    source: Data,
    *,
    text: str = "text",
    text_pair: str | None = None,
    label: str = "label",
    validation_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    skip_broken: bool = False,
    class_names: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    labels: Iterable[object] | None = None,
    download: bool = False,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> TextSplits:
    """Reads texts, or pairs of texts, with their answers, and draws the splits that the source lacks.

    Args:
        targets: What the answers mean.
        source: A table (.csv, .tsv, .jsonl, .parquet), a folder of class folders of .txt files (or of train/
            and test/ with class folders), "tfds:NAME", the name of sample data, or a list
            of texts or of pairs, with `labels`.
        text: The column of the text, or of the first text of a pair.
        text_pair: The column of the second text; None for single texts.
        label: The column of the answers. A number is called by it.
        validation_share: Share of the training texts drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and texts give the same splits.
        skip_broken: Leave out rows that can't be used, and texts that have two answers, instead of refusing.
        class_names: Of classes: a list to enforce, in label order; the sorted names when None.
        data_dir: For TFDS, the folder of data sets.
        labels: For a list: class names, or indexes into `class_names`; or numbers, or a list of labels each.
        download: For TFDS: download the data set when it is not there.
        earlier: The run (or its folder) that the model starts from: what it and those before it knew keeps its side.
        group: What stays on one side of every split: a column of the table (a customer), a CSV file with the columns id
            and group, or, for a list, a list with one group per text.
        validation_data: A table, folder or "tfds:NAME" that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits; `notes` and `skipped` hold what a user should hear.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: A TFDS data set is not on this machine, or a package is missing.
    """
    given = Given(source, labels, class_names, data_dir, validation_data, test_data, download, skip_broken)
    wish = Wish(validation_share, test_share, seed, earlier, group)
    return read_splits(given, targets, TextColumns(text, text_pair, label), wish)


def read_split(given: Given, targets: Targets, columns: TextColumns) -> TextSplit:
    """Reads texts with their answers to evaluate on, in the order of their source.

    A source that has splits of its own gives its test split. Answers beyond those wanted are refused, fewer are not.

    Args:
        given: The data.
        targets: What the answers mean.
        columns: As the model was trained on: single texts, or pairs.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with these answers.
    """
    problems: list[Problem] = []
    fixed = targets.wanted(given.wanted, problems)
    raise_problems(problems)
    received = source_name(given.source)
    found = open_source(given, columns, targets, fixed, all_needed=False)
    if (found.columns.text_pair is None) != (columns.text_pair is None):
        kind, other = ("single texts", "pairs") if columns.text_pair is None else ("pairs", "single texts")
        what = f"the model takes {kind}, and the data has {other}"
        raise InputError(Problem(what, received, f"give {kind}"))
    rows = _rows_to_evaluate(found.rows)
    usable = usable_items(replace(found, rows=rows), targets, fixed)
    items, broken = usable.items, usable.broken
    place = Place(received, "", noun="text", all_needed=False)
    schema, of_labels = targets.find_schema(splits_by_label(items), fixed, place)
    raise_problems([*([] if given.skip_broken else broken_problems(broken)), *of_labels])
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
    path: Path, data: JsonFields, targets: Targets, schema: Schema, columns: TextColumns
) -> TextSplits:
    """Reads the splits of an earlier run again: the same texts in the same order with the same answers, or an error.

    Rows and files that are new since are not looked at.

    Args:
        path: A file of `write_splits`.
        data: What config.json of the run says of its data; a table or folder may have moved.
        targets: What the answers mean.
        schema: Of the run.
        columns: Of the run.

    Raises:
        InputError: Texts or answers are missing or changed, all listed; or the texts were lists in memory, which
            kerasft doesn't keep.
    """
    what = "the texts of this run were lists in memory, which are not kept on disk"
    require(data["source"] != LISTS, Problem(what, LISTS, "pass the TextSplits that the run was made with"))
    wanted = read_split_rows(path, schema)
    rows: list[Row] = []
    for prefix, where, part in apart(wanted, recorded_sources(data)):
        if part:
            place, flag = where or data["source"], flag_of_prefix(prefix)
            found = rows_of_run(place, columns, targets, part, data.get("data_dir"), flag)
            rows += [replace(row, id=prefix + row.id) for row in found if row.id in part]
    spelling = spelling_of_rows(rows, targets, schema)
    items, broken = check_rows(rows, spelling, with_pairs=columns.text_pair is not None)
    reasons = {each.id: str(each.error) for each in broken}
    return restored(TextExamples(items), wanted, reasons, TextSplits, data, schema, TextReading(columns))
