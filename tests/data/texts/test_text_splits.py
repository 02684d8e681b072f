"""Drawing, copies, and the file that fixes a draw for a run (traps 16, 17 and 22), for texts."""

import csv
import hashlib

import pytest

from kerasft.base.errors import InputError
from kerasft.data.splits_file import write_splits
from kerasft.inputs.texts.texts import TextSplit
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_text_splits


def parts(splits) -> list[TextSplit]:
    return [splits.train, splits.validation, splits.test]


def test_stratified_disjoint_complete_and_in_the_order_of_the_table(tables):
    splits = read_texts(tables.good(count=60), validation_share=0.2, test_share=0.1)
    assert [part.labels.tolist().count(0) for part in parts(splits)] == [21, 6, 3]
    lines = [[int(name.split(":")[1]) for name in part.ids] for part in parts(splits)]
    assert all(each == sorted(each) for each in lines)
    assert sorted(sum(lines, [])) == list(range(2, 62))
    for part in parts(splits):  # labels stay with their texts
        assert [int(text.split()[2]) % 2 for text in part.texts] == part.labels.tolist()


def test_the_draw_depends_on_the_seed_alone(tables):
    path = tables.good()
    first, again, other = (read_texts(path, seed=seed) for seed in (3, 3, 4))
    assert [part.ids for part in parts(first)] == [part.ids for part in parts(again)]
    assert first.test.ids != other.test.ids


def test_copies_stay_on_one_side_whatever_their_white_space_and_unicode_form(tables):
    rows = "".join(
        f"caf\u00e9  {n},{'ab'[n % 2]}\n cafe\u0301 {n} ,{'ab'[n % 2]}\ncaf\u00e9\t{n},{'ab'[n % 2]}\n"
        for n in range(10)
    )
    path = tables.csv("text,label\n" + rows)
    for seed in range(5):
        splits = read_texts(path, seed=seed)
        sides = [{text.split()[-1] for text in part.texts} for part in parts(splits)]
        assert sum(map(len, sides)) == 10 and sum(len(part) for part in parts(splits)) == 30
        assert "20 exact copies of other texts, kept in one split" in splits.notes
    assert len(read_texts(tables.good("Text Number 1,good\n")).notes) == 0  # case counts


def test_copies_across_given_splits_are_left_out_of_training(tables):
    body = "".join(f"text {n},{'ab'[n % 2]},{'train' if n < 20 else 'test'}\n" for n in range(26))
    splits = read_texts(tables.csv("text,label,split\n" + body + "text 21,b,train\n"))
    assert "1 text of train left out, being in test too: data.csv:28" in splits.notes
    assert not set(splits.train.texts + splits.validation.texts) & set(splits.test.texts)
    assert len(splits.test) == 6


def test_copies_of_pairs_need_both_halves(tables):
    rows = [("a", f"b{n}") for n in range(20)]
    splits = read_texts(rows, labels=[n % 2 for n in range(20)])
    assert splits.notes == ()
    lines = tables.refused([*rows, ("a ", "b0")], labels=[n % 2 for n in range(20)] + [1])
    assert lines[0].startswith(
        "the same pair is in two classes (received: train/0 as '0' and train/20 as '1'"
    )


def test_a_given_split_without_texts_and_no_train(tables):
    body = "".join(f"text {n},{'ab'[n % 2]},test\n" for n in range(20))
    path = tables.csv("text,label,split\n" + body)
    assert tables.refused(path) == [f"no row has the split train (received: {path}); add such rows"]
    # The only text of the test split is in two classes, and left out.
    body = "".join(f"text {n},{'ab'[n % 2]},train\n" for n in range(20)) + "same,a,test\nsame,b,test\n"
    path = tables.csv("text,label,split\n" + body)
    assert tables.refused(path, skip_broken=True) == [
        f"the test split has no texts (received: {path}); add some"
    ]


def test_too_few_texts_of_a_class(tables):
    (line,) = tables.refused(tables.good("one,rare\n"))
    assert line == (
        "class 'rare' has 1 different text, and train and validation and test need one each "
        "(received: 1 of at least 3); add texts to it, or remove the class"
    )


def test_unequal_classes_are_told(tables):
    body = "".join(f"text {n},{'b' if n < 10 else 'a'}\n" for n in range(100))
    splits = read_texts(tables.csv("text,label\n" + body))
    assert splits.notes[-1].startswith("unequal classes: ")
    assert "training texts of 'b'" in splits.notes[-1]


@pytest.fixture
def drawn(tables):
    splits = read_texts(tables.good('"with, comma",good\n'), seed=5)
    return splits, write_splits(splits, tables.folder / "run" / "splits.csv")


def restore(splits, path, **changes):
    values = {"source": splits.source, "columns": splits.columns, "class_names": splits.class_names}
    return restore_text_splits(path, **{**values, **changes})


def assert_equal(one, other):
    for first, second in zip(parts(one), parts(other), strict=True):
        assert first.texts == second.texts and first.pairs == second.pairs
        assert first.ids == second.ids and first.hashes == second.hashes
        assert first.labels.tolist() == second.labels.tolist()


def test_the_file_and_back(drawn, tables):
    splits, path = drawn
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["split", "label", "id", "sha256"] and len(rows) == 21
    assert rows[0]["sha256"] == hashlib.sha256(splits.train.texts[0].encode()).hexdigest()
    assert_equal(splits, restore(splits, path, seed=5))
    table = tables.folder / "data.csv"
    table.write_text(table.read_text() + "new row,good\n,broken\n")  # rows after the draw don't matter
    assert_equal(splits, restore(splits, path))
    moved = table.rename(tables.folder / "renamed.csv")
    assert_equal(splits, restore(splits, path, source=str(moved)))


def test_missing_and_changed_texts_are_listed_together(drawn, tables):
    splits, path = drawn
    table = tables.folder / "data.csv"
    lines = table.read_text().splitlines()
    lines[1] = "changed,bad"
    lines[2] = "text number 1,bad"
    lines[3] = ",bad"
    table.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(InputError) as error:
        restore(splits, path)
    start, end = "a text of this run is not what it was, ", f"; restore it in {table}, or train again"
    assert sorted(str(error.value).splitlines()) == sorted(
        [
            f"{start}its content has changed (received: data.csv:2){end}",
            f"{start}its label is now 'bad' (received: data.csv:3){end}",
            f"{start}the text is empty (received: data.csv:4){end}",
            f"{start}missing (received: data.csv:22){end}",
        ]
    )
    table.unlink()
    with pytest.raises(InputError, match="the data of this run is not where it was"):
        restore(splits, path)
    path.write_text("a,b\n")
    with pytest.raises(InputError, match="not a splits file"):
        restore(splits, path)


def test_pairs_and_back(tables):
    values = [{"text": f"t{n}", "b": f"p{n}", "label": "xy"[n % 2]} for n in range(20)]
    splits = read_texts(tables.jsonl(values), text_pair="b")
    path = write_splits(splits, tables.folder / "splits.csv")
    assert_equal(splits, restore(splits, path))
    tables.jsonl([*values[:-1], {"text": "t19p1", "b": "9", "label": "y"}])
    with pytest.raises(InputError, match="its content has changed .received: data.jsonl:20."):
        restore(splits, path)


def test_evaluation_keeps_class_list_and_order(tables):
    path = tables.good()
    test = read_labelled_texts(path, ("good", "bad", "other"))
    assert test.ids == tuple(f"data.csv:{line}" for line in range(2, 22))
    assert test.labels.tolist() == [1, 0] * 10 and test.name == "test"
    with pytest.raises(InputError) as error:
        read_labelled_texts(path, ("goods", "bad"))
    assert str(error.value) == (
        "a class is not in the saved class list (received: 'good'); did you mean 'goods'?"
    )


def test_evaluation_takes_the_test_split_and_only_its_rows_matter(tables):
    body = "".join(f"text {n},{'ab'[n % 2]},{'train' if n < 10 else 'test'}\n" for n in range(14))
    path = tables.csv("text,label,split\n" + body + ",broken,train\nlast,a,val\n")
    assert read_labelled_texts(path, ("a", "b")).texts == ("text 10", "text 11", "text 12", "text 13")
    path = tables.csv("text,label,split\nx,a,train\n")
    with pytest.raises(InputError, match="the data has splits, and none of them is test"):
        read_labelled_texts(path, ("a", "b"))


def test_the_shipped_messages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    splits = read_texts("messages")
    assert splits.class_names == ("account", "billing", "delivery", "product", "returns", "technical")
    assert splits.source == "messages" and splits.notes == splits.skipped == ()
    assert splits.test.ids[0].startswith("messages.csv:") and sum(map(len, parts(splits))) >= 600
    assert_equal(splits, restore(splits, write_splits(splits, tmp_path / "splits.csv")))


def test_splits_print_as_what_was_read(tables):
    splits = read_texts(tables.good("again,good\nagain,good\n,good\n"), skip_broken=True)
    assert str(splits) == (
        "data.csv: 22 texts of 2 classes (train 14, validation 4, test 4)\n"
        "  note: 1 exact copy of other texts, kept in one split\n"
        "  left out: data.csv:24: the text is empty"
    )
    assert len(repr(splits)) < 600


def test_the_shipped_messages_are_found_where_a_folder_has_their_name(tmp_path, monkeypatch):
    splits = read_texts("messages")
    write_splits(splits, tmp_path / "splits.csv")
    (tmp_path / "messages").mkdir()  # such as the run's own folder
    monkeypatch.chdir(tmp_path)
    again = restore_text_splits(tmp_path / "splits.csv", splits.source, splits.columns, splits.class_names)
    assert again.test.ids == splits.test.ids and list(again.test.texts) == list(splits.test.texts)
