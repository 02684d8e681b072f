"""A table of images and numbers is read as numbers: outliers, slips, two numbers for one image."""

import csv
import shutil

import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Writes a table of 60 images of noise with the numbers of `change`, which gets usual ones; returns its path."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("numbers")
    noise = np.random.default_rng(0).integers(0, 256, (60, 16, 16, 3)).astype("uint8")
    for row, image in enumerate(noise):
        Image.fromarray(image).save(folder / f"{row}.png")
    shutil.copy(folder / "7.png", folder / "again.png")

    def write(change, name="weights.csv"):
        rows = [[f"{row}.png", 20 + row / 8] for row in range(60)]
        change(rows)
        with open(folder / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("path", "weight"), *rows])
        return folder / name

    return write


def test_numbers_are_told_from_classes_and_outliers_are_named(table):
    def slip(rows):
        rows[3][1], rows[5][1] = 2350, -900

    found = kerasft.diagnose(table(slip))
    assert found.title.endswith("60 images with a number each") and not found.classes
    outliers = found.find("outliers")
    assert outliers.level == "warn" and [each.id for each in outliers.suspects] == ["3.png", "5.png"]
    assert outliers.suspects[0].class_name == "2350.0" and "robust deviations" in outliers.suspects[0].why
    assert found.find("splits").what == "drawn: train 42, validation 9, test 9"
    assert found.worst == "warn"


def test_good_numbers_are_good_and_few_different_ones_may_be_classes(table):
    found = kerasft.diagnose(table(lambda rows: None), "image-regression")
    assert found.find("outliers").level == found.find("numbers").level == "ok"
    assert found.find("numbers").what.endswith("60 different numbers")

    def few(rows):
        for number, row in enumerate(rows):
            row[1] = number % 2 / 2

    found = kerasft.diagnose(table(few, "few.csv"), "image_regression")
    assert found.find("numbers").next_step == "if they are classes, train a classifier"


def test_one_image_with_two_numbers_is_a_conflict(table):
    found = kerasft.diagnose(table(lambda rows: rows.append(["again.png", 99.5])))
    conflict = found.find("conflicts")
    assert conflict.level == "fail" and {each.id for each in conflict.suspects} == {"7.png", "again.png"}


@pytest.mark.parametrize(
    ("slip", "said"), [("", "the value is empty"), ("heavy", "the value is not a number")]
)
def test_what_is_no_number_is_named_by_row(table, slip, said, capsys):
    path = table(lambda rows: rows[2].__setitem__(1, slip), "slip.csv")
    assert main(["doctor", str(path)]) == 1
    out = capsys.readouterr().out
    assert said in out and "line 4" in out


def test_a_constant_is_refused(table):
    def same(rows):
        for row in rows:
            row[1] = 1.5

    found = kerasft.diagnose(table(same, "same.csv"))
    assert found.worst == "fail" and "all values are the same" in found.findings[0].what


def offers(tmp_path, change=lambda rows: None):
    rows = [
        [f"offer {row}: a {'large' if row % 3 else 'small'} thing", 20 + row / 8, 3 * row]
        for row in range(60)
    ]
    change(rows)
    with open(tmp_path / "offers.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label", "weight"), *rows])
    return tmp_path / "offers.csv"


def test_texts_with_numbers_are_told_from_classes_and_outliers_are_shown_with_their_text(tmp_path):
    def slip(rows):
        rows[3][1] = 9000

    found = kerasft.diagnose(offers(tmp_path, slip))
    assert found.title.endswith("60 texts with a number each") and not found.classes
    (suspect,) = found.find("outliers").suspects
    assert suspect.id == "offers.csv:5" and suspect.class_name == "9000.0" and "offer 3" in suspect.text
    assert found.find("splits").what == "drawn: train 42, validation 9, test 9"
    several = kerasft.diagnose(offers(tmp_path), label="label,weight")
    assert several.title.endswith("60 texts with 2 numbers each")
    assert [each.what.split(":")[0] for each in several.findings if each.check == "outliers"] == [
        "label",
        "weight",
    ]


def test_a_slip_in_a_text_table_is_named_by_row(tmp_path, capsys):
    path = offers(tmp_path, lambda rows: rows[2].__setitem__(1, "12 kg"))
    assert main(["doctor", str(path), "--task", "text-regression"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "line 4" in out and "is not a number" in out


def test_a_constant_in_a_text_table_is_refused(tmp_path):
    def same(rows):
        for row in rows:
            row[1] = 1.5

    found = kerasft.diagnose(offers(tmp_path, same))
    assert found.worst == "fail" and "all values are the same" in found.findings[0].what
