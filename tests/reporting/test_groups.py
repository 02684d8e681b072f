"""Groups from a column or a file, and the gap between them."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.contract.units import Units
from kerasft.data.group_column import group_names
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.texts.kind import TEXTS
from kerasft.targets.classes.groups import NO_GROUP, compare_groups
from kerasft.targets.classes.measuring import measure


def evaluation_of(right):
    """Two classes; `right` says of each example whether the answer is."""
    labels = np.arange(len(right)) % 2
    answers = np.where(right, labels, 1 - labels)
    return measure(labels, np.where(np.arange(2) == answers[:, None], 0.9, 0.1), ["a", "b"])


def test_the_largest_gap_is_named_and_its_chance_told():
    right = [True] * 45 + [False] * 5 + [True] * 30 + [False] * 20 + [True] * 40 + [False] * 10 + [False] * 3
    names = ["north"] * 50 + ["south"] * 50 + ["west"] * 50 + ["tiny"] * 3
    found = compare_groups(evaluation_of(np.array(right)), names, "region")
    assert [(each.name, each.count) for each in found.groups] == [
        ("tiny", 3), ("south", 50), ("west", 50), ("north", 50),
    ]  # fmt: skip
    assert [each.accuracy.value for each in found.groups] == [0, 0.6, 0.8, 0.9]
    gap = found.gap
    assert (gap.best.name, gap.worst.name) == ("north", "south")  # not "tiny": 3 examples are chance
    half = 1.96 * np.sqrt(0.9 * 0.1 / 50 + 0.6 * 0.4 / 50)
    assert gap.difference.value == pytest.approx(0.3)
    assert (gap.difference.low, gap.difference.high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.025)
    assert gap.is_clear
    assert found.groups[1].confidence == pytest.approx(0.9)


def test_a_gap_that_may_be_chance_and_one_that_cannot_be_named():
    right = np.array([True] * 11 + [False] + [True] * 10 + [False] * 2)
    assert not compare_groups(evaluation_of(right), ["x"] * 12 + ["y"] * 12, "g").gap.is_clear
    assert compare_groups(evaluation_of(right), ["x"] * 23 + ["y"], "g").gap is None
    assert compare_groups(evaluation_of(right), ["x"] * 12 + [""] * 12, "g").gap is None
    without = compare_groups(evaluation_of(right), ["x"] * 12 + [""] * 12, "g").groups
    assert {each.name for each in without} == {"x", NO_GROUP}


def test_what_the_run_kept_together_is_drawn_within_each_group():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 10)
    right = (
        rng.random(400) < np.where(rng.random(40) < 0.3, 0.1, 0.95)[patients]
    )  # most are easy, some hopeless
    names = ["one" if patient < 20 else "two" for patient in patients]
    plain = compare_groups(evaluation_of(right), names, "camera")
    in_units = replace(evaluation_of(right), units=Units("patient", patients))
    drawn = compare_groups(in_units, names, "camera")
    for one, other in zip(plain.groups, drawn.groups, strict=True):
        assert (one.name, one.accuracy.value) == (other.name, pytest.approx(other.accuracy.value))
        assert other.accuracy.high - other.accuracy.low > 1.5 * (one.accuracy.high - one.accuracy.low)
    assert drawn.gap.difference.value == pytest.approx(plain.gap.difference.value)
    assert drawn.gap.difference.low < plain.gap.difference.low
    own = compare_groups(in_units, [f"p{each}" for each in patients], "patient")
    wilson = compare_groups(evaluation_of(right), [f"p{each}" for each in patients], "patient")
    assert own == wilson  # a single unit can't be drawn: its examples are


def test_a_column_of_names_is_no_column_of_groups():
    right = np.ones(150, bool)
    with pytest.raises(InputError, match="150 different values, so it holds no groups.*--group"):
        compare_groups(evaluation_of(right), [str(i) for i in range(150)], "name")


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_file_of_ids_and_groups(tmp_path):
    path = write(
        tmp_path / "sites.csv", [["ID", "Group"], ["a/1.png", "x"], ["a/2.png", " y "], ["else", "z"]]
    )
    ids = ("a/2.png", "a/1.png", "a/3.png")
    assert group_names(path, {"source": "digits"}, ids, IMAGES.column_of_table) == ("sites", ("y", "x", ""))
    with pytest.raises(InputError, match="no example has a group there.*first id is 'b/1.png'"):
        group_names(path, {"source": "digits"}, ("b/1.png",), IMAGES.column_of_table)
    bad = write(tmp_path / "bad.csv", [["id", "site"], ["a/1.png", "x"]])
    with pytest.raises(InputError, match="has no column 'group' .received: columns id, site"):
        group_names(bad, {"source": "digits"}, ids, IMAGES.column_of_table)


def test_a_column_of_a_table_of_pictures(tmp_path):
    rows = [
        ["path", "label", "Camera"],
        ["a\\1.png", "a", "one"],
        ["./a/2.png", "a", "two"],
        ["b/1.png", "b"],
    ]
    table = write(tmp_path / "table.csv", rows)
    data = {"source": str(table)}
    ids = ("a/2.png", "a/1.png", "b/1.png")
    assert group_names("camera", data, ids, IMAGES.column_of_table) == ("camera", ("two", "one", ""))
    with pytest.raises(InputError, match="the table has no column 'kamera' .--group.*did you mean .Camera"):
        group_names("kamera", data, ids, IMAGES.column_of_table)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_column_of_a_table_of_texts(tmp_path, suffix):
    lines = ["text,label,channel", "hello,a,mail", '"two\nlines",b,chat', "bye,a,"]
    if suffix == "jsonl":
        lines = ['{"text": "hello", "label": "a", "channel": "mail"}']
    table = tmp_path / f"m.{suffix}"
    table.write_text("\n".join(lines), "utf-8")
    data = {"source": str(table), "columns": {"text": "text", "text_pair": None, "label": "label"}}
    if suffix == "jsonl":
        assert group_names("channel", data, ("m.jsonl:1",), TEXTS.column_of_table) == ("channel", ("mail",))
        return
    # the ids begin with the name that the table had when the run was made
    assert group_names("channel", data, ("old.csv:3", "old.csv:2", "old.csv:5"), TEXTS.column_of_table)[
        1
    ] == (
        "chat",
        "mail",
        "",
    )
    with pytest.raises(InputError, match="has no column 'chanel' .--group.*channel"):
        group_names("chanel", data, ("m.csv:2",), TEXTS.column_of_table)


def test_data_without_columns_asks_for_a_file(tmp_path):
    with pytest.raises(InputError, match="no table, so it has no columns.*id and group, with --group"):
        group_names("site", {"source": str(tmp_path)}, ("a.png",), IMAGES.column_of_table)
    with pytest.raises(InputError, match="there is no such file of groups"):
        group_names("sites.csv", {"source": str(tmp_path)}, ("a.png",), IMAGES.column_of_table)
