"""Which texts `kerasft predict` was given: texts themselves, tables, folders and patterns of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.options import from_dict
from kerasft.contract.asking import AS_FILES, AS_TEXTS, AUTO, Asked, Example
from kerasft.data.asking import exists, expanded, files_below
from kerasft.data.listing import Item
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.inputs.texts.rows import Row, TextItem, check_rows
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.text_folder import TEXTS, row_of_file
from kerasft.inputs.texts.texts import TextColumns


def asked_texts(inputs: Sequence[str | Path], asked: Asked, data: JsonFields | None) -> list[Example]:
    """Lists the texts that a user names.

    Args:
        inputs: Texts, tables with a column of texts, folders or patterns of .txt files, one text each.
        asked: How to understand them; where no columns are named, they are the run's.
        data: What config.json says of the data of the model's run; None: not known.

    Raises:
        InputError: An input is a file, and nobody knows whether its name or its content is meant; or it can't be read.
    """
    known = TextColumns() if data is None else from_dict(TextColumns, data["columns"])
    second = asked.pairs[0] if asked.pairs else known.text_pair
    columns, pairs = TextColumns(asked.text or known.text, second), asked.pairs
    given = [str(each) for each in inputs]
    if asked.reading != AS_TEXTS:
        named = expanded(given)
        files = [each for each in named if exists(each)]
        raise_problems(_unclear(each) for each in files if asked.reading == AUTO and _is_unclear(Path(each)))
        if files or asked.reading == AS_FILES:
            return _texts_of_files(named, files, columns)
    if pairs is None:
        return [Example(text, text) for text in given]
    seconds = list(pairs) * len(given) if len(pairs) == 1 else list(pairs)
    if len(seconds) != len(given):
        received = f"{len(given)} and {len(seconds)}"
        step = "give --text-pair once for each, or one for all"
        raise InputError(Problem("the halves of pairs must be as many", received, step))
    return [Example(text, text, pair) for text, pair in zip(given, seconds, strict=True)]


def _texts_of_files(inputs: list[str], files: list[str], columns: TextColumns) -> list[Example]:
    others = [each for each in inputs if each not in files]
    if others:
        what = "some of the inputs are files, and this one is not"
        raise InputError(Problem(what, others[0][:200], "give texts or files, not both in one command"))
    found: list[Example] = []
    for each in files:
        path = Path(each)
        if path.suffix.lower() in TABLE_SUFFIXES and not path.is_dir():
            unlabelled = TextColumns(columns.text, columns.text_pair, label=None)  # type: ignore[arg-type]
            rows = read_table(path, unlabelled, flag="the input").rows
            found += _texts_of([replace(row, split="") for row in rows], columns, named=False)
            continue
        paths = files_below(path, TEXTS, ".txt") if path.is_dir() else [path]
        rows = [row_of_file(Item(str(file), "", file)) for file in paths]
        found += _texts_of(rows, TextColumns(), named=True)
    return found


def _texts_of(rows: Sequence[Row], columns: TextColumns, named: bool) -> list[Example]:
    items, broken = check_rows(rows, None, with_pairs=columns.text_pair is not None)
    answers: dict[str, Example] = {item.id: _example(item) for item in items}
    for each in broken:
        reason = str(each.error) if named else f"{each.place}: {each.error}"
        answers[each.id] = Example(each.id, None, reason=reason)
    return [answers[row.id] for row in rows]


def _example(item: TextItem) -> Example:
    return Example(item.id, item.text, item.pair)


def _is_unclear(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() not in TABLE_SUFFIXES


def _unclear(path: str) -> Problem:
    what = "a file has this name, and the model takes texts"
    step = "give --inputs files to read the text in it, or --inputs texts to classify the name itself"
    return Problem(what, path, step)
