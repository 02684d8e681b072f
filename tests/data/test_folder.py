"""Folders that can't be used are refused with all their problems; layouts are told apart (trap 17)."""

import os

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.tasks.image_classification.reading import read_images, read_labelled


def refused(*arguments, **options) -> str:
    with pytest.raises(InputError) as error:
        read_images(*arguments, **options)
    return str(error.value)


def test_missing_empty_or_no_folder(make, tmp_path):
    text = refused(tmp_path / "nowhere", 8)
    assert text == f"the data folder does not exist (received: {tmp_path}/nowhere); check the path in --data"
    text = refused(tmp_path, 8)
    assert text.startswith(
        f"the data folder has no class folders (received: {tmp_path}); put the images into one"
    )
    (tmp_path / "data.zip").write_bytes(b"PK")
    assert "the data is a file, not a folder" in (text := refused(tmp_path / "data.zip", 8))
    assert "extract it and give the folder with --data" in text
    make.write(tmp_path / "flat", 0)
    assert "the data folder has no class folders" in refused(tmp_path / "flat", 8)
    for nothing in ("", None):
        text = refused(nothing, 8)
        assert text == "no data was given; give a folder, a CSV or tfds:NAME with --data"


def test_an_unreadable_folder(make, tmp_path, monkeypatch):
    make.classes(tmp_path, {"a": 3, "b": 3})
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    text = refused(tmp_path, 8)
    assert (
        f"a folder can't be read: Permission denied (received: {tmp_path}/b); check its permissions" in text
    )


def test_one_class_and_a_folder_in_between(make, tmp_path):
    make.classes(tmp_path / "flowers", {"rose": 4})
    text = refused(tmp_path / "flowers", 8)
    assert "the data has only one class, 'rose': at least two are needed" in text
    make.classes(tmp_path / "flowers" / "rose", {"a": 4, "b": 4}, 50)
    assert f"did you mean --data {tmp_path}/flowers/rose?" in refused(tmp_path / "flowers", 8)


def test_empty_classes_and_bad_names_are_listed_together(make, tmp_path):
    make.classes(tmp_path, {"Rose": 3, "rose": 3, "two\nlines": 3, " space": 3, "bell\a": 3}, 0)
    (tmp_path / "empty").mkdir()
    lines = refused(tmp_path, 8).splitlines()
    assert "a class folder has no images (received: empty); add images, or remove the folder" in lines
    assert any(line.startswith("two classes differ only in upper and lower case") for line in lines)
    assert any("line break or control character (received: 'two\\nlines')" in line for line in lines)
    assert any("line break or control character (received: 'bell\\x07')" in line for line in lines)
    assert any("begins or ends with a space (received: ' space')" in line for line in lines)
    assert len(lines) == 5


def test_a_file_name_that_is_not_utf8(make, tmp_path):
    make.classes(tmp_path, {"a": 3, "b": 3})
    make.write(tmp_path / "a", 9, os.fsdecode(b"caf\xe9.png"))
    assert "a file name is not UTF-8 (received: 'a/caf\\udce9.png'); rename the file" in refused(tmp_path, 8)


def test_too_few_different_pictures(make, tmp_path):
    make.classes(tmp_path, {"many": 6, "few": 2, "copies": 1})
    content = (tmp_path / "copies" / "008.png").read_bytes()
    for name in ("x.png", "y.png", "z.png"):
        (tmp_path / "copies" / name).write_bytes(content)
    lines = refused(tmp_path, 8).splitlines()
    assert lines == [
        "class 'copies' has 1 different image, and train and validation and test need one each "
        "(received: 1 of at least 3); add images to it, or remove the class",
        "class 'few' has 2 different images, and train and validation and test need one each "
        "(received: 2 of at least 3); add images to it, or remove the class",
    ]


def test_class_names_are_enforced(make, tmp_path):
    make.classes(tmp_path, {"a": 4, "b": 4, "roses": 4})
    text = refused(tmp_path, 8, class_names=("rose", "b", "a", "tulip"))
    assert "a class is not in the saved class list (received: 'roses'); did you mean 'rose'?" in text
    assert (
        "classes of the saved class list have no images (received: rose, tulip); add them to --data" in text
    )
    splits = read_images(tmp_path, 8, class_names=("roses", "a", "b"))
    assert splits.class_names == ("roses", "a", "b")
    assert all(
        splits.class_names[y] == name.split("/")[0]
        for y, name in zip(splits.train.labels, splits.train.ids, strict=True)
    )
    assert "class_names must be two or more different names" in refused(tmp_path, 8, class_names=("a", "a"))


def test_given_splits(make, tmp_path):
    make.classes(tmp_path / "train", {"a": 6, "b": 6}, 0)
    make.classes(tmp_path / "val", {"a": 2, "b": 2}, 100)
    make.classes(tmp_path / "test", {"a": 3, "b": 2}, 200)
    splits = read_images(tmp_path, 8)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [12, 4, 5]
    assert all(name.startswith("val/") for name in splits.validation.ids)
    assert splits.test.ids[0] == "test/a/200.png"


def test_a_missing_split_is_drawn_from_train(make, tmp_path):
    make.classes(tmp_path / "train", {"a": 10, "b": 10}, 0)
    make.classes(tmp_path / "test", {"a": 3, "b": 2}, 200)
    splits = read_images(tmp_path, 8, validation_share=0.2)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [16, 4, 5]
    assert all(name.startswith("train/") for name in splits.validation.ids + splits.train.ids)


def test_split_folders_that_can_not_be_right(make, tmp_path):
    make.classes(tmp_path / "1" / "validation", {"a": 3, "b": 3})
    make.classes(tmp_path / "1" / "val", {"a": 3, "b": 3})
    assert "two folders for the validation split (received: val/ and validation/)" in refused(
        tmp_path / "1", 8
    )
    make.classes(tmp_path / "2" / "test", {"a": 3, "b": 3})
    assert "the data folder has no train/ (received: test/)" in refused(tmp_path / "2", 8)
    make.classes(tmp_path / "3" / "train", {"a": 3, "b": 3})
    make.classes(tmp_path / "3", {"old": 3}, 50)
    assert "the data folder mixes splits and other folders (received: train/ beside old/)" in refused(
        tmp_path / "3", 8
    )
    make.classes(tmp_path / "4" / "train", {"a": 4, "b": 4})
    make.classes(tmp_path / "4" / "validation", {"a": 3, "c": 3}, 90)
    assert "a class is not among the training classes (received: 'c' in validation)" in refused(
        tmp_path / "4", 8
    )
    for name in "ab":
        (tmp_path / "5" / "train" / name).mkdir(parents=True)
    make.classes(tmp_path / "5" / "validation", {"a": 4, "b": 4}, 90)
    text = refused(tmp_path / "5", 8)
    assert "training classes (received: 'a' in validation)" in text and "the data has no classes" in text


def test_a_class_may_be_called_train(make, tmp_path):
    make.classes(tmp_path, {"train": 4, "plane": 4})
    assert read_images(tmp_path, 8).class_names == ("plane", "train")
    make.write(tmp_path / "train" / "steam", 50)
    assert read_images(tmp_path, 8).class_names == ("plane", "train")


def test_a_loose_picture_does_not_turn_splits_into_classes(make, tmp_path):
    make.classes(tmp_path / "train", {"a": 4, "b": 4})
    make.classes(tmp_path / "test", {"a": 1, "b": 1}, 50)
    make.write(tmp_path / "train", 99, "loose.png")
    splits = read_images(tmp_path, 8)
    assert splits.class_names == ("a", "b") and len(splits.test) == 2
    assert "1 image directly in train without a class left out: loose.png" in splits.notes


def test_a_class_missing_from_a_given_split_is_told(make, tmp_path):
    make.classes(tmp_path / "train", {"a": 9, "b": 4, "c": 3}, 0)
    make.classes(tmp_path / "test", {"a": 3, "b": 3}, 200)
    splits = read_images(tmp_path, 8)
    assert "the test split has no images of: c" in splits.notes
    assert any(
        note.startswith("unequal classes: 2 training images of 'c', 8 of 'a'") for note in splits.notes
    )


def test_bad_values_are_listed_together(tmp_path):
    lines = refused(tmp_path, 0, resize="fit", validation_share=0, test_share=2).splitlines()
    assert lines == [
        "image_size must be a whole number of pixels from 1 to 4096 (received: 0); "
        "for example --image-size 224",
        "resize must be one of 'stretch', 'crop', 'letterbox' (received: 'fit'); for example --resize crop",
        "validation_share must be between 0 and 1 (received: 0); for example --validation-share 0.15",
        "test_share must be between 0 and 1 (received: 2); for example --test-share 0.15",
    ]
    assert "leave less than a tenth" in refused(tmp_path, 8, validation_share=0.5, test_share=0.45)


def test_read_labelled_keeps_the_class_list_and_takes_the_test_split(make, tmp_path):
    make.classes(tmp_path / "other", {"b": 2, "a": 1})
    split = read_labelled(tmp_path / "other", ("b", "c", "a"), 8)
    assert split.ids == ("a/002.png", "b/000.png", "b/001.png")
    assert split.labels.tolist() == [2, 0, 0] and split.labels.dtype == np.int32
    with pytest.raises(InputError, match="a class is not in the saved class list .*'a'"):
        read_labelled(tmp_path / "other", ("b", "c"), 8)
    make.classes(tmp_path / "split" / "train", {"a": 3, "b": 3}, 20)
    with pytest.raises(InputError, match="the data has splits, and none of them is test"):
        read_labelled(tmp_path / "split", ("a", "b"), 8)
    make.classes(tmp_path / "split" / "test", {"a": 1, "b": 2}, 40)
    assert read_labelled(tmp_path / "split", ("a", "b"), 8).ids == (
        "test/a/040.png",
        "test/b/041.png",
        "test/b/042.png",
    )


@pytest.mark.parametrize(("name", "flag"), [("test", "--test-data"), ("val", "--validation-data")])
def test_a_split_among_the_class_folders_is_no_class(tmp_path, make, name, flag):
    make.classes(tmp_path, {"a": 4, "b": 4})
    make.classes(tmp_path / name, {"A": 2, "b": 2}, first_seed=20)
    with pytest.raises(InputError) as caught:
        read_images(tmp_path, 8)
    assert f"{name}/ lies beside the class folders, and holds folders of the same names" in str(caught.value)
    assert f"into train/, or move {name}/ away and give it with {flag}" in str(caught.value)
    (tmp_path / name / "A").rename(tmp_path / name / "c")  # a class with folders of its own
    assert read_images(tmp_path, 8).class_names == ("a", "b", name)
