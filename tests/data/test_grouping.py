"""Groups stay together, in tables of texts and of images, in folders and lists, and in the run that goes on."""

import json

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.data.earlier import write_group_sides
from kerasft.data.grouping import units_of
from kerasft.data.splits_file import write_splits
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts

SPLITS = ("train", "validation", "test")


def table(folder, groups=30, each=6, name="data.csv"):
    """A table of texts of so many customers, whose class hangs on the customer."""
    rows = [
        f"text {number} of {group},{'ab'[(group + number % 3) % 2]},c{group}"
        for group in range(groups)
        for number in range(each)
    ]
    path = folder / name
    path.write_text("text,label,customer\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def customers(split) -> set[str]:
    return {text.rsplit(" ", 1)[1] for text in split.texts}


def test_a_group_is_on_one_side_and_shares_and_classes_hold(tmp_path):
    splits = read_texts(table(tmp_path), group="customer")
    found = [customers(getattr(splits, name)) for name in SPLITS]
    assert not found[0] & found[1] and not found[0] & found[2] and not found[1] & found[2]
    assert sum(map(len, found)) == 30
    for name in ("validation", "test"):
        part = getattr(splits, name)
        assert 0.1 <= len(part) / 180 <= 0.2
        assert 0.3 <= part.labels.mean() <= 0.7
    assert splits.group == "customer" and splits.group_sides["c0"] in SPLITS
    again = read_texts(table(tmp_path), group="customer")
    assert again.test.ids == splits.test.ids != read_texts(table(tmp_path), group="customer", seed=1).test.ids
    assert read_texts(table(tmp_path)).notes[0] == (
        "the column 'customer' may say what belongs together: --group customer keeps each customer in one split"
    )


def test_lists_and_files_of_groups(tmp_path):
    texts, labels = [f"text {n}" for n in range(60)], ["a", "b"] * 30
    splits = read_texts(texts, labels=labels, group=[n // 2 for n in range(60)])
    side = {each: name for name in SPLITS for each in getattr(splits, name).ids}
    assert all(side[f"train/{n}"] == side[f"train/{n + 1}"] for n in range(0, 60, 2))


def test_a_folder_of_images_with_a_file_of_groups(tmp_path, make):
    lines = ["id,group"]
    for n in range(40):
        make.write(tmp_path / "images" / "ab"[n % 2], n, f"p{n // 4:02}_{n}.png")
        lines.append(f"{'ab'[n % 2]}/p{n // 4:02}_{n}.png,p{n // 4}")
    (tmp_path / "groups.csv").write_text("\n".join(lines), "utf-8")
    splits = read_images(tmp_path / "images", 8, group=tmp_path / "groups.csv")
    found = [{each[2:5] for each in getattr(splits, name).ids} for name in SPLITS]
    assert sum(map(len, found)) == len(set().union(*found)) == 10
    assert splits.group == str(tmp_path / "groups.csv")
    (note,) = read_images(tmp_path / "images", 8).notes
    assert note.startswith("file names suggest 10 groups, such as 'p09' (4 images): --group FILE, a CSV with")
    with pytest.raises(InputError, match="the data is no table, so it has no columns .received: patient"):
        read_images(tmp_path / "images", 8, group="patient")


def test_a_run_that_goes_on_keeps_groups_where_they_were(tmp_path):
    first = read_texts(table(tmp_path), group="customer")
    run = tmp_path / "run"
    run.mkdir()
    write_splits(first, run / "splits.csv")
    write_group_sides(first.group_sides, run)
    (run / "config.json").write_text(json.dumps({"data": {"group": "customer"}}), "utf-8")
    more = tmp_path / "more.csv"  # other texts of the same customers, and of new ones
    more.write_text(table(tmp_path, groups=40).read_text("utf-8").replace("text ", "new text "), "utf-8")
    more.write_text(
        more.read_text("utf-8").replace("new text ,", "text,").replace("new text,", "text,"), "utf-8"
    )
    second = read_texts(more, earlier=run)
    for name in ("validation", "test"):
        assert customers(getattr(second, name)) & {f"{n}" for n in range(30)} == customers(
            getattr(first, name)
        )


def test_what_can_not_be_kept_together_is_said(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(
        "text,label,who\n" + "".join(f"t {n},{'ab'[n % 2]},w{n % 2}\n" for n in range(40)), "utf-8"
    )
    with pytest.raises(
        InputError, match="class 'a' is in 1 group, and train and validation and test need one"
    ):
        read_texts(path, group="who")
    lines = [f"t {n},{'ab'[n % 2]},w{n % 5},{'test' if n > 30 else 'train'}\n" for n in range(40)]
    path.write_text("text,label,who,split\n" + "".join(lines), "utf-8")
    with pytest.raises(InputError, match="5 groups of --group lie in more than one split of the data"):
        read_texts(path, group="who")


def test_copies_tie_groups_together():
    units = units_of(["a", "b", "c", "", ""], [b"1", b"1", b"2", b"3", b"3"])
    assert units.tolist() == np.array([0, 0, 1, 2, 2]).tolist()


def test_many_groups_are_drawn_at_once_and_as_evenly(tmp_path):
    splits = read_texts(table(tmp_path, groups=400, each=3), group="customer")
    found = [customers(getattr(splits, name)) for name in SPLITS]
    assert sum(map(len, found)) == len(set().union(*found)) == 400
    for name in ("validation", "test"):
        part = getattr(splits, name)
        assert (
            abs(len(part) / 1200 - 0.15) < 0.02
            and abs(part.labels.mean() - splits.train.labels.mean()) < 0.05
        )


def test_a_test_set_that_says_no_group_is_no_reason(tmp_path):
    test = tmp_path / "test.csv"
    test.write_text("text,label\n" + "".join(f"other {n},{'ab'[n % 2]}\n" for n in range(9)), "utf-8")
    splits = read_texts(table(tmp_path), group="customer", test_data=test)
    assert not customers(splits.train) & customers(splits.validation) and len(splits.test) == 9
    assert splits.notes[1:3] == (
        "30 groups by 'customer', each in one split (train 24, validation 6)",
        "9 texts of test have no group: whether others of the same are in the training data can't be told",
    )
    test.write_text(
        "text,label,customer\n" + "".join(f"other {n},{'ab'[n % 2]},c{n}\n" for n in range(9)), "utf-8"
    )
    with pytest.raises(InputError, match="9 groups of --group lie in more than one split of the data"):
        read_texts(table(tmp_path), group="customer", test_data=test)


def test_a_run_that_goes_on_says_which_groups_it_looks_for(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    write_splits(read_texts(table(tmp_path), group="customer"), run / "splits.csv")
    (run / "config.json").write_text(json.dumps({"data": {"group": "customer"}}), "utf-8")
    other = tmp_path / "other.csv"
    other.write_text("text,label\n" + "".join(f"x {n},{'ab'[n % 2]}\n" for n in range(40)), "utf-8")
    with pytest.raises(
        InputError, match="the earlier run kept groups together.*name the column.*with --group"
    ):
        read_texts(other, earlier=run)


def test_a_group_has_one_spelling_in_all_files(tmp_path):
    """pandas writes 12.0 where a cell of the column is empty: the group 12 of the other table would be another."""
    train = "".join(f"text {n},{'ab'[n % 2]},{n // 4}.0\n" for n in range(80)) + "one more,a,\n"
    test = "".join(f"other {n},{'ab'[n % 2]},{20 + n // 4}\n" for n in range(8))
    (tmp_path / "train.csv").write_text("text,label,patient\n" + train, "utf-8")
    (tmp_path / "test.csv").write_text("text,label,patient\n" + test, "utf-8")
    splits = read_texts(tmp_path / "train.csv", group="patient", test_data=tmp_path / "test.csv")
    assert (
        splits.group_sides["20"] == "test"
        and splits.group_sides["3"] != "test"
        and "3.0" not in splits.group_sides
    )
    (tmp_path / "test.csv").write_text("text,label,patient\n" + test.replace(",21\n", ",3\n"), "utf-8")
    with pytest.raises(
        InputError, match="1 group of --group lies in more than one split of the data .received: 3."
    ):
        read_texts(tmp_path / "train.csv", group="patient", test_data=tmp_path / "test.csv")
