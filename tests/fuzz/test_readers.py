# ruff: noqa: E501
"""Tables, lists of splits and folders of any content: read, or refused with an InputError; splits keep their promises."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kerasft.base.errors import InputError
from kerasft.contract.splits import SPLITS
from kerasft.data.folder import list_folder
from kerasft.data.listing import Item
from kerasft.data.splits_file import read_split_rows, write_splits
from kerasft.data.splitting import draw, find_copies
from kerasft.inputs.images.files import IMAGES
from kerasft.inputs.images.table import list_table
from kerasft.inputs.texts.rows import check_rows, spelling_of_rows
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes

MORE = settings(max_examples=3000)
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "a",
            "b",
            "1",
            "2.0",
            "nan",
            "None",
            '"',
            ",",
            "\n",
            "\r",
            "\x00",
            "\ufeff",
            "train",
            "test",
            "é",
        ]
    ),
    st.text(max_size=12),
)
TABLES = st.lists(st.lists(CELLS, max_size=4), max_size=8)


def table(rows, separator=","):
    return "\n".join(separator.join(row) for row in rows)


def only_input_errors(call):
    try:
        return call()
    except InputError as error:
        assert error.problems and all(str(problem) and "\n" not in str(problem) for problem in error.problems)
        return None


def check_text_table(path):
    def read():
        source = read_table(path, TextColumns())
        items, broken = check_rows(source.rows, spelling_of_rows(source.rows, CLASSES), with_pairs=False)
        assert all(item.text.strip() and item.label for item in items)
        assert len(items) + len(broken) == len(source.rows)
        [str(each.problem()) for each in broken]

    only_input_errors(read)


@given(header=st.sampled_from(["text,label", "label,text,split", "text;label", "text", ""]), rows=TABLES)
def test_any_cells_in_a_table_of_texts(header, rows, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        f"{header}\n{table(rows, header[4:5] if header.startswith('text') else ',')}".encode(
            "utf-8", "surrogatepass"
        )
    )
    check_text_table(path)


@given(content=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet"]))
def test_any_bytes_as_a_table_of_texts(content, suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    check_text_table(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(rows=st.lists(JSON | st.fixed_dictionaries({"text": JSON, "label": JSON}), max_size=6))
def test_any_json_lines(rows, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    check_text_table(path)


@given(header=st.sampled_from(["path,label", "label;path;split", "path", "image,label"]), rows=TABLES)
def test_any_cells_in_a_table_of_pictures(header, rows, tmp_path):
    path = tmp_path / "a.csv"
    (tmp_path / "a").write_bytes(b"")
    path.write_bytes(f"{header}\n{table(rows)}".encode("utf-8", "surrogatepass"))
    only_input_errors(lambda: list(list_table(path, CLASSES).items()))


@given(
    content=st.binary(max_size=300)
    | TABLES.map(lambda rows: f"split,label,id,sha256\n{table(rows)}".encode("utf-8", "replace"))
)
def test_any_list_of_splits(content, tmp_path):
    (tmp_path / "splits.csv").write_bytes(content)
    only_input_errors(lambda: read_split_rows(tmp_path / "splits.csv", Classes(("a", "b"))))


NAMES = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(names=st.lists(NAMES, min_size=1, max_size=4, unique=True))
def test_any_names_of_class_folders(names, tmp_path_factory):
    root = tmp_path_factory.mktemp("names")
    for name in names:
        assume(name not in (".", "..") and len(name.encode()) < 200)
        (root / name).mkdir(exist_ok=True)
        for number in range(4):
            (root / name / f"{number}.png").write_bytes(b"x")
    listing = only_input_errors(lambda: list_folder(root, CLASSES, kind=IMAGES))
    if listing is not None:
        assert all(name == name.strip() and name for name in listing.schema.class_names)
        assert {item.label for item in listing.items()} == set(listing.schema.class_names)


IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(
    ids=st.lists(IDS, min_size=3, max_size=9, unique=True),
    names=st.lists(IDS, min_size=2, max_size=3, unique=True),
)
def test_a_list_of_splits_comes_back_as_it_was_written(ids, names, tmp_path):
    # what csv itself can't hold: NUL is refused by Python's reader, and no file has it in its name
    assume("\x00" not in "".join(ids + names))
    parts = {name: ids[place::3] for place, name in enumerate(SPLITS)}
    splits = SimpleNamespace(
        schema=Classes(tuple(names)),
        **{
            name: SimpleNamespace(
                targets=np.zeros(len(part), int), ids=tuple(part), hashes=("0" * 64,) * len(part)
            )
            for name, part in parts.items()
        },
    )
    write_splits(splits, tmp_path / "splits.csv")
    rows = read_split_rows(tmp_path / "splits.csv", Classes(tuple(names)))
    found = {name: [item.id for item, _ in rows.values() if item.split == name] for name in SPLITS}
    assert found == {name: list(part) for name, part in parts.items()}


def check_draw(sizes, copies, shares, seed):
    items = [Item(f"{label}/{n}", str(label), b"") for label, size in enumerate(sizes) for n in range(size)]
    keys = [str(row).encode() for row in range(len(items))]
    for one, other in copies:
        one, other = one % len(items), other % len(items)
        if items[one].label == items[other].label:
            keys[other] = keys[one]
    names = tuple(str(label) for label in range(len(sizes)))
    kept = find_copies(items, keys).keep
    strata = Classes(names).strata(Classes(names).column(item.label for item in items))
    rows = only_input_errors(lambda: draw(items, keys, strata, (), *shares, seed))
    assert kept == list(range(len(items)))  # copies within a class are no contradiction
    if rows is None:
        return
    everything = sorted(row for part in rows.values() for row in part)
    assert everything == list(range(len(items)))  # each once
    for key in set(keys):
        assert len({name for name, part in rows.items() for row in part if keys[row] == key}) == 1
    for name, part in rows.items():
        assert {items[row].label for row in part} == set(names), name
        assert part == sorted(part)
    assert draw(items, keys, strata, (), *shares, seed) == rows


DRAWS = {
    "sizes": st.lists(st.integers(1, 30), min_size=2, max_size=4),
    "copies": st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=6),
    "shares": st.tuples(st.floats(0.01, 0.4), st.floats(0.01, 0.4)),
    "seed": st.integers(0, 2**31 - 1),
}


@given(**DRAWS)
def test_splits_are_disjoint_complete_stratified_and_repeatable(sizes, copies, shares, seed):
    check_draw(sizes, copies, shares, seed)


@pytest.mark.slow
@MORE
@given(**DRAWS)
def test_splits_keep_their_promises_3000_times(sizes, copies, shares, seed):
    check_draw(sizes, copies, shares, seed)


@pytest.mark.slow
@MORE
@given(header=st.sampled_from(["text,label", "label,text,split"]), rows=TABLES)
def test_3000_tables_of_texts(header, rows, tmp_path):
    (tmp_path / "a.csv").write_bytes(f"{header}\n{table(rows)}".encode("utf-8", "surrogatepass"))
    check_text_table(tmp_path / "a.csv")
