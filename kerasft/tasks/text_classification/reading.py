"""`read_texts` and `read_labelled_texts`: from whatever the user has to splits of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.data.listing import as_class_names, require, saved_class_problems
from kerasft.data.own_splits import apart, check_outside, flag_of_prefix, given_sources
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.data.splitting import share_problems
from kerasft.inputs.texts.examples import TextExamples
from kerasft.inputs.texts.gathering import add_own_splits, gather
from kerasft.inputs.texts.kind import TEXTS
from kerasft.inputs.texts.remarks import text_notes
from kerasft.inputs.texts.rows import Broken, Row, TextItem, broken_problems, check_rows
from kerasft.inputs.texts.rows import split_of as given_split_of
from kerasft.inputs.texts.sources import open_source, rows_of_run, source_name
from kerasft.inputs.texts.texts import LISTS, TextColumns, TextReading, TextSplit, TextSplits
from kerasft.inputs.texts.usable import usable_items
from kerasft.targets.classes.schema import Classes


def read_texts(
    source: Any,
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
    labels: Any = None,
    download: bool = False,
    earlier: Any = None,
    group: Any = None,
    validation_data: Any = None,
    test_data: Any = None,
) -> TextSplits:
    """Reads labelled texts, or pairs of texts, and draws the splits that the source lacks.

    Args:
        source: A table (.csv, .tsv, .jsonl, .parquet), a folder of class folders of .txt files (or of train/
            and test/ with class folders), "tfds:NAME", "messages" (the table that kerasft brings), or a list
            of texts or of pairs, with `labels`.
        text: The column of the text, or of the first text of a pair.
        text_pair: The column of the second text; None for single texts.
        label: The column of the class.
        validation_share: Share of the training texts drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and texts give the same splits.
        skip_broken: Leave out rows that can't be used, and texts that have two labels, instead of refusing.
        class_names: A class list to enforce, in label order; the sorted names when None.
        data_dir: For TFDS, the folder of data sets.
        labels: For a list: class names, or indexes into `class_names`.
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
    problems = share_problems(validation_share, test_share)
    wanted = as_class_names(class_names, problems)
    raise_problems(problems)
    columns = TextColumns(text, text_pair, label)
    found = open_source(source, columns, wanted, data_dir, labels, download=download)
    gathered = gather(found, wanted, skip_broken, source_name(source))
    own = given_sources(validation_data, test_data)
    for name, other in own.items():
        check_outside(name, other, source, gathered.given)
    if not gathered.problems:
        add_own_splits(gathered, own, found, data_dir, skip_broken, download)
    examples = TextExamples(gathered.items)
    everything = Found(
        examples,
        Classes(gathered.class_names),
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
    wish = Wish(validation_share, test_share, seed, earlier, group)
    return draw_splits(everything, wish, TextReading(found.columns), TextSplits, skip_broken)


def read_labelled_texts(
    source: Any,
    class_names: Sequence[str],
    columns: TextColumns | None = None,
    *,
    labels: Any = None,
    data_dir: str | Path | None = None,
    skip_broken: bool = False,
) -> TextSplit:
    """Reads labelled texts to evaluate on, in the order of their source, with the class list of a model.

    A source that has splits of its own gives its test split. Classes without texts are allowed; classes
    beyond the list are not. Arguments are those of `read_texts`.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with this class list.
    """
    problems: list[Problem] = []
    names = as_class_names(class_names, problems) or ()
    raise_problems(problems)
    columns = columns or TextColumns()
    found = open_source(source, columns, names, data_dir, labels, all_needed=False)
    if (found.columns.text_pair is None) != (columns.text_pair is None):
        kind, other = ("single texts", "pairs") if columns.text_pair is None else ("pairs", "single texts")
        what = f"the model takes {kind}, and the data has {other}"
        raise InputError(Problem(what, source_name(source), f"give {kind}"))
    rows = _rows_to_evaluate(found.rows)
    items, broken, _ = usable_items(replace(found, rows=rows), names)
    problems = [] if skip_broken else broken_problems(broken)
    problems += saved_class_problems({item.class_name for item in items}, names, all_needed=False)
    raise_problems(problems)
    if not items and rows and not broken:
        what = "all labels are -1, which marks hidden labels: there is nothing to compare answers with"
        raise InputError(Problem(what, source_name(source), "give texts with labels"))
    if not items:
        none_is_test = "the data has splits, and none of them is test"
        what = "there are no texts that can be used" if rows else none_is_test
        raise InputError(Problem(what, source_name(source), "give texts to evaluate on"))
    split = split_of("test", TextExamples(items), slice(None), Classes(names), TextSplit)
    return replace(split, skipped=tuple(f"{each.id}: {each.error}" for each in broken))


def _rows_to_evaluate(rows: Sequence[Row]) -> list[Row]:
    """All rows but those of a train or validation split."""
    return [row for row in rows if given_split_of(row) not in ("train", "validation")]


def restore_text_splits(
    path: str | Path,
    source: str,
    columns: TextColumns,
    class_names: tuple[str, ...],
    data_dir: str | Path | None = None,
    *,
    seed: int = 0,
    own: Mapping[str, str] = MappingProxyType({}),
) -> TextSplits:
    """Reads the splits of an earlier run again: the same texts in the same order, or an error.

    Rows and files that are new since are not looked at.

    Args:
        path: A file of `write_splits`.
        source: As in `TextSplits.source`; a table or folder may have moved.
        columns: As in `TextSplits.columns`.
        class_names: The class list of the run.
        data_dir: As for `read_texts`.
        seed: The seed that the splits were drawn with, for the record.
        own: The sources of splits that have their own, by split name.

    Raises:
        InputError: Texts or labels are missing or changed, all listed; or the texts were lists in memory,
            which kerasft doesn't keep.
    """
    source, class_names = str(source), tuple(class_names)
    what = "the texts of this run were lists in memory, which are not kept on disk"
    require(source != LISTS, Problem(what, source, "pass the TextSplits that the run was made with"))
    wanted = read_split_rows(Path(path), class_names)
    items: list[TextItem] = []
    broken: list[Broken] = []
    for prefix, where, part in apart(wanted, own):
        rows = [
            replace(row, id=prefix + row.id)
            for row in (
                rows_of_run(where or source, columns, part, data_dir, flag_of_prefix(prefix)) if part else []
            )
            if row.id in part
        ]
        checked = check_rows(rows, with_pairs=columns.text_pair is not None, class_names=class_names)
        items, broken = items + checked[0], broken + checked[1]
    return restored(
        TextExamples(items),
        wanted,
        {each.id: str(each.error) for each in broken},
        TextSplits,
        schema=Classes(class_names),
        reading=TextReading(columns),
        source=source,
        seed=seed,
        data_dir=None if data_dir is None else str(data_dir),
        **{f"{name}_data": place for name, place in own.items()},
    )
