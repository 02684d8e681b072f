"""Texts to numbers: the sample data, the reader, and the bag of words."""

import csv
import re

import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.contract.registry import task_of
from kerasft.tasks.text_regression import sample


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    return kerasft.read_texts_with_numbers(
        sample.write_durations(tmp_path_factory.mktemp("sample")), label="minutes"
    )


@pytest.mark.parametrize(
    "minutes, words",
    [
        (1, "one minute"),
        (15, "a quarter of an hour"),
        (21, "twenty-one minutes"),
        (30, "half an hour"),
        (60, "an hour"),
        (75, "an hour and fifteen minutes"),
        (90, "an hour and a half"),
        (121, "two hours and one minute"),
        (210, "three and a half hours"),
    ],
)
def test_durations_are_said_as_people_say_them(minutes, words):
    assert sample.in_words(minutes) == words


def test_no_two_durations_are_said_alike():
    said = [sample.in_words(minutes) for minutes in range(1, 241)]
    assert len(set(said)) == 240


NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty"
).split()
VALUES = dict(zip(NAMES, [*range(20), 20, 30, 40, 50], strict=True)) | {"a": 1, "an": 1}
COUNT = rf"(?:{'|'.join(VALUES)})(?:-(?:{'|'.join(NAMES)}))?"
SAID = re.compile(
    rf"\b(?:half an hour|a quarter of an hour|three quarters of an hour"
    rf"|(?P<halves>{COUNT}) and a half hours|(?P<hours>{COUNT}) hours?(?P<half> and a half)?"
    rf"(?: and (?P<more>{COUNT}) minutes?)?|(?P<minutes>{COUNT}) minutes?)\b"
)


def minutes_said(text: str) -> int:
    """Reads a text as a person would: the sum of all durations in it, whatever else is counted."""
    parts = {"half": 30, "a qu": 15, "thre": 45}
    total = 0
    for found in SAID.finditer(text.lower()):
        count = {
            name: sum(map(VALUES.__getitem__, words.split("-")))
            for name, words in found.groupdict().items()
            if words and name != "half"
        }
        if not count:
            total += parts[found[0][:4]]
        total += count.get("halves", 0) * 60 + 30 * ("halves" in count)
        total += count.get("hours", 0) * 60 + 30 * bool(found["half"])
        total += count.get("more", 0) + count.get("minutes", 0)
    return total


def test_the_numbers_of_the_sample_are_what_its_texts_say(splits):
    for split in (splits.train, splits.validation, splits.test):
        assert [minutes_said(text) for text in split.texts] == split.targets.tolist()


def test_no_text_of_the_sample_is_in_two_splits(splits):
    texts = [text for split in (splits.train, splits.validation, splits.test) for text in split.texts]
    assert len(texts) == len(set(texts)) == 900
    assert len(splits.test) == len(splits.validation) == 135


def test_the_sample_and_its_splits_are_the_same_in_every_place(splits, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    again = kerasft.read_texts_with_numbers("durations")
    assert again.schema == splits.schema and splits.schema.numbers == ("minutes",)
    for name in ("train", "validation", "test"):
        ours, theirs = getattr(splits, name), getattr(again, name)
        assert ours.ids == theirs.ids and ours.texts == theirs.texts
        assert ours.targets.tolist() == theirs.targets.tolist()
    other = kerasft.read_texts_with_numbers("durations", seed=1)
    assert other.test.ids != again.test.ids


@pytest.mark.parametrize("flag, value", [("--label", "hours"), ("--text", "sentence"), ("--text-pair", "b")])
def test_a_column_that_the_sample_lacks_is_told(flag, value, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    assert main(["train", "text-regression", "--data", "durations", flag, value]) == 2
    said = capsys.readouterr().err
    assert value in said and "text, minutes" in said


def test_a_bag_of_words_is_better_than_the_mean_and_worse_than_right(splits):
    found = kerasft.tfidf_ridge(splits)
    assert 0 < found.score < found.of_the_mean / 2
    assert found.ids == splits.test.ids


def write(path, *rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_word_where_a_number_should_be_is_named(tmp_path, capsys):
    rows = [(f"text {number}", number / 2) for number in range(30)]
    path = write(tmp_path / "a.csv", ("text", "price"), *rows, ("thirty", "fifteen"), ("none", ""))
    assert main(["train", "text-regression", "--data", str(path), "--label", "price"]) == 2
    said = capsys.readouterr().err
    assert "line 32: the value is not a number (received: 'fifteen')" in said and "line 33" in said
    splits = kerasft.read_texts_with_numbers(path, label="price", skip_broken=True)
    assert len(splits.skipped) == 2


def test_pairs_and_lists_have_numbers_too(tmp_path):
    rows = [(f"one {number}", f"two {number}", number) for number in range(30)]
    path = write(tmp_path / "a.csv", ("a", "b", "Score"), *rows)
    pairs = kerasft.read_texts_with_numbers(path, text="a", text_pair="b", label="score")
    assert pairs.train.pairs is not None and pairs.schema.numbers == ("Score",)
    listed = kerasft.read_texts_with_numbers([row[0] for row in rows], labels=np.arange(30.0))
    assert listed.schema.numbers == ("number",) and listed.train.targets.dtype == np.float64
    assert np.isfinite(kerasft.tfidf_ridge(pairs).score)


def test_what_only_classes_have_is_refused(capsys):
    (problem,) = task_of("text_regression").training_problems(kerasft.Training(class_weight="auto"))
    assert "no class weight" in problem.what
    assert main(["train", "text-regression", "--class-weight", "auto"]) == 2
    assert "unknown argument" in capsys.readouterr().err


def test_a_model_of_another_number_is_told(splits):
    task = task_of("text_regression")
    fields = {"backbone": "bert", "numbers": ("price",), "means": (0.0,), "deviations": (1.0,)}
    (problem,) = task.fit_problems(splits, task.Config(**fields))
    assert "other numbers" in problem.what
    assert (
        task.fit_problems(
            splits,
            task.Config(
                **fields
                | {name: vars(splits.schema)[name] for name in (*fields, "units") if name != "backbone"}
            ),
        )
        == []
    )


@pytest.mark.slow
def test_two_numbers_of_pairs_go_from_table_to_file(tmp_path):
    from tests.text.conftest import write_preset

    write_preset("bert", tmp_path / "bert")
    rows = [
        (f"a {word} film", f"number {number}", value + number / 4, 100 * value)
        for word, value in (("lovely", 9), ("fine", 5), ("dull", 1))
        for number in range(14)
    ]
    path = write(tmp_path / "films.csv", ("a", "b", "points", "sold"), *rows)
    splits = kerasft.read_texts_with_numbers(
        path, text="a", text_pair="b", label="points,sold", unit="stars,kEUR"
    )
    model = kerasft.build_model(
        "text_regression",
        backbone=str(tmp_path / "bert"),
        schema=splits.schema,
        sequence_length=16,
        weights=None,
    )
    training = kerasft.Training(batch_size=8, loss="mae", coverage=0.5)
    run = kerasft.fine_tune(
        model, splits, kerasft.two_phases(1, 1), tmp_path / "run", training, verbose=False
    )
    assert "points (stars)" in str(kerasft.evaluate(run))
    exported = kerasft.export(run, "tflite", quantize="none").path
    for artifact in (tmp_path / "run", exported):
        (found,) = kerasft.predict(artifact, ["a fine film"], pairs=["number 3"])
        assert [(each.number, each.unit, each.coverage) for each in found.numbers] == [
            ("points", "stars", 0.5),
            ("sold", "kEUR", 0.5),
        ]
    evaluation = kerasft.evaluate(exported)
    assert evaluation.columns[1].as_dict()["prediction_interval"]["coverage"] == 0.5
    (explained,) = kerasft.explain(run, ["a fine film"], pairs=["number 3"], target="sold")
    assert str(explained.claim).endswith("kEUR")
