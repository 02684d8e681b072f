"""Folders of .txt files, above all in the layout of the IMDb reviews."""

import pytest

from kerasft.base.errors import InputError
from kerasft.data.splits_file import write_splits
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_text_splits


def fill(folder, counts, start=0):
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / name / f"{number}_7.txt").write_text(f"Film {start}, {name}. ", "utf-8")
            start += 1


@pytest.fixture
def imdb(tmp_path):
    root = tmp_path / "aclImdb"
    fill(root / "train", {"neg": 9, "pos": 9, "unsup": 12})
    fill(root / "test", {"neg": 3, "pos": 3}, 100)
    for name in ("README", "imdb.vocab", "imdbEr.txt", "train/labeledBow.feat", "train/urls_pos.txt"):
        (root / name).write_text("x")
    return root


def test_the_imdb_layout(imdb, tables):
    splits = read_texts(imdb, validation_share=0.3)
    assert splits.class_names == ("neg", "pos")
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [12, 6, 6]
    assert splits.test.ids[0] == "test/neg/0_7.txt" and splits.test.texts[0] == "Film 100, neg."
    assert all(name.startswith("train/") for name in splits.validation.ids)
    assert splits.notes == (
        "train/unsup/ left out: texts without a label",
        "1 text directly in train without a class left out: urls_pos.txt",
        "1 other file left out: train/labeledBow.feat",
    )
    test = read_labelled_texts(imdb, ("pos", "neg"))
    assert test.ids == splits.test.ids and test.labels.tolist() == [1, 1, 1, 0, 0, 0]


def test_a_plain_folder_of_classes(tmp_path, tables):
    fill(tmp_path / "mails", {"ham": 8, "spam": 8})
    (tmp_path / "mails/ham/nested").mkdir()
    (tmp_path / "mails/ham/nested/x.TXT").write_bytes(b"\xef\xbb\xbf  two\r\nlines \n")
    splits = read_texts(tmp_path / "mails")
    assert tables.by_id(splits)["ham/nested/x.TXT"] == ("two\r\nlines", "ham")
    assert splits.notes == ("1 folder inside class folders: their texts belong to the class",)
    again = restore_text_splits(
        write_splits(splits, tmp_path / "splits.csv"), splits.source, splits.columns, splits.class_names
    )
    assert again.train.texts == splits.train.texts and again.test.hashes == splits.test.hashes


def test_bad_files_are_listed_and_can_be_left_out(tmp_path, tables):
    root = tmp_path / "mails"
    fill(root, {"ham": 8, "spam": 8})
    (root / "ham/empty.txt").write_text("\n")
    (root / "spam/latin.txt").write_bytes(b"caf\xe9")
    skip = "; --skip-broken leaves out all such rows"
    assert tables.refused(root) == [
        f"ham/empty.txt: the text is empty; fill it in, or remove the row{skip}",
        f"spam/latin.txt: the text is not UTF-8 (byte 4 of 4); save it as UTF-8{skip}",
    ]
    splits = read_texts(root, skip_broken=True)
    assert len(tables.by_id(splits)) == 16 and len(splits.skipped) == 2


def test_folders_that_hold_no_texts(tmp_path, tables):
    layout = (
        "put the texts into one folder per class, for example reviews/good/1.txt, and give --data reviews; "
        "or give a .csv, .tsv, .jsonl or .parquet file"
    )
    root = tmp_path / "empty"
    root.mkdir()
    assert tables.refused(root) == [f"the data folder has no class folders (received: {root}); {layout}"]
    (root / "a").mkdir()
    (root / "a/picture.jpg").write_bytes(b"")
    assert tables.refused(root)[0].startswith("the data folder has no texts in 1 class")
    fill(root, {"b": 3, "c": 3})
    assert tables.refused(root) == [
        "a class folder has no texts (received: a); add texts, or remove the folder"
    ]
    assert tables.refused(tmp_path / "nowhere")[0].startswith("the data folder does not exist")
    (tmp_path / "file").write_text("x")
    assert tables.refused(tmp_path / "file")[0].startswith("the data is a file, not a folder")
    (line,) = tables.refused(root, text_pair="b")
    assert line.startswith("a folder holds single texts, not pairs")


def test_the_class_list_is_enforced(imdb):
    with pytest.raises(InputError, match="a class is not in the saved class list .received: 'neg'."):
        read_labelled_texts(imdb, ("pos", "mixed"))
    with pytest.raises(InputError, match="classes of the saved class list have no texts .received: mixed."):
        read_texts(imdb, class_names=("neg", "mixed", "pos"))
    assert read_texts(imdb, class_names=("pos", "neg")).test.labels.tolist() == [1, 1, 1, 0, 0, 0]
