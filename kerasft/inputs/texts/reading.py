"""`read_texts` and `read_labelled_texts`: from whatever the user has to splits of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.splits import balance_notes
from kerasft.data.label_marks import several_labels
from kerasft.data.listing import (
    SPLITS,
    Labelled,
    as_class_names,
    plural,
    saved_class_problems,
    shorten,
)
from kerasft.data.own_splits import check_outside, empty_problems, given_sources, require_training, splits_of
from kerasft.data.placing import Placement, Wish, place
from kerasft.data.splitting import contradiction_problems, find_copies, share_problems
from kerasft.inputs.texts.gathering import Gathered, add_own_splits, gather
from kerasft.inputs.texts.rows import (
    Broken,
    Row,
    Source,
    TextItem,
    broken_problems,
    folded,
    split_of,
    text_hash,
)
from kerasft.inputs.texts.sources import open_source, source_name
from kerasft.inputs.texts.texts import TextColumns, TextSplit, TextSplits
from kerasft.inputs.texts.usable import usable_items

LONG = 100_000


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
    keys = [folded(item) for item in gathered.items]
    copies = find_copies(gathered.items, keys, "text")
    raise_problems(
        gathered.problems + ([] if skip_broken else contradiction_problems(copies.contradictory, "text"))
    )
    items, keys = [gathered.items[row] for row in copies.keep], [keys[row] for row in copies.keep]
    names, given = gathered.class_names, gathered.given
    where = {"source": source_name(source)} | {f"{name}_data": source_name(own[name]) for name in own}
    had = splits_of(gathered.items, copies.contradictory)
    require_training(had, splits_of(items), where["source"], "text")
    placed = _place(
        items, keys, gathered, Wish(validation_share, test_share, seed, earlier, group), where, found
    )
    raise_problems(empty_problems(placed.rows, given, had, where, "text"))
    splits = {name: make_split(name, [items[row] for row in placed.rows[name]], names) for name in SPLITS}
    balance = balance_notes({name: splits[name].labels for name in SPLITS}, names, "text")
    return TextSplits(
        splits["train"],
        splits["validation"],
        splits["test"],
        class_names=names,
        **where,
        seed=seed,
        columns=found.columns,
        group=placed.group,
        group_sides=placed.group_sides,
        skipped=_skipped(gathered.broken, copies.contradictory),
        notes=(
            *gathered.notes,
            *copies.notes,
            *placed.notes,
            *_text_notes(items, found.columns),
            *balance,
        ),
        data_dir=None if data_dir is None else Path(data_dir).expanduser().absolute().as_posix(),
    )


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
    return replace(make_split("test", items, names), skipped=_skipped(broken, ()))


def make_split(name: str, items: Sequence[TextItem], class_names: tuple[str, ...]) -> TextSplit:
    """Returns items as a split."""
    index = {class_name: label for label, class_name in enumerate(class_names)}
    paired = bool(items) and items[0].pair is not None
    return TextSplit(
        name,
        tuple(item.text for item in items),
        tuple(item.pair or "" for item in items) if paired else None,
        np.array([index[item.class_name] for item in items], np.int32),
        tuple(item.id for item in items),
        tuple(text_hash(item.text, item.pair) for item in items),
    )


def _rows_to_evaluate(rows: Sequence[Row]) -> list[Row]:
    """All rows but those of a train or validation split."""
    return [row for row in rows if split_of(row) not in ("train", "validation")]


def _place(
    items: Sequence[TextItem],
    keys: Sequence[bytes],
    gathered: Gathered,
    wish: Wish,
    where: Mapping[str, str],
    found: Source,
) -> Placement:
    data = {**where, "columns": {"text": found.columns.text, "label": found.columns.label}}
    hashes = [text_hash(item.text, item.pair) for item in items]
    try:
        names, given = gathered.class_names, gathered.given
        return place(items, keys, hashes, names, given, wish, data, header=found.header, noun="text")
    except InputError as error:
        several = several_labels([item.class_name for item in items])
        raise InputError([*error.problems, *([Problem(several)] if several else [])]) from None


def _skipped(broken: Sequence[Broken], contradictory: Sequence[Sequence[Labelled]]) -> tuple[str, ...]:
    lines = [f"{each.id}: {each.error}" for each in broken]
    lines += [f"{item.id}: the same text is in two classes" for items in contradictory for item in items]
    return tuple(lines)


def _text_notes(items: Sequence[TextItem], columns: TextColumns) -> list[str]:
    notes = []
    long = [item for item in items if len(item.text) + len(item.pair or "") > LONG]
    if long:
        longest = max(long, key=lambda item: len(item.text) + len(item.pair or ""))
        length = len(longest.text) + len(longest.pair or "")
        notes.append(
            f"{plural(len(long), 'text')} of more than {LONG:,} characters (longest: {longest.id}, {length:,}); "
            "a model reads only as many tokens as its sequence length"
        )
    half = [item.id for item in items if item.pair is not None and not (item.text and item.pair)]
    if half:
        notes.append(f"{plural(len(half), 'pair')} with an empty half: {shorten(half, 3)}")
    if all(item.text.strip().isdecimal() for item in items):
        notes.append(f"all texts are numbers: is {columns.text!r} the right column for --text?")
    return notes
