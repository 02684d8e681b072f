"""The numbers, against sums done by hand; the table; the files."""

import csv
import json
import math

import numpy as np
import pytest

from kerasft.base.errors import InputError, KerasftError
from kerasft.targets.classes.evaluation import FILES
from kerasft.targets.classes.measuring import measure

NAMES = ("cat", "dog", "owl")

LABELS = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]],
    "float32",
)


def example(**changes):
    return measure(**{"labels": LABELS, "probabilities": PROBABILITIES, "class_names": NAMES, **changes})


def test_the_numbers_are_those_of_the_definitions():
    found = example()
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.confusion.tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    cat, dog, owl = found.classes
    assert (cat.precision, cat.recall, cat.f1, cat.support) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (dog.precision, dog.recall, dog.f1, dog.support) == pytest.approx((2 / 3, 1, 0.8, 2))
    assert (owl.precision, owl.recall, owl.f1, owl.support) == (0, 0, 0, 1)
    assert found.macro.f1 == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert found.weighted.f1 == pytest.approx((3 * 2 / 3 + 2 * 0.8 + 0) / 6)
    expected = -np.mean(np.log([0.7, 0.6, 0.2, 0.8, 0.4, 0.1]))
    assert found.log_loss == pytest.approx(expected, rel=1e-6)
    assert found.top5 is None
    assert found.predictions.tolist() == [0, 0, 1, 1, 1, 0]
    assert found.ids == ("0", "1", "2", "3", "4", "5")


def test_top5_counts_from_six_classes_on():
    names = [f"class {number}" for number in range(6)]
    probabilities = np.tile(np.array([0.3, 0.25, 0.2, 0.15, 0.07, 0.03], "float32"), (6, 1))
    found = measure(np.arange(6), probabilities, names)
    assert found.top5 == pytest.approx(5 / 6)
    assert measure(np.arange(5), np.full((5, 5), 0.2), names[:5]).top5 is None


def test_classes_without_pictures_do_not_crash_and_leave_the_macro_average_alone():
    keep = LABELS != 2
    found = example(labels=LABELS[keep], probabilities=PROBABILITIES[keep])
    assert found.classes[2].support == 0 and found.confusion.shape == (3, 3)
    assert found.macro.f1 == pytest.approx(np.mean([each.f1 for each in found.classes[:2]]))
    assert "1 class has no image here; macro F1 is the mean over the others." in str(found)
    owl = next(line for line in str(found).splitlines() if line.startswith("owl"))
    assert owl.split() == ["owl", "0.0000", "-", "-", "0"]


def test_one_picture_of_one_class_is_enough():
    found = example(labels=LABELS[:1], probabilities=PROBABILITIES[:1])
    assert found.accuracy == 1 and found.log_loss == pytest.approx(-math.log(0.7), rel=1e-6)


def test_zeros_of_a_quantised_file_give_a_finite_log_loss():
    found = example(labels=LABELS[:2], probabilities=np.array([[0, 1, 0], [1, 0, 0]], "float32"))
    assert found.log_loss == pytest.approx(-math.log(1e-7) / 2, rel=1e-3)


def test_the_arguments_are_not_changed():
    labels, probabilities = LABELS.copy(), PROBABILITIES.copy()
    example(labels=labels, probabilities=probabilities)
    np.testing.assert_array_equal(labels, LABELS)
    np.testing.assert_array_equal(probabilities, PROBABILITIES)


def test_trap_22_each_row_keeps_its_id_and_label(tmp_path):
    order = np.array([4, 0, 5, 2, 1, 3])
    ids = [f"folder/{row}.png" for row in order]
    found = example(labels=LABELS[order], probabilities=PROBABILITIES[order], ids=ids)
    found.write(tmp_path)
    with open(tmp_path / "predictions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        number = int(row["id"][7:-4])
        assert row["label"] == NAMES[LABELS[number]]
        assert row["prediction"] == NAMES[PROBABILITIES[number].argmax()]
        assert row["correct"] == ("yes" if row["label"] == row["prediction"] else "no")
        given = [float(row[f"probability of {name}"]) for name in NAMES]
        np.testing.assert_allclose(given, PROBABILITIES[number], rtol=1e-5)
    assert example().accuracy == found.accuracy and len(rows) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": LABELS[:0], "probabilities": PROBABILITIES[:0]}, "no examples to evaluate on"),
        ({"labels": LABELS[:5]}, r"don't fit .received: 5 labels, 5 ids, probabilities \(6, 3\)"),
        ({"ids": ("a", "b")}, "don't fit .received: 6 labels, 2 ids"),
        ({"class_names": NAMES[:2]}, "of 2 classes don't fit"),
        ({"labels": LABELS + 1}, "a label is no index of the 3 classes .received: 3"),
        ({"labels": LABELS - 1}, "a label is no index of the 3 classes .received: -1"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        example(**changes)


def test_nan_is_named_with_its_picture_and_the_likely_cause():
    probabilities = PROBABILITIES.copy()
    probabilities[[3, 4], 0] = np.nan
    with pytest.raises(KerasftError, match="NaN for 2 of 6 examples .first: d.png.*lower learning rate"):
        example(probabilities=probabilities, ids=[f"{letter}.png" for letter in "abcdef"])


def test_as_dict_is_json_with_everything_but_the_pictures():
    found = json.loads(json.dumps(example().as_dict(), allow_nan=False))
    assert list(found) == [
        "examples", "drawn", "left_out", "seen_in_training", "artifact", "accuracy", "accuracy_interval", "top5",
        "log_loss", "macro", "weighted", "classes", "confusion_matrix",
    ]  # fmt: skip
    assert found["examples"] == 6 and found["top5"] is None
    assert found["macro"].keys() == {"precision", "recall", "f1"}
    assert found["classes"][1] == {
        "name": "dog", "precision": pytest.approx(2 / 3), "recall": 1, "f1": pytest.approx(0.8), "support": 2,
    }  # fmt: skip


def test_write_makes_exactly_these_files(tmp_path):
    folder = example().write(tmp_path / "runs" / "evaluation")
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert json.loads((folder / "metrics.json").read_text()) == example().as_dict()
    assert (folder / "per_class.csv").read_text().splitlines()[0] == "class,precision,recall,f1,support"
    assert (folder / "confusion_matrix.csv").read_text().splitlines() == [
        "label (rows) / prediction (columns),cat,dog,owl", "cat,2,1,0", "dog,0,2,0", "owl,1,0,0",
    ]  # fmt: skip


def test_writing_again_replaces_the_files_and_nothing_else(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    example().write(tmp_path)
    example(labels=LABELS[:3], probabilities=PROBABILITIES[:3]).write(tmp_path)
    assert json.loads((tmp_path / "metrics.json").read_text())["examples"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((*FILES, "notes.txt"))


def test_the_table_of_a_few_classes():
    assert str(example()) == "\n".join(
        [
            "examples               6",
            "accuracy          0.6667  (95 %: 0.3000 to 0.9032)",
            f"log loss          {example().log_loss:.4f}",
            "macro F1          0.4889",
            "",
            "class  precision  recall      F1  support",
            "cat       0.6667  0.6667  0.6667        3",
            "dog       0.6667  1.0000  0.8000        2",
            "owl       0.0000  0.0000  0.0000        1",
        ]
    )


def test_beyond_20_classes_the_table_shows_the_10_worst_and_says_so():
    names = [f"class {number}" for number in range(21)]
    labels = np.repeat(np.arange(21), 4)
    probabilities = np.eye(21, dtype="float32")[labels]
    for number in (20, 7):
        probabilities[number * 4] = np.eye(21)[0]
    lines = str(measure(labels, probabilities, names)).splitlines()
    assert "the 10 classes with the lowest F1, of 21 (all are in per_class.csv):" in lines
    start = lines.index(next(line for line in lines if line.startswith("class  ")))
    assert len(lines) == start + 11
    assert {line[:8].strip() for line in lines[start + 1 : start + 4]} == {"class 0", "class 7", "class 20"}
    assert max(map(len, lines)) <= 80
