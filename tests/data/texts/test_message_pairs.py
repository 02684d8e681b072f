"""The pairs of sample messages: balanced, the same everywhere, and no message in two splits."""

import csv
from collections import Counter
from pathlib import Path

import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.data.splits_file import write_splits
from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_text_splits

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def splits():
    return read_texts("message-pairs", text_pair="text_pair")


@pytest.fixture(scope="module")
def class_of():
    table = Path(kerasft.__file__).parent / "assets" / "messages.csv"
    with open(table, encoding="utf-8", newline="") as file:
        return {row["text"]: row["label"] for row in csv.DictReader(file)}


def test_a_pair_is_the_same_when_its_messages_are_of_one_class(splits, class_of):
    assert splits.class_names == ("different", "same") and splits.notes == () and splits.skipped == ()
    for part in (getattr(splits, name) for name in PARTS):
        for text, pair, label in zip(part.texts, part.pairs, part.labels, strict=True):
            assert (class_of[text] == class_of[pair]) == (splits.class_names[label] == "same")
            assert text != pair


def test_no_message_is_in_two_splits(splits, class_of):
    found = {name: {*getattr(splits, name).texts, *getattr(splits, name).pairs} for name in PARTS}
    assert {name: len(messages) for name, messages in found.items()} == {
        "train": 428, "validation": 90, "test": 90,
    }  # fmt: skip
    short = {text for text in class_of if len(text.split()) <= 20}
    assert set.union(*found.values()) == short and len(short) == 608  # so they share none


def test_one_half_alone_tells_nothing(splits):
    """Every message begins as many pairs of either label, and no pair is there twice, turned round or not."""
    for part in (getattr(splits, name) for name in PARTS):
        counts = Counter(zip(part.texts, part.labels.tolist(), strict=True))
        assert set(counts.values()) == {2} and len(counts) == 2 * len(set(part.texts))
        pairs = [frozenset(pair) for pair in zip(part.texts, part.pairs, strict=True)]
        assert max(Counter(pairs).values()) == 1
    halves = Counter((pair, label) for pair, label in zip(splits.test.pairs, splits.test.labels, strict=True))
    assert max(halves.values()) <= 6


def test_they_do_not_depend_on_the_seed_and_come_back_with_a_run(splits, tmp_path):
    again = read_texts("message-pairs", text_pair="text_pair", seed=7)
    assert again.train.hashes == splits.train.hashes and again.test.ids == splits.test.ids
    path = write_splits(splits, tmp_path / "splits.csv")
    restored = restore_text_splits(path, splits.source, splits.columns, splits.class_names)
    for name in PARTS:
        assert getattr(restored, name).pairs == getattr(splits, name).pairs
    columns = TextColumns(text_pair="text_pair")
    assert read_labelled_texts("message-pairs", splits.class_names, columns).ids == splits.test.ids


def test_an_id_names_both_lines_of_the_table(splits):
    first = splits.train.ids[0]
    table = Path(kerasft.__file__).parent / "assets" / "messages.csv"
    lines = table.read_text("utf-8").split("\n")
    left, right = first.removeprefix("messages.csv:").split("+")
    assert splits.train.texts[0].replace('"', '""') in lines[int(left) - 1]
    assert splits.train.pairs[0].replace('"', '""') in lines[int(right) - 1]


def test_single_texts_and_other_columns_are_refused():
    with pytest.raises(InputError, match="pairs of messages.*add --text-pair text_pair"):
        read_texts("message-pairs")
    with pytest.raises(InputError, match="no column 'premise' .--text..*columns text, text_pair, label"):
        read_texts("message-pairs", text="premise", text_pair="text_pair")
    with pytest.raises(InputError, match="no column 'text_pair' .--text-pair."):
        read_texts("messages", text_pair="text_pair")
