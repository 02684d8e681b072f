"""Texts with several labels: the sample, what is read, and the bag of words beside the model."""

import csv
import inspect
import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.contract.registry import task_of
from kerasft.data.splits_file import write_splits
from kerasft.inputs.texts.reading import restore_splits
from kerasft.inputs.texts.sources import read_shipped
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.labels.kind import LABELS
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


NAMES = ("a", "b", "c")
ANSWERS = [{"a"}, {"a", "b"}, set(), {"c"}, {"b", "c"}]


def answer_of(text):
    return ANSWERS[int(text.split()[1]) % len(ANSWERS)]


def assert_read(splits):
    assert splits.class_names == NAMES
    for split in (splits.train, splits.validation, splits.test):
        assert len(split) and labels_of(split) == [answer_of(text) for text in split.texts]


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "False"), ("Yes", "no")])
def test_a_column_of_yes_and_no_for_each_label_is_recognised_or_named(yes, no, tmp_path):
    def cells(n):
        return [yes if name in ANSWERS[n % 5] else no for name in (*NAMES, "never")]

    rows = [(f"text {n}", f"user {n}", *cells(n)) for n in range(60)]
    path = write(tmp_path / "a.csv", ("text", "author", *NAMES, "never"), *rows)
    for label in ("label", "A,b,C,never"):
        splits = kerasft.read_texts_with_labels(path, label=label)
        assert_read(splits)
        assert "columns without any 1, left out: never" in splits.notes
        assert splits.columns.label == "a,b,c,never"
    assert kerasft.read_texts_with_labels(path, label="a,b").class_names == ("a", "b")


def test_true_and_false_in_json_lines_are_read_and_restored(tmp_path):
    rows = [{"text": f"text {n}", **{name: name in ANSWERS[n % 5] for name in NAMES}} for n in range(60)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    splits = kerasft.read_texts_with_labels(path)
    assert_read(splits)
    again = restored(splits, path, tmp_path)
    np.testing.assert_array_equal(again.test.targets, splits.test.targets)
    assert again.test.ids == splits.test.ids


def restored(splits, path, folder):
    listed = write_splits(splits, folder / "splits.csv")
    return restore_splits(listed, {"source": path.as_posix()}, LABELS, splits.schema, splits.columns)


def test_a_text_in_several_rows_has_the_labels_of_all_where_each_cell_has_one(tmp_path):
    rows = [(f"text {n}", name) for n in range(60) for name in sorted(ANSWERS[n % 5]) or [""]]
    path = write(tmp_path / "a.csv", ("text", "topics"), *rows)
    splits = kerasft.read_texts_with_labels(path)
    assert_read(splits)
    assert "24 rows with a further label of a text that is listed before" in splits.notes
    again = restored(splits, path, tmp_path)
    np.testing.assert_array_equal(again.train.targets, splits.train.targets)
    with pytest.raises(InputError, match="there with other labels"):
        kerasft.read_texts_with_labels(write(path, ("text", "topics"), *rows, ("text 1", "a|c")))


@pytest.mark.parametrize("cell", ["2", "", "maybe"])
def test_a_cell_that_says_neither_yes_nor_no_is_named_by_line(cell, tmp_path, capsys):
    rows = [(f"text {n}", *(int(name in ANSWERS[n % 5]) for name in NAMES)) for n in range(60)]
    rows[3] = ("text 3", 0, cell, 1)
    path = write(tmp_path / "a.csv", ("text", *NAMES), *rows)
    assert main(["train", "text-multilabel", "--data", str(path)]) == 2
    said = capsys.readouterr().err
    assert f"line 5: the column 'b' holds neither 0 nor 1 (received: {cell or 'nothing'})" in said
    assert "write 1 for yes and 0 for no" in said
    left = kerasft.read_texts_with_labels(path, skip_broken=True)
    assert len(left.train) + len(left.validation) + len(left.test) == 59


def test_a_comma_in_the_name_of_a_column_is_told(tmp_path):
    rows = [(f"text {n}", n % 2, n // 2 % 2) for n in range(60)]
    path = write(tmp_path / "a.csv", ("text", "red", "green, blue"), *rows)
    with pytest.raises(
        InputError, match="a column of 0 and 1 has a comma in its name .received: green, blue"
    ):
        kerasft.read_texts_with_labels(path)


def test_a_text_file_in_several_folders_has_the_label_of_each(tmp_path):
    for n in range(60):
        for name in ANSWERS[n % 5] or {"a"}:
            (tmp_path / "data" / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / name / f"{n}.txt").write_text(f"text {n}", "utf-8")
    splits = kerasft.read_texts_with_labels(tmp_path / "data")
    assert splits.class_names == NAMES
    for split in (splits.train, splits.validation, splits.test):
        assert labels_of(split) == [answer_of(text) or {"a"} for text in split.texts]
    assert "24 files with a further label of a text that lies in another folder too" in splits.notes
    again = restored(splits, tmp_path / "data", tmp_path)
    np.testing.assert_array_equal(again.train.targets, splits.train.targets)
