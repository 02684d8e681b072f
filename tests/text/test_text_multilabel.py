"""Texts with several labels: the sample, what is read, and the bag of words beside the model."""

import csv
import inspect
import json

import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.contract.registry import task_of
from kerasft.inputs.texts.sources import read_shipped
from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.text_multilabel import sample


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    table = sample.write_several_topics(tmp_path_factory.mktemp("sample"))
    return kerasft.read_texts_with_labels(table, label="topics")


def labels_of(split, names="abc"):
    names = np.array([*names])
    return [set(names[row > 0]) for row in split.targets]


def test_each_text_of_the_sample_has_the_topics_of_its_messages_and_no_message_is_in_two_splits(splits):
    topics = {row.text: row.label for row in read_shipped("messages", TextColumns()).rows}
    seen = {}
    for split in (splits.train, splits.validation, splits.test):
        for text, labels in zip(split.texts, labels_of(split, splits.class_names), strict=True):
            within = [each for each in topics if each in text]
            rest = text
            for each in sorted(within, key=len, reverse=True):
                rest = rest.replace(each, "")
            assert not rest.strip() and {topics[each] for each in within} == labels
            for each in within:
                assert seen.setdefault(each, split.name) == split.name
    assert [len(split) for split in (splits.train, splits.validation, splits.test)] == [600, 150, 150]
    assert len(set(topics.values())) == len(splits.class_names) == 6


def write(path, *rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("mark", ["|", ";", ","])
def test_the_separator_is_recognised_and_told(mark, tmp_path):
    cells = ("a", mark.join("ab"), f"b{mark} a", "", f"c{mark}b", "c")
    path = write(tmp_path / "a.csv", ("text", "label"), *((f"text {n}", cells[n % 6]) for n in range(60)))
    splits = kerasft.read_texts_with_labels(path)
    assert splits.class_names == ("a", "b", "c") and splits.train.targets.dtype == np.float32
    assert any(f"labels are separated by {mark!r}" in note for note in splits.notes)
    found = {text: labels for text, labels in zip(splits.train.texts, labels_of(splits.train), strict=True)}
    for text, labels in found.items():
        wanted = {each.strip() for each in cells[int(text.split()[1]) % 6].split(mark)} - {""}
        assert labels == wanted


def test_lists_in_json_lines_and_in_memory(tmp_path):
    answers = [["a"], ["b", "a"], [], ["c"]]
    rows = [{"text": f"text {n}", "label": answers[n % 4]} for n in range(40)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    splits = kerasft.read_texts_with_labels(path)
    again = kerasft.read_texts_with_labels([r["text"] for r in rows], labels=[r["label"] for r in rows])
    for each in (splits, again):
        assert each.class_names == ("a", "b", "c")
        texts = dict(zip(each.train.texts, labels_of(each.train), strict=True))
        assert all(labels == set(answers[int(text.split()[1]) % 4]) for text, labels in texts.items())


def test_what_a_cell_cannot_mean_is_named_by_line(tmp_path, capsys):
    rows = [(f"text {n}", ("a", "b|a")[n % 2]) for n in range(30)]
    path = write(tmp_path / "a.csv", ("text", "label"), *rows, ("odd", "[a, b"), ("more", "A|b"))
    assert main(["train", "text-multilabel", "--data", str(path)]) == 2
    said = capsys.readouterr().err
    assert "line 32: the list of labels can't be read" in said
    assert "line 33: a label differs from another one only in upper and lower case" in said


def test_a_bag_of_words_is_better_than_always_the_same(splits):
    found = kerasft.tfidf_one_vs_rest(splits)
    common = splits.train.targets.mean(axis=0)
    always = np.tile(common > 0.4, (len(splits.test), 1))
    truth = splits.test.targets > 0
    both = 2 * (always & truth).sum(axis=1) / np.maximum(1, always.sum(axis=1) + truth.sum(axis=1))
    assert both.mean() < found.score < 1 and found.ids == splits.test.ids


def test_a_model_of_other_labels_is_told(splits):
    task = task_of("text_multilabel")
    (problem,) = task.fit_problems(splits, task.Config(backbone="bert", class_names=("x",)))
    assert "other labels" in problem.what
    assert task.fit_problems(splits, task.Config(backbone="bert", class_names=splits.class_names)) == []


@pytest.mark.parametrize("reader", ["read_texts_with_labels", "read_images_with_labels"])
def test_readers_say_the_arguments_that_they_have_beside_those_of_all(reader):
    function = getattr(kerasft, reader)
    parameters = inspect.signature(function).parameters
    assert {"source", "label", "test_data", "separator"} <= set(parameters) and "targets" not in parameters
    assert list(parameters)[-1] == "separator"
    text = inspect.getdoc(function)
    assert text.index("test_data: ") < text.index("separator: ") < text.index("Returns:")
