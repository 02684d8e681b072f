"""Texts and labels in memory."""

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.data.splits_file import write_splits
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_text_splits

TEXTS = [f"text {n}" for n in range(20)]
LABELS = ["yes", "no"] * 10


def test_lists_and_arrays(tables):
    splits = read_texts(TEXTS, labels=LABELS)
    assert (
        splits.source == "lists" and splits.class_names == ("no", "yes") and splits.columns.text_pair is None
    )
    assert tables.by_id(splits)["train/3"] == ("text 3", "no")
    other = read_texts(np.array(TEXTS), labels=np.array([1, 0] * 10), class_names=("no", "yes"))
    assert tables.by_id(other) == tables.by_id(splits) and other.test.ids == splits.test.ids
    assert read_texts(tuple(TEXTS), labels=np.arange(20) % 2).class_names == ("0", "1")
    assert str(splits).startswith("lists: 20 texts of 2 classes")
    assert read_labelled_texts(TEXTS, ("yes", "no"), labels=LABELS).labels.tolist() == [0, 1] * 10


def test_pairs(tables):
    pairs = [(text, text.upper()) for text in TEXTS]
    splits = read_texts(pairs, labels=LABELS)
    assert splits.columns.text_pair == "text_pair"
    assert splits.train.pairs == tuple(text.upper() for text in splits.train.texts)
    assert read_texts(np.array(pairs), labels=LABELS).test.pairs == splits.test.pairs
    test = read_labelled_texts(pairs, ("yes", "no"), splits.columns, labels=LABELS)
    assert test.subset([2, 0]).pairs == ("TEXT 2", "TEXT 0") and test.subset([2, 0]).ids[1] == "train/0"
    with pytest.raises(InputError, match="the model takes single texts, and the data has pairs"):
        read_labelled_texts(pairs, ("yes", "no"), labels=LABELS)


def test_lists_that_do_not_fit(tables):
    refused = tables.refused
    assert refused(TEXTS) == ["texts in a list need labels; give labels=, one per text"]
    assert refused([], labels=[])[0].startswith("the list of texts is empty")
    assert refused(TEXTS, labels=LABELS[1:]) == [
        "texts and labels differ in length (received: 20 and 19); give one label per text"
    ]
    assert refused([*TEXTS[1:], ("a", "b")], labels=LABELS)[0].startswith("the list mixes single texts and p")
    assert refused([("a", "b", "c")] * 20, labels=LABELS)[0].startswith(
        "text 0: a pair has two texts, and this one 3 (received: ('a', 'b', 'c')); give two texts in each"
    )
    assert refused(TEXTS, labels=[0, 2] * 10, class_names=("a", "b")) == [
        "labels must be from 0 to 1, the indexes of class_names (received: 0 to 2); check labels and class_names"
    ]
    assert refused({"text": TEXTS}, labels=LABELS)[0].startswith("texts must be a list (received: {'text'")
    lines = refused([None, float("nan"), 5, *TEXTS[3:]], labels=[*LABELS[:18], None, 0.5])
    assert [line.split(";")[0] for line in lines] == [
        "text 0: the text is empty",
        "text 1: the text is empty",
        "text 2: the text is a number, not a text (received: 5)",
        "text 18: the label is empty",
        "text 19: the label is a number with a decimal point (received: 0.5)",
    ]
    (line,) = refused("tfds:any", labels=LABELS)
    assert line.startswith("labels= goes with a list only")


def test_a_data_frame_gets_a_way_out(tables):
    class DataFrame(dict):
        pass

    (line,) = tables.refused(DataFrame(text=TEXTS), labels=LABELS)
    assert line == (
        "texts is a whole table (received: DataFrame); give columns: "
        'read_texts(frame["text"].tolist(), labels=frame["label"].tolist())'
    )


def test_lists_can_not_be_restored(tmp_path):
    splits = read_texts(TEXTS, labels=LABELS)
    path = write_splits(splits, tmp_path / "splits.csv")
    with pytest.raises(InputError, match="the texts of this run were lists in memory, which are not kept"):
        restore_text_splits(path, splits.source, splits.columns, splits.class_names)
