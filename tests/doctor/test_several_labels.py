"""Images and texts with several labels: the task is guessed, and what is wrong with the labels is named."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.cli.main import main
from kerasft.data.listing import Item
from kerasft.targets.labels.examining import (
    count_labels,
    label_findings,
    missing_finding,
    suspected_finding,
)
from kerasft.targets.labels.recognising import looks_like_labels
from kerasft.targets.labels.schema import Labels


def items_of(*labels, splits=()):
    splits = splits or [""] * len(labels)
    return [
        Item(f"{n}.png", label, b"", split)
        for n, (label, split) in enumerate(zip(labels, splits, strict=True))
    ]


def findings_of(items, *names):
    return {each.check: each for each in label_findings(items, Labels(names), "image")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """60 images of noise; 59.png is 58.png a little darker."""
    folder = tmp_path_factory.mktemp("labels")
    noise = (
        np.random.default_rng(0).integers(0, 200, (60, 16, 16, 3)).astype("uint8").repeat(2, 1).repeat(2, 2)
    )
    noise[59] = noise[58] * 0.9
    for row, image in enumerate(noise):
        Image.fromarray(image).save(folder / f"{row}.png")
    return folder


def write(path, rows, header=("path", "labels")):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def of_row(row):
    """Every dog is a pet, cats are pets too; a bird and a wing are always together."""
    animals = ["cat|pet", "dog|pet", "bird|wing", ""]
    return animals[row % 4]


def test_a_table_of_labels_is_told_and_a_forgotten_label_named(folder):
    rows = [(f"{row}.png", of_row(row)) for row in range(60)]
    rows[59] = ("59.png", "bird")  # a near copy of 58.png, which has the wing too
    found = kerasft.diagnose(write(folder / "a.csv", rows), suspect_labels=False)
    assert found.title.endswith("60 images with 5 labels") and found.find("splits").level == "ok"
    assert {each.name: each.total for each in found.classes} == {
        "bird": 16, "cat": 15, "dog": 15, "pet": 30, "wing": 15,
    }  # fmt: skip
    missing = found.find("missing labels")
    assert missing.level == "warn" and [each.id for each in missing.suspects] == ["59.png"]
    assert missing.suspects[0].why == "without wing, which the near copy 58.png has"
    assert found.find("near copies").level == "warn"
    why = {each.id: each.why for each in found.find("together").suspects}
    assert why["cat"] == "never without pet (15 images)" and why["wing"] == "never without bird (15 images)"
    assert found.find("label sizes").level == "warn" and found.find("no label").what.startswith(
        "14 images of 60"
    )


def test_columns_of_zero_and_one_and_several_rows_of_an_image_are_told(folder):
    names = ("bird", "cat", "dog", "pet", "wing")
    hot = [(f"{r}.png", *(int(name in of_row(r).split("|")) for name in names)) for r in range(58)]
    path = write(folder / "hot.csv", hot, ("path", *names))
    assert kerasft.diagnose(path, suspect_labels=False).title.endswith("58 images with 5 labels")
    several = [(f"{r}.png", name) for r in range(58) for name in of_row(r).split("|")]
    again = kerasft.diagnose(write(folder / "several.csv", several), suspect_labels=False)
    assert again.title.endswith("58 images with 5 labels") and again.find("together").level == "warn"
    one = kerasft.diagnose(
        write(folder / "one.csv", [(f"{r}.png", "ab"[r % 2]) for r in range(58)]), suspect_labels=False
    )
    assert one.title.endswith("58 images of 2 classes")


def test_texts_of_lists_are_told_and_a_template_with_other_labels_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    words = {
        "delivery": "my parcel has not arrived",
        "billing": "I was charged two times",
        "app": "the app crashes",
    }
    rng, rows = np.random.default_rng(0), []
    for number in range(60):
        chosen = [name for place, name in enumerate(words) if (number + 1) >> place & 1]
        text = ", ".join([*(words[name] for name in chosen), *rng.choice([*"abcdefghijklmnop"], 9)])
        rows.append({"text": text, "label": chosen})
    long = "Please look at order 4711, which is late, and at the invoice that came with it"
    rows += [{"text": long, "label": ["delivery", "billing"]}]
    rows += [{"text": long.replace("4711", "4712") + "!", "label": ["delivery"]}]
    path = tmp_path / "tickets.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = kerasft.diagnose(path)
    assert found.title.endswith("62 texts with 3 labels")
    (missing,) = (each for each in found.find("missing labels").suspects if each.id.endswith(":62"))
    assert "without billing, which the near copy tickets.jsonl:61 has" in missing.why and missing.text
    labels = found.find("labels")
    assert "TF-IDF agrees with" in labels.what and labels.level in ("ok", "note", "warn")


def test_a_label_that_can_not_be_read_is_named_by_row(folder, capsys):
    rows = [(f"{row}.png", of_row(row)) for row in range(57)]
    path = write(folder / "bad.csv", [*rows, ("57.png", '["cat", 3.5]')])
    assert main(["doctor", str(path), "--no-labels"]) == 1
    assert "line 59: a label is a number with a decimal point" in capsys.readouterr().out


def test_one_image_with_other_labels_is_a_conflict(folder):
    rows = [(f"{row}.png", of_row(row)) for row in range(58)]
    (folder / "again.png").write_bytes((folder / "3.png").read_bytes())
    found = kerasft.diagnose(write(folder / "c.csv", [*rows, ("again.png", "cat")]), suspect_labels=False)
    conflict = found.find("conflicts")
    assert conflict.level == "fail" and {each.id for each in conflict.suspects} == {"3.png", "again.png"}
    assert "the same image with different labels" in conflict.what


def test_always_together_implied_and_chance():
    items = items_of(*["a|b", "a|b", "c", ""] * 10)
    assert [each.id for each in findings_of(items, "a", "b", "c")["together"].suspects] == ["a"]
    assert findings_of(items, "a", "b", "c")["together"].level == "warn"
    implied = findings_of(items_of(*["dog|pet", "pet", "", ""] * 10), "dog", "pet")["together"]
    assert implied.level == "note" and implied.suspects[0].why == "never without pet (10 images)"
    chance = findings_of(items_of(*["pet|rare", *["pet"] * 20, *[""] * 20]), "pet", "rare")["together"]
    assert chance.level == "ok"  # half of all are pets: that one rare image is one too says nothing


def test_labels_that_all_have_that_are_rare_and_that_a_split_lacks():
    always = findings_of(items_of(*["a|b", "a"] * 20), "a", "b")["balance"]
    assert always.level == "warn" and "all have a: nothing can be learned of that" in always.what
    rare = findings_of(items_of(*["a", ""] * 20, "b"), "a", "b")
    assert rare["balance"].level == "note" and "--class-weight auto" in rare["balance"].next_step
    assert rare["label sizes"].suspects[0].id == "b" and rare["label sizes"].suspects[0].why == "1 image"
    items = items_of("a", "b", "a", "a|b", splits=("train", "train", "validation", "test"))
    absent = findings_of(items, "a", "b")["absent labels"]
    assert [(each.id, each.why) for each in absent.suspects] == [("b", "on no image of validation")]
    assert count_labels(items, Labels(("a", "b")))[0].counts == {"train": 1, "validation": 1, "test": 1}


def test_near_copies_with_the_same_labels_are_fine():
    items = items_of("a|b", "a|b", "a")
    assert missing_finding([[0, 1]], items, "image").level == "ok"
    found = missing_finding([[0, 2]], items, "image").suspects
    assert [(each.id, each.row) for each in found] == [("2.png", 2)]


def test_planted_errors_of_each_label_are_found():
    """Two labels that two numbers tell; of each some examples lack it, or have it by mistake."""
    rng = np.random.default_rng(0)
    present = rng.random((300, 2)) < [0.5, 0.2]
    features = (present * 6 + rng.normal(0, 1, present.shape)).astype("float32")
    written = present.copy()
    wrong = [
        (row, k)
        for k in (0, 1)
        for row in (*np.flatnonzero(present[:, k])[:6], *np.flatnonzero(~present[:, k])[:6])
    ]
    for row, k in wrong:
        written[row, k] = ~written[row, k]
    items = items_of(*("|".join(np.array(["a", "b"])[row]) for row in written))
    found = suspected_finding(features, items, Labels(("a", "b")), range(300), "numbers", 0, 1.0)
    said = {(each.row, each.why.split(" (")[0]) for each in found.suspects}
    names = ["a", "b"]
    planted = {
        (int(row), f"{'lacks' if present[row, k] else 'should not have'} {names[k]}") for row, k in wrong
    }
    assert len(said & planted) >= 20 and said <= planted
    few = suspected_finding(features[:6], items[:6], Labels(("a", "b")), range(6), "numbers", 0, 1.0)
    assert few.level == "note" and few.what.startswith("not looked at")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a|b", "a", "b", "c"], True),
        (["a, b", "b, a", "c"], True),
        (["cat|pet", "dog|pet", ""], True),
        (["Lincoln, Abraham", "King, Martin", "x"], False),
        (["Lincoln, Abraham", "Lincoln, Mary", "x"], False),
        ([["a"], ["b", "a"]], True),
        ([["a"], ["b"]], False),
        (['["a", "b"]', '["a"]'], True),
        (["[sic", "a"], False),
        ([1, 2, None], False),
        ([], False),
    ],
)
def test_several_labels_are_told_from_classes(cells, expected):
    assert looks_like_labels(cells) is expected
