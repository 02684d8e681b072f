"""--test-data and --validation-data: a split with a source of its own, for images and texts."""

import pytest

from kerasft.base.errors import InputError
from kerasft.cli.checks import check_all
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.options import ImageReading
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts
from tests.restoring import restore_splits, restore_text_splits


def texts(folder, name, rows, start=0, classes="ab"):
    lines = [f"text number {start + n},{classes[n % len(classes)]}" for n in range(rows)]
    path = folder / name
    path.write_text("text,label\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def test_texts(tmp_path):
    data, test = texts(tmp_path, "data.csv", 40), texts(tmp_path, "test.csv", 10, 36)
    splits = read_texts(data, test_data=test)
    assert splits.test.ids == tuple(f"test-data:test.csv:{n}" for n in range(2, 12))
    assert len(splits.train) + len(splits.validation) == 36  # 4 are in the test data too, and left out here
    assert str(splits).startswith("data.csv: 36 texts of 2 classes (train ")
    assert str(splits).splitlines()[0].endswith("; test 10 from test.csv)")
    assert splits.notes[0] == f"the test split is {test} (--test-data)"
    assert splits.notes[1].startswith("4 texts of the training data left out, being in test too: data.csv:38")
    assert splits.test_data == str(test)
    path = write_splits(splits, tmp_path / "splits.csv")
    restored = restore_text_splits(
        path, splits.source, splits.columns, splits.class_names, own={"test": splits.test_data}
    )
    assert restored.test.texts == splits.test.texts and restored.train.ids == splits.train.ids
    both = read_texts(data, test_data=test, validation_data=texts(tmp_path, "v.csv", 6, 100))
    assert len(both.train) == 36 and len(both.validation) == 6 and len(both.test) == 10


def test_images(tmp_path, make):
    make.classes(tmp_path / "data", {"a": 12, "b": 12})
    make.classes(tmp_path / "test", {"b": 3, "a": 3}, first_seed=22)
    splits = read_images(tmp_path / "data", 8, test_data=tmp_path / "test")
    assert len(splits.test) == 6 and all(each.startswith("test-data:") for each in splits.test.ids)
    assert len(splits.train) + len(splits.validation) == 22
    assert any("2 images of the training data left out, being in test too" in each for each in splits.notes)
    path = write_splits(splits, tmp_path / "splits.csv")
    restored = restore_splits(
        path, splits.source, splits.class_names, 8, "stretch", own={"test": splits.test_data}
    )
    assert restored.test.ids == splits.test.ids and (restored.test.images == splits.test.images).all()


def test_classes_and_splits_are_those_of_the_training_data(tmp_path):
    data = texts(tmp_path, "data.csv", 40)
    with pytest.raises(
        InputError, match="a class is not in the saved class list .received: 'c'.*--test-data"
    ):
        read_texts(data, test_data=texts(tmp_path, "test.csv", 9, 100, "abc"))
    given = tmp_path / "given.csv"
    lines = [f"text {n},{'ab'[n % 2]},{'test' if n > 30 else 'train'}\n" for n in range(40)]
    given.write_text("text,label,split\n" + "".join(lines), "utf-8")
    with pytest.raises(
        InputError, match="the data has a test split of its own, and --test-data gives another"
    ):
        read_texts(given, test_data=data)
    assert len(read_texts(data, test_data=given).test) == 9  # of a source with splits, its test split


@pytest.mark.parametrize("moved", [False, True])
def test_what_is_missing_or_changed_is_looked_for_where_it_was(tmp_path, make, moved):
    make.classes(tmp_path / "data", {"a": 12, "b": 12})
    make.classes(tmp_path / "test", {"a": 3, "b": 3}, first_seed=40)
    splits = read_images(tmp_path / "data", 8, test_data=tmp_path / "test")
    path = write_splits(splits, tmp_path / "splits.csv")
    if moved:
        (tmp_path / "test").rename(tmp_path / "elsewhere")
        expected = (
            "the test data of this run is not where it was .*/test.; "
            ".*--test-data to report or export, as DATA to evaluate, "
        )
    else:
        next((tmp_path / "test" / "a").iterdir()).unlink()
        expected = "test-data:a/.*missing.*/data or .*/test"
    with pytest.raises(InputError, match=expected):
        restore_splits(path, splits.source, ("a", "b"), 8, "stretch", own={"test": splits.test_data})


def test_an_id_leads_nowhere_else(tmp_path, make):
    make.classes(tmp_path / "data", {"a": 12, "b": 12})
    splits = read_images(tmp_path / "data", 8)
    path = write_splits(splits, tmp_path / "splits.csv")
    text = path.read_text("utf-8").replace(splits.test.ids[0], "test-data://host/share/a.png")
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match="the splits file names a path of another computer"):
        restore_splits(path, splits.source, ("a", "b"), 8, "stretch", own={"test": str(tmp_path / "data")})


def test_the_flag_that_was_typed_is_named():
    (problem,) = check_all(ImageReading(test_data="nowhere"))
    assert problem.next_step == "give a folder, a table or tfds:NAME with --test-data"


def test_data_that_is_given_twice_is_told(tmp_path, make):
    data, test = texts(tmp_path, "data.csv", 40), texts(tmp_path, "test.csv", 10, 100)
    with pytest.raises(
        InputError, match="every text of the training data is in test too.*texts with --test-data"
    ):
        read_texts(data, test_data=data)
    with pytest.raises(
        InputError, match="every text of the validation split is in test too.*--validation-data"
    ):
        read_texts(data, test_data=test, validation_data=test)
    make.classes(tmp_path / "images", {"a": 12, "b": 12})
    with pytest.raises(InputError, match="every image of the training data is in test too.*with --test-data"):
        read_images(tmp_path / "images", 8, test_data=tmp_path / "images")


def test_a_file_of_groups_that_is_not_there_is_no_column(tmp_path):
    with pytest.raises(InputError, match="there is no such file of groups .received: groups.csv."):
        read_texts(texts(tmp_path, "data.csv", 40), group="groups.csv")


def test_a_table_of_test_texts_beside_a_folder_has_the_columns_that_are_named(tmp_path):
    for n in range(40):
        path = tmp_path / "texts" / "ab"[n % 2] / f"{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text number {n}", "utf-8")
    test = tmp_path / "test.csv"
    test.write_text(
        "message,kind\n" + "".join(f"text number {n},{'ab'[n % 2]}\n" for n in range(50, 60)), "utf-8"
    )
    splits = read_texts(tmp_path / "texts", text="message", label="kind", test_data=test)
    assert splits.test.texts[0] == "text number 50" and len(splits.test) == 10
    path = write_splits(splits, tmp_path / "splits.csv")
    own = {"test": splits.test_data}
    restored = restore_text_splits(path, splits.source, splits.columns, splits.class_names, own=own)
    assert restored.test.texts == splits.test.texts and restored.train.texts == splits.train.texts
    with pytest.raises(InputError, match="has no column 'text' .--text.*name the right one with --text"):
        read_texts(tmp_path / "texts", test_data=test)
    with pytest.raises(
        InputError, match="--test-data: the table has no column 'text'.*as those of --data are named"
    ):
        read_texts(texts(tmp_path, "data.csv", 40), test_data=test)


def test_a_test_folder_among_the_classes_is_told(tmp_path, make):
    make.classes(tmp_path / "data", {"a": 12, "b": 12})
    make.classes(tmp_path / "data" / "march", {"a": 3, "b": 3}, first_seed=40)
    for split in ("test", "validation"):
        with pytest.raises(
            InputError, match=f"the folder of --{split}-data lies inside that of --data, where it"
        ):
            read_images(tmp_path / "data", 8, **{f"{split}_data": tmp_path / "data" / "march"})
    for n in range(30):
        path = tmp_path / "texts" / ("march/" if n > 20 else "") / "ab"[n % 2] / f"{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text number {n}", "utf-8")
    with pytest.raises(InputError, match="the folder of --test-data lies inside that of --data"):
        read_texts(tmp_path / "texts", test_data=tmp_path / "texts" / "march")
    make.classes(tmp_path / "split" / "train", {"a": 12, "b": 12})
    make.classes(tmp_path / "split" / "test", {"a": 3, "b": 3}, first_seed=40)
    with pytest.raises(InputError, match="the data has a test split of its own"):
        read_images(tmp_path / "split", 8, test_data=tmp_path / "split" / "test")
