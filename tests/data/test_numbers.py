"""Examples with numbers as answers: read, drawn, written down and restored by what reads those of classes."""

import csv
import json

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.data.given import Given
from kerasft.data.placing import Wish
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images import reading as images
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.splits import ImageReading
from kerasft.inputs.texts import reading as texts
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from tests.restoring import data_of

WISH = Wish(0.2, 0.2, seed=3)
COLUMNS = TextColumns(label="value")
READING = ImageReading(8)
VALUES = [0.1 * number - 0.7 for number in range(20)]  # of many digits, some below 0


def write_table(path, header, rows):
    """Writes a table of the kind that its suffix says."""
    if path.suffix == ".jsonl":
        lines = (json.dumps(dict(zip(header, row, strict=True))) for row in rows)
        path.write_text("\n".join(lines), "utf-8")
    elif path.suffix == ".parquet":
        import pyarrow
        from pyarrow import parquet

        columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
        parquet.write_table(pyarrow.table(columns), path)
    else:
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows([header, *rows])
    return path


@pytest.fixture(params=["csv", "tsv", "jsonl", "parquet"])
def suffix(request):
    return request.param


def image_rows(folder, make, values=VALUES):
    for number in range(len(values)):
        make.write(folder, number, height=8, width=8)
    return [(f"{number:03}.png", value) for number, value in enumerate(values)]


def text_rows(values=VALUES):
    return [(f"text number {number}", value) for number, value in enumerate(values)]


def read(source, **options):
    """Reads a table of images or of texts, and returns what restores it too."""
    if options.pop("kind") == "images":
        return images.read_splits(Given(source, **options), NUMBERS, READING, WISH)
    return texts.read_splits(Given(source, **options), NUMBERS, COLUMNS, WISH)


def restored(splits, path, kind, **options):
    module, how = (images, READING) if kind == "images" else (texts, COLUMNS)
    data = data_of(splits.source, seed=splits.seed, **options)
    return module.restore_splits(path, data, NUMBERS, splits.schema, how)


@pytest.fixture(params=["images", "texts"])
def kind(request):
    return request.param


@pytest.fixture
def table(kind, suffix, make, tmp_path):
    def write(values=VALUES, name="data"):
        rows = image_rows(tmp_path, make, values) if kind == "images" else text_rows(values)
        header = ["path" if kind == "images" else "text", "value"]
        return write_table(tmp_path / f"{name}.{suffix}", header, rows)

    return write


def refused(call, *given, **options):
    with pytest.raises(InputError) as error:
        call(*given, **options)
    text = str(error.value)
    assert "class" not in text.replace("Class", "class")
    return text


def values_by_id(splits):
    return {
        name: value
        for split in (splits.train, splits.validation, splits.test)
        for name, value in zip(split.ids, split.targets.tolist(), strict=True)
    }


def test_values_are_read_drawn_written_down_and_restored(table, kind, tmp_path):
    splits = read(table(), kind=kind)
    assert [len(each) for each in (splits.train, splits.validation, splits.test)] == [12, 4, 4]
    assert splits.train.targets.dtype == np.float64
    found = values_by_id(splits)
    assert sorted(found.values()) == sorted(VALUES)  # bit for bit
    number = (lambda name: int(name[:3])) if kind == "images" else (lambda name: int(name.split(":")[1]))
    assert [found[name] for name in sorted(found, key=number)] == VALUES
    assert str(splits.schema) == "'number', a number" in str(splits)
    assert "class" not in str(splits).replace(str(tmp_path), "")

    path = write_splits(splits, tmp_path / "splits.csv")
    again = restored(splits, path, kind)
    for name in ("train", "validation", "test"):
        one, other = getattr(splits, name), getattr(again, name)
        assert one.ids == other.ids and one.hashes == other.hashes
        assert one.targets.tobytes() == other.targets.tobytes()
        if kind == "images":
            assert np.array_equal(one.images, other.images)
        else:
            assert one.texts == other.texts
    assert write_splits(again, tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_a_value_that_has_changed_is_refused_by_its_id(table, kind, tmp_path):
    splits = read(table(), kind=kind)
    path = write_splits(splits, tmp_path / "splits.csv")
    values = [*VALUES]
    values[7] = np.nextafter(values[7], 1)
    source = table(values)
    name = (
        "007.png"
        if kind == "images"
        else f"{source.name}:{8 if source.suffix in ('.jsonl', '.parquet') else 9}"
    )
    one = "an image" if kind == "images" else "a text"
    text = refused(restored, splits, path, kind)
    what = f"{one} of this run is not what it was, its label is now '{float(values[7])!r}' (received: {name})"
    assert what in text and len(text.splitlines()) == 1


def test_values_that_are_no_numbers_are_listed_all_at_once(kind, make, tmp_path):
    rows = image_rows(tmp_path, make) if kind == "images" else text_rows()
    rows[2], rows[5] = (rows[2][0], "much"), (rows[5][0], "")
    path = write_table(tmp_path / "data.csv", ["path" if kind == "images" else "text", "value"], rows)
    lines = refused(read, path, kind=kind).splitlines()
    assert lines[0].startswith("line 4: the value is not a number (received: 'much'); write it as 12.5")
    assert lines[1].startswith("line 7: the value is empty; fill it in") and len(lines) == 2


def test_copies_stay_together_and_those_with_two_values_are_refused(kind, make, tmp_path):
    rows = image_rows(tmp_path, make) if kind == "images" else text_rows()
    if kind == "images":
        for name, of in (("copy.png", 3), ("other.png", 4)):
            make.write(tmp_path, of, name, height=8, width=8)
        more = [("copy.png", VALUES[3]), ("other.png", 99.5)]
    else:
        more = [("text  number 3", VALUES[3]), ("text  number 4", 99.5)]
    header = ["path" if kind == "images" else "text", "value"]
    noun = "image" if kind == "images" else "text"
    path = write_table(tmp_path / "data.csv", header, rows + more[:1])
    splits = read(path, kind=kind)
    assert f"1 exact copy of other {noun}s, kept in one split" in splits.notes
    text = refused(read, write_table(path, header, rows + more), kind=kind)
    assert f"the same {noun} is there with two values" in text and "99.5" in text
    left = read(path, kind=kind, skip_broken=True)
    assert len(left.skipped) == 2 and all(each.endswith("with two values") for each in left.skipped)


def test_too_few_to_draw(table, kind):
    noun = "image" if kind == "images" else "text"
    assert refused(read, table(VALUES[:2]), kind=kind) == (
        f"the data has 2 different {noun}s, and train and validation and test need one each "
        f"(received: 2 of at least 3); add {noun}s"
    )
    assert refused(read, table([1.0] * 5), kind=kind).startswith("all values are the same")


def test_given_splits_groups_and_a_test_set_of_its_own(kind, make, tmp_path):
    rows = image_rows(tmp_path, make) if kind == "images" else text_rows()
    header = ["path" if kind == "images" else "text", "value", "split", "patient"]
    more = [("train", n % 5) if n < 15 else ("test", n) for n in range(20)]
    full = [(*row, *each) for row, each in zip(rows, more, strict=True)]
    path = write_table(tmp_path / "data.csv", header, full)
    wish = Wish(0.2, 0.2, seed=0, group="patient")
    if kind == "images":
        reading = ImageReading(8, columns=ImageColumns(label="value"))
        splits = images.read_splits(Given(path), NUMBERS, reading, wish)
    else:
        splits = texts.read_splits(Given(path), NUMBERS, COLUMNS, wish)
    assert splits.test.targets.tolist() == VALUES[15:] and len(splits.validation) == 3
    sides = [{value for value in split.targets} for split in (splits.train, splits.validation)]
    for patient in range(5):
        own = {VALUES[n] for n in range(patient, 15, 5)}
        assert own <= sides[0] or own <= sides[1]
    apart = write_table(tmp_path / "apart.csv", header[:2], rows[15:])
    path = write_table(tmp_path / "data.csv", header[:2], rows[:15])
    splits = read(path, kind=kind, test_data=apart)
    assert splits.test.targets.tolist() == VALUES[15:] and splits.test.ids[0].startswith("test-data:")
    again = restored(splits, write_splits(splits, tmp_path / "s.csv"), kind, own={"test": splits.test_data})
    assert again.test.targets.tolist() == VALUES[15:]


def test_labelled_data_to_evaluate_on(table, kind):
    schema, path = Numbers(("value",), (0.0,), (1.0,)), table()
    if kind == "images":
        split = images.read_split(Given(path, wanted=schema), NUMBERS, READING)
    else:
        split = texts.read_split(Given(path, wanted=schema), NUMBERS, COLUMNS)
    assert split.targets.tolist() == VALUES


def test_arrays_lists_and_folders_of_numbers(make, tmp_path):
    pixels = np.stack([make.noise(number, 8, 8) for number in range(20)])
    splits = images.read_splits(Given(pixels, np.array(VALUES)), NUMBERS, READING, WISH)
    assert values_by_id(splits) == {f"train/{number}": value for number, value in enumerate(VALUES)}
    with pytest.raises(InputError, match="label 3 is no number .received: 'c'.; write it as 12.5"):
        labels = [1.5, 2, "3", "c", *VALUES[4:]]
        images.read_splits(Given(pixels, labels), NUMBERS, READING, WISH)
    given = [f"text number {number}" for number in range(20)]
    splits = texts.read_splits(Given(given, VALUES), NUMBERS, COLUMNS, WISH)
    assert values_by_id(splits) == {f"train/{number}": value for number, value in enumerate(VALUES)}
    root = make.classes(tmp_path / "ages", {"20.0": 5, "31.5": 5})
    splits = images.read_splits(Given(root), NUMBERS, READING, WISH)
    assert set(splits.train.targets) == {20.0, 31.5}
    make.classes(root, {"old": 5}, 50)
    with pytest.raises(InputError, match="not a number .received: 'old'.; rename it in --data"):
        images.read_splits(Given(root), NUMBERS, READING, WISH)
