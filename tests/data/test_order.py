"""Examples in classes with an order: which order, how classes are spelled, and what is wrong, by row."""

import csv
import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.checks import check_all
from kerasft.cli.recipes import find_recipe
from kerasft.targets.order.kind import OrderTargets
from kerasft.targets.order.schema import Order


def write_texts(path, labels, each=8):
    """Writes a table with some different texts of each label."""
    rows = [(f"text {number} of {label}", label) for number in range(each) for label in labels]
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def names_of(path, labels, **options):
    return kerasft.read_texts_with_order(write_texts(path / "texts.csv", labels), **options).class_names


def refused(path, labels, **options):
    with pytest.raises(InputError) as caught:
        names_of(path, labels, **options)
    return str(caught.value)


def test_numbers_have_an_order(tmp_path):
    assert names_of(tmp_path, ["10", "9", "1", "2"]) == ("1", "2", "9", "10")
    assert names_of(tmp_path, ["1.0", "0.5", "10.00", "2"]) == ("0.5", "1", "2", "10")
    assert names_of(tmp_path, ["-2", "0", "+1", "-0.50"]) == ("-2", "-0.5", "0", "1")


@pytest.mark.parametrize("kind", [float, np.float32, int, str])
def test_numbers_are_spelled_alike_whatever_holds_them(kind):
    stars = [kind(each) for each in (1, 3, 2)] * 10
    if kind is not int:
        stars[:10] = [kind(each) for each in (1.5, 0.1)] * 5
    splits = kerasft.read_texts_with_order([f"text {n}" for n in range(30)], labels=stars)
    assert splits.class_names == (("1", "2", "3") if kind is int else ("0.1", "1", "1.5", "2", "3"))
    assert splits.train.targets.dtype == np.int32


def test_json_numbers_with_a_fraction_are_classes(tmp_path):
    path = tmp_path / "stars.jsonl"
    rows = [{"text": f"text {n}", "label": (n % 3) / 2 + 1} for n in range(30)]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert kerasft.read_texts_with_order(path).class_names == ("1", "1.5", "2")


def test_an_order_is_given_as_it_is_typed(tmp_path):
    labels = ["good", "bad", "so, so"]
    for order in ('bad, "so, so",good', ["bad", "so, so", "good"], ("bad", "so, so", "good")):
        assert names_of(tmp_path, labels, order=order) == ("bad", "so, so", "good")
    assert names_of(tmp_path, ["3", "1", "2"], order="3,2,1") == (
        "3",
        "2",
        "1",
    )  # schools where 1 is the best
    schema = kerasft.read_texts_with_order(tmp_path / "texts.csv", order="3,2,1").schema
    assert isinstance(schema, Order) and schema.column(["3", "1"]).tolist() == [0, 2]
    assert names_of(tmp_path, labels, class_names=("bad", "so, so", "good")) == ("bad", "so, so", "good")


def test_an_order_may_name_minus_one(tmp_path):
    """Beside 0 and 1 at the end of a table, it hides labels elsewhere."""
    rows = [(f"text {number}", label) for label in (1, 0, 1, 0, -1) for number in range(label, 80, 7)]
    with open(tmp_path / "texts.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *((f"{t} {n}", y) for n, (t, y) in enumerate(rows))])
    read = kerasft.read_texts_with_order
    assert read(tmp_path / "texts.csv").class_names == ("0", "1")
    assert read(tmp_path / "texts.csv", order="-1,0,1").class_names == ("-1", "0", "1")


def test_names_need_an_order(tmp_path):
    assert refused(tmp_path, ["good", "bad", "a, b"]) == (
        "the order of the classes isn't known (received: a, b, bad, good); give it, the lowest first: "
        """--order '"a, b",bad,good'"""
    )
    assert refused(tmp_path, ["good", "bad"]) == (
        "the order of the classes isn't known (received: bad, good); give it, the lowest first: "
        '--order "bad,good"'
    )
    assert "the order of the classes isn't known" in refused(tmp_path, ["1", "2", "none"])


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("bad", "--order can't be used: a classifier needs at least two classes (received: ['bad'])"),
        ("bad,bad,good", "--order can't be used: class names must be unique (received: ['bad'])"),
        ("bad,,good", "--order can't be used: a class name is empty (received: '')"),
        ("bad,god", "a class is not in --order (received: 'good'); did you mean 'god'?"),
        ("bad,good\nfine", "--order can't be read: a name holds a line break (received: 'bad,good\\nfine')"),
        ('bad,"good', "--order can't be read: a quotation mark is not closed (received: 'bad,\"good')"),
        (
            '"bad" one,good',
            "--order can't be read: a name in quotation marks ends before its comma (received: '\"bad\" one,good'); "
            'name each class once, the lowest first: --order "bad,fair,good"',
        ),
        (
            "bad\0,good",
            "--order can't be used: a class name holds a line break or control character (received: 'bad\\x00')",
        ),
        ("bad,good,fine", "--order names classes that no text has (received: fine)"),
    ],
)
def test_what_is_wrong_with_an_order_is_told(tmp_path, order, told):
    assert told in refused(tmp_path, ["good", "bad"], order=order)


def test_measurements_are_no_classes(tmp_path):
    told = refused(tmp_path, [f"{number / 7:.2f}" for number in range(25)])
    assert told.startswith(
        "the classes are 25 different numbers, some with a decimal point: these are measurements"
    )
    assert "train a regression" in told
    assert len(names_of(tmp_path, [str(number) for number in range(25)])) == 25


def test_bad_labels_are_named_by_row(tmp_path):
    path = tmp_path / "stars.csv"
    rows = [f"text {n},{n % 3 + 1}" for n in range(30)]
    rows[4], rows[9] = "text 4,", "text 9,1e3.5"
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    with pytest.raises(InputError) as caught:
        kerasft.read_texts_with_order(path)
    told = str(caught.value)
    assert "the label is empty" in told and "line 6" in told
    path.write_text("\n".join(["text,label", *rows, "text 0,2"]).replace("text 4,\n", "text 4,2\n"), "utf-8")
    with pytest.raises(InputError, match="the same text is in two classes"):
        kerasft.read_texts_with_order(path, order="1,2,3,1e3.5")


def test_data_to_evaluate_on_is_read_with_the_order_of_the_model(tmp_path):
    """Of classes that are numbers an evaluation needs no order, and of others it has the model's."""
    found = kerasft.read_texts_with_order(
        write_texts(tmp_path / "all.csv", ["low", "mid", "top"]), order="low,mid,top"
    )
    from kerasft.data.given import Given
    from kerasft.inputs.texts.reading import read_split
    from kerasft.inputs.texts.texts import TextColumns

    some = write_texts(tmp_path / "some.csv", ["top", "low"])
    split = read_split(Given(some, wanted=found.schema), OrderTargets(), TextColumns())
    assert sorted(set(split.targets.tolist())) == [0, 2]


@pytest.mark.parametrize(
    "read",
    [
        kerasft.read_texts_with_order,
        pytest.param(kerasft.read_images_with_order, marks=pytest.mark.slow),  # 900 images are drawn
    ],
)
def test_the_samples_are_the_same_in_every_place(read, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    if read is kerasft.read_texts_with_order:
        splits = read("reviews")
        assert splits.class_names == ("1", "2", "3", "4", "5") and len(splits.train) == 600
        assert not set(splits.train.texts) & set(splits.test.texts)
    else:
        splits = read("crowds", 32)
        assert splits.class_names == ("none", "few", "some", "many", "very many")
        assert np.bincount(splits.test.targets).tolist() == [60] * 5
        dark = np.asarray(splits.test.images)[splits.test.targets == 0]
        assert (
            dark.max()
            < 60
            < np.asarray(splits.test.images)[splits.test.targets == 4].max(axis=(1, 2, 3)).min()
        )


@pytest.mark.parametrize("recipe", ["image-ordinal", "text-ordinal", "image-multilabel"])
def test_sample_data_may_be_named_with_its_prefix(recipe):
    """Where a folder has the sample's name too, that is how to say which is meant."""
    Config = find_recipe(recipe).Config
    assert check_all(Config(data=f"sample:{Config.data}")) == []
    (problem,) = check_all(Config(data="smaple:crowds"))
    assert (problem.what, problem.received) == ("the data does not exist", "smaple:crowds")
