"""One value, one spelling: the same classes in the same order from every source."""

import json
import math

import numpy as np
import pytest

from kerasft.base.class_names import in_order
from kerasft.data.splits_file import write_splits
from kerasft.data.values import is_missing
from kerasft.targets.classes.spelling import ClassSpelling
from kerasft.tasks.image_classification.reading import read_images, read_labelled
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_splits, restore_text_splits

COUNT = 60
# label values as Python has them, and what they are called
KINDS = {
    "integers": ([2, 10, 9], ("2", "9", "10")),
    "negative": ([-1, 1, 2, -2], ("-2", "-1", "1", "2")),
    "whole floats": ([2.0, 10.0, 9.0], ("2", "9", "10")),
    "booleans": ([True, False], ("false", "true")),
    "words": (["NONE", "N/A", "null", "nan"], ("N/A", "NONE", "nan", "null")),
    "names of numbers": (["2", "10", "9"], ("2", "9", "10")),
    "numbers and names": (["2", "10", "b"], ("10", "2", "b")),
}


def values(kind: str) -> list:
    given = KINDS[kind][0]
    return [given[n % len(given)] for n in range(COUNT)]


def texts() -> list[str]:
    return [f"text number {n}" for n in range(COUNT)]


def as_csv(folder, labels):
    lines = "".join(f"{text},{label}\n" for text, label in zip(texts(), labels, strict=True))
    (folder / "data.csv").write_text("text,label\n" + lines, "utf-8")
    return {"source": folder / "data.csv"}


def as_jsonl(folder, labels):
    lines = [json.dumps({"text": text, "label": each}) for text, each in zip(texts(), labels, strict=True)]
    (folder / "data.jsonl").write_text("\n".join(lines), "utf-8")
    return {"source": folder / "data.jsonl"}


def as_parquet(folder, labels):
    table = pytest.importorskip("pyarrow").table({"text": texts(), "label": labels})
    pytest.importorskip("pyarrow.parquet").write_table(table, folder / "data.parquet")
    return {"source": folder / "data.parquet"}


def as_list(folder, labels):
    return {"source": texts(), "labels": labels}


def as_array(folder, labels):
    return {"source": np.array(texts()), "labels": np.array(labels)}


def as_frame(folder, labels):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": texts(), "label": labels})
    return {"source": frame["text"], "labels": frame["label"]}


def as_folder(folder, labels):
    for text, label in zip(texts(), labels, strict=True):
        place = folder / "data" / str(label).replace("/", "_")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{text}.txt").write_text(text, "utf-8")
    return {"source": folder / "data"}


WRITERS = (as_csv, as_jsonl, as_parquet, as_list, as_array, as_frame, as_folder)
UNTYPED = (as_csv, as_folder)  # where 2.0 is a text, which is refused, or the name of a folder
CASES = [
    (write, kind) for write in WRITERS for kind in KINDS if kind != "whole floats" or write not in UNTYPED
]


@pytest.mark.parametrize(("write", "kind"), CASES)
def test_the_same_names_in_the_same_order_everywhere(tmp_path, write, kind):
    labels, expected = values(kind), KINDS[kind][1]
    if write is as_folder and kind == "words":
        expected = ("NONE", "N_A", "nan", "null")
    splits = read_texts(**write(tmp_path, labels))
    assert splits.class_names == expected
    counts = sum(np.bincount(part.labels) for part in (splits.train, splits.validation, splits.test))
    assert counts.tolist() == [COUNT // len(expected)] * len(expected)
    test = read_labelled_texts(class_names=expected, **write(tmp_path, labels))  # with the list of a model
    assert np.bincount(test.labels).tolist() == counts.tolist()


def test_a_run_of_before_keeps_its_own_spelling(tmp_path):
    path = as_csv(tmp_path, values("booleans"))["source"]
    splits = read_texts(path, class_names=("True", "False"))
    assert splits.class_names == ("True", "False")
    restored = restore_text_splits(
        write_splits(splits, tmp_path / "splits.csv"), str(path), splits.columns, splits.class_names
    )
    assert restored.test.ids == splits.test.ids


def test_images_are_spelled_alike(tmp_path, make):
    rows = []
    for n in range(36):
        make.write(tmp_path / "numbers" / str([2, 10, 9][n % 3]), n)
        make.write(tmp_path / "booleans" / str(n % 2 == 0), n)
        rows.append(f"booleans/{n % 2 == 0}/{n:03}.png,{n % 2 == 0},{['none', 'N/A'][n % 2]}\n")
    assert read_images(tmp_path / "numbers", 8).class_names == ("2", "9", "10")
    assert read_images(tmp_path / "booleans", 8).class_names == ("false", "true")
    (tmp_path / "data.csv").write_text("path,label,other\n" + "".join(rows), "utf-8")
    assert read_images(tmp_path / "data.csv", 8).class_names == ("false", "true")
    (tmp_path / "data.csv").write_text("path,other,label\n" + "".join(rows), "utf-8")
    assert read_images(tmp_path / "data.csv", 8).class_names == ("N/A", "none")


def test_whole_numbers_of_any_length_are_names(tmp_path, make):
    """400 digits are no float: JSON has them as whole numbers."""
    long = int("9" * 400)
    for n in range(12):
        make.write(tmp_path, n)
    for column, cells in (("text", "text {}"), ("path", "{:03}.png")):
        rows = [json.dumps({column: cells.format(n), "label": [1, long][n % 2]}) for n in range(12)]
        (tmp_path / "data.jsonl").write_text("\n".join(rows), "utf-8")
        splits = (
            read_texts(tmp_path / "data.jsonl")
            if column == "text"
            else read_images(tmp_path / "data.jsonl", 8)
        )
        assert splits.class_names == ("1", str(long))


def test_an_image_of_a_table_keeps_its_label_whatever_is_added(tmp_path, make):
    rows = ["path,label"]
    for n in range(12):
        make.write(tmp_path, n)
        rows.append(f"{n:03}.png,{n % 2 == 0}")
    path = tmp_path / "data.csv"
    path.write_text("\n".join(rows), "utf-8")
    splits = read_images(path, 8)
    written = write_splits(splits, tmp_path / "splits.csv")
    path.write_text("\n".join([*rows, "new.png,perhaps"]), "utf-8")
    again = restore_splits(written, path, splits.class_names, 8, "stretch")
    assert again.train.labels.tolist() == splits.train.labels.tolist()


def frame_column(dtype):
    """Returns a maker of a column of a data frame."""
    return lambda labels: pytest.importorskip("pandas").Series(labels, dtype=dtype)


COLUMNS = {
    "list": (list, KINDS),
    "list of numpy's": (lambda labels: list(np.array(labels)), KINDS),
    "array": (np.array, KINDS),
    "array of objects": (lambda labels: np.array(labels, object), KINDS),
    "column of one": (lambda labels: np.array(labels)[:, None], KINDS),
    "frame": (frame_column(None), KINDS),
    "category": (frame_column("category"), KINDS),
    "float32": (lambda labels: np.array(labels, "float32"), ["whole floats", "integers"]),
    "Float64": (frame_column("Float64"), ["whole floats"]),
    "Int64": (frame_column("Int64"), ["integers"]),
    "boolean": (frame_column("boolean"), ["booleans"]),
    "string": (frame_column("string"), ["names of numbers", "words"]),
}


@pytest.mark.parametrize(
    ("column", "kind"), [(name, kind) for name, (_, kinds) in COLUMNS.items() for kind in kinds]
)
def test_labels_of_arrays_of_images_are_spelled_alike(column, kind):
    images = np.zeros((COUNT, 4, 4, 3), "uint8")
    images[:, 0, 0, 0] = np.arange(COUNT)
    given, expected = COLUMNS[column][0](values(kind)), KINDS[kind][1]
    splits = read_images(images, 4, labels=given)
    assert splits.class_names == expected == read_texts(texts(), labels=given).class_names
    again = read_labelled(images, expected, 4, labels=given)  # with the list of a model
    assert [expected[label] for label in again.labels[: len(expected)]] == [
        ClassSpelling(whole_floats=True).name_of(value) for value in values(kind)[: len(expected)]
    ]


def test_order_and_what_is_missing():
    assert in_order(["10", "9", "-3", "2.5"]) == ("-3", "2.5", "9", "10")
    assert in_order(["b", "a", "B", "10", "9"]) == ("10", "9", "B", "a", "b")
    missing = [None, "", "  ", math.nan, np.float32("nan"), np.float64("nan")]
    assert all(map(is_missing, missing)) and not any(map(is_missing, ["nan", "None", 0, False, 0.0]))
    pandas = pytest.importorskip("pandas")
    assert is_missing(pandas.NA) and is_missing(pandas.NaT)


def test_whole_numbers_are_names_where_the_class_list_has_them_and_else_indexes():
    labels = [1, 2] * 30
    test = read_labelled_texts(texts(), ("1", "2", "3"), labels=labels)
    assert test.labels[:2].tolist() == [0, 1]
    assert read_labelled_texts(texts(), ("a", "b", "c"), labels=labels).labels[:2].tolist() == [1, 2]


def test_floats_that_are_not_all_whole_are_refused(tables_refused):
    (first, *_) = tables_refused(texts(), labels=[1.0, 2.5] * 30)
    assert first.startswith("text 0: the label is a number with a decimal point (received: 1.0); write whole")


@pytest.fixture
def tables_refused():
    from kerasft.base.errors import InputError

    def refused(source, **options):
        with pytest.raises(InputError) as error:
            read_texts(source, **options)
        return str(error.value).splitlines()

    return refused
