"""Tables of path and label."""

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.inputs.images.decode import load_image
from kerasft.tasks.image_classification.reading import read_images, read_labelled


@pytest.fixture
def folder(make, tmp_path):
    for seed in range(12):
        make.write(tmp_path / "pictures", seed)
    return tmp_path


def table(folder, text: str | bytes):
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(separator: str = ",") -> str:
    return "".join(f"pictures/{n:03}.png{separator}{'cat' if n % 2 else 'dog'}\n" for n in range(12))


def refused(path) -> list[str]:
    with pytest.raises(InputError) as error:
        read_images(path, 8)
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("prefix", "separator", "newline"), [("", ",", "\n"), ("\ufeff", ";", "\r\n"), ("", "\t", "\n")]
)
def test_separators_byte_order_mark_and_line_ends(folder, prefix, separator, newline):
    text = f"{prefix}Path{separator}label\n{rows(separator)}\n\n".replace("\n", newline)
    splits = read_images(table(folder, text), 8)
    assert splits.class_names == ("cat", "dog")
    assert sorted(splits.train.ids + splits.validation.ids + splits.test.ids)[0] == "pictures/000.png"
    assert np.array_equal(splits.test.images[0], load_image(folder / splits.test.ids[0], 8))
    assert splits.source == f"{folder}/data.csv"


def test_given_splits_and_data_dir(folder, tmp_path_factory):
    text = "label,path,split,note\n" + "".join(
        f"{'cat' if n % 2 else 'dog'},{n:03}.png,{'train' if n < 6 else 'Val' if n < 9 else 'test'},x\n"
        for n in range(12)
    )
    path = table(tmp_path_factory.mktemp("elsewhere"), text)
    splits = read_images(path, 8, data_dir=folder / "pictures")
    assert splits.validation.ids == ("006.png", "007.png", "008.png")
    assert splits.test.labels.tolist() == [0, 1, 0]
    assert splits.data_dir == f"{folder}/pictures"
    test = read_labelled(path, ("dog", "cat"), 8, data_dir=folder / "pictures")
    assert test.ids == splits.test.ids and test.labels.tolist() == [1, 0, 1]


def test_windows_paths_and_absolute_paths(folder):
    text = "path,label\n" + rows().replace("/", "\\").replace("pictures\\000", f"{folder}/pictures/000")
    splits = read_images(table(folder, text), 8)
    ids = splits.train.ids + splits.validation.ids + splits.test.ids
    assert "pictures/001.png" in ids and f"{folder}/pictures/000.png" in ids


def test_missing_columns_are_named(folder):
    assert refused(table(folder, "paths,lable\n" + rows())) == [
        "it can't be told which column has the images (received: columns paths, lable); "
        "name it with --image, such as --image paths",
    ]
    assert refused(table(folder, "path,lable,other\n" + rows().replace("\n", ",x\n"))) == [
        "it can't be told which column has the labels (received: columns path, lable, other); "
        "name it with --label, such as --label lable",
    ]
    assert "(received: columns (none))" in refused(table(folder, ""))[0]
    assert "the CSV has a header and no rows" in refused(table(folder, "path,label\n"))[0]
    assert "the CSV can't be read: No such file or directory" in refused(folder / "nowhere.csv")[0]


def test_bad_utf8_is_found_by_line(folder):
    assert refused(table(folder, b"path,label\npictures/000.png,cat\npictures/001.png,caf\xe9\n")) == [
        f"line 3 is not UTF-8 (received: {folder}/data.csv); save the table as UTF-8 (in Excel: CSV UTF-8)"
    ]


def test_all_bad_rows_are_listed_with_their_lines(folder):
    text = "path,label,split\n"
    text += "pictures/000.png,,train\n"  # line 2
    text += ",cat,train\n"
    text += 'pictures/001.png,"",train\n'
    text += "pictures/002.png, ,train\n"
    text += "pictures/003.png,1.0,train\n"
    text += "pictures/nowhere.png,cat,train\n"
    text += "pictures/004.png,cat,trial\n"
    text += "pictures/005.png,cat,\n"
    text += '"pictures/006.png","two\nlines",train\n'  # lines 10 and 11
    text += "pictures/007.png\n"  # line 12
    lines = refused(table(folder, text))
    for expected in (
        "line 2: the label is empty; fill it in, or remove the row",
        "line 3: the path is empty; fill it in, or remove the row",
        "line 4: the label is empty; fill it in, or remove the row",
        "line 5: the label is empty; fill it in, or remove the row",
        "line 6: the label is a number with a decimal point (received: 1.0); write whole numbers or names",
        "line 7: no such file (received: pictures/nowhere.png); "
        "paths are relative to the table's folder, or to --data-dir",
        "line 8: the split is unknown (received: trial); write train, validation or test in every row",
        "line 9: the split is empty; write train, validation or test in every row",
        "line 12: the label is empty; fill it in, or remove the row",
        "a class name holds a line break or control character (received: 'two\\nlines'); rename it in --data",
    ):
        assert expected in lines


def test_many_bad_rows_are_counted(folder):
    lines = refused(table(folder, "path,label\n" + "x.png,cat\n" * 50))
    assert lines[-1] == "and 30 more problems of this kind in the table" and len(lines) == 21


def test_one_path_twice(folder):
    splits = read_images(table(folder, "path,label\n" + rows() + "./pictures/000.png,dog\n"), 8)
    assert "1 row left out: the same path and label again" in splits.notes
    (line,) = refused(table(folder, "path,label\n" + rows() + "pictures/000.png,cat\n"))
    assert line == (
        "lines 2 and 14 give one path two labels "
        "(received: pictures/000.png: 'dog' and 'cat'); keep one of the rows"
    )


def test_a_label_that_training_never_sees(folder):
    text = "path,label,split\n" + rows().replace("\n", ",train\n").replace(
        "003.png,cat,train", "003.png,owl,test"
    )
    lines = refused(table(folder, text))
    assert lines == [
        "a label is not among the training labels (received: 'owl'); "
        "add rows of it with the split train, or remove it"
    ]


def test_broken_quotes(folder):
    (line,) = refused(table(folder, 'path,label\n"pictures/000.png,cat\nmore\n'))
    assert line == (
        "line 2: a quotation mark opens a cell that is not closed as it should be "
        f"(received: {folder}/data.csv); check its quotation marks: one inside a quoted cell is written twice"
    )
