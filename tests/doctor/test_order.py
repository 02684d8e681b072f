"""Classes with an order: whether mistakes fit the order, gaps, neighbours, and labels many steps off."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.cli.main import main
from kerasft.data.listing import Item
from kerasft.data.suspects import Judged
from kerasft.targets.order.examining import (
    better_order,
    gap_finding,
    judged_findings,
    neighbour_finding,
    order_finding,
)

NAMES = ("poor", "fair", "good", "great")


def judged(order=range(4), each=60, spread=0.7, seed=0):
    """What a judge says of examples on a line, whose classes are named in another order: class k is at order[k]."""
    rng, places = np.random.default_rng(seed), np.array(order)
    labels = np.repeat(np.arange(len(places)), each)
    seen = places[labels] + rng.normal(0, spread, len(labels))
    powers = np.exp(-((seen[:, None] - places) ** 2))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return Judged(np.arange(len(labels)), np.arange(len(places)), labels, probabilities)


@pytest.mark.parametrize("order", [range(4), range(3, -1, -1)])
def test_an_order_and_the_same_turned_round_fit_the_examples(order):
    assert better_order(judged(order)) is None
    assert order_finding(NAMES, judged(order), "a judge").what == "from poor to great"


@pytest.mark.parametrize(
    ("order", "found"),
    [((0, 2, 1, 3), (0, 2, 1, 3)), ((3, 0, 1, 2), (1, 2, 3, 0)), ((2, 0, 3, 1), (1, 3, 0, 2))],
)
def test_another_order_is_found_and_named(order, found):
    assert better_order(judged(order)) in (found, found[::-1])
    finding = order_finding(NAMES, judged(order), "a judge")
    assert finding.level == "warn" and "--order" in finding.next_step
    names = ", ".join(NAMES[k] for k in better_order(judged(order)))
    assert finding.what.endswith(f"it looks as if the order were {names}")


def test_few_examples_two_classes_and_classes_without_an_order_say_nothing():
    assert better_order(judged((0, 2, 1, 3), each=19)) is None
    assert better_order(judged((1, 0))) is None
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 4
    probabilities = np.eye(4)[labels] + rng.random((240, 4))  # each is mistaken for all others alike
    alike = Judged(np.arange(240), np.arange(4), labels, probabilities / probabilities.sum(1, keepdims=True))
    assert better_order(alike) is None


def test_numbers_that_fall_are_a_note_and_gaps_are_named():
    falling = order_finding(("3", "2", "1"), None, "")
    assert falling.level == "note" and "3 is the lowest, and 1 the highest" in falling.what
    assert order_finding(("1", "2", "10"), None, "").level == "ok"
    (gap,) = gap_finding(("1", "2", "4", "5"), "text")
    assert gap.level == "note" and gap.what == "no text is 3, which lies between others"
    assert [each.level for each in gap_finding(("5", "4", "3"), "text")] == ["ok"]
    assert gap_finding(NAMES, "text") == gap_finding(("1", "1.5", "3"), "text") == []
    assert gap_finding(("1", "1000"), "text")[0].level == "ok"


def test_neighbours_that_are_one_class_are_named():
    found = neighbour_finding(NAMES, judged((0, 1, 1, 2)), "a judge")
    (pair,) = found.suspects
    assert pair.id == "fair, good" and found.level == "note" and "1 pair of neighbours" in found.what
    assert neighbour_finding(NAMES, judged(), "a judge").level == "ok"


def test_labels_many_steps_off_come_first_and_are_what_is_warned_of():
    said = judged(spread=0.0)
    items = [Item(f"{row}.png", NAMES[k], "", "") for row, k in enumerate(said.labels)]
    wrong = said.labels.copy()
    wrong[[3, 70, 190]] = 3, 2, 0  # by three steps, one, three
    for row in (3, 70, 190):
        items[row] = Item(f"{row}.png", NAMES[wrong[row]], "", "")
    found = judged_findings(
        Judged(said.rows, said.present, wrong, said.probabilities), items, NAMES, range(240), "a judge"
    )
    labels = found[-1]
    assert [each.id for each in labels.suspects[:2]] in (["3.png", "190.png"], ["190.png", "3.png"])
    assert "70.png" in {each.id for each in labels.suspects[2:]}
    assert "2 of them by two steps or more" in labels.what and labels.level == "note"  # under 1 %


def table(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def test_texts_are_judged_and_an_order_that_is_not_known_is_asked_for(tmp_path, capsys):
    rng = np.random.default_rng(0)
    words = {"bad": "awful broken dull", "fair": "broken dull fine", "good": "fine lovely bright"}
    rows = [
        (f"{' '.join(rng.permutation(words[name].split())[:2])} {3 * row + k}", name)
        for row in range(40)
        for k, name in enumerate(words)
    ]
    path = table(tmp_path / "texts.csv", rows)
    assert main(["doctor", str(path), "--order", "bad,fair,good", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["title"].endswith("120 texts of 3 classes in order, from 'bad' to 'good'")
    levels = {each["check"]: each["level"] for each in found["findings"]}
    assert levels["order"] == "ok" and {"balance", "neighbours", "labels"} <= levels.keys()
    assert "gaps" not in levels
    assert main(["doctor", str(path), "--task", "text-ordinal"]) == 1
    said = capsys.readouterr().out
    assert "the order of the classes isn't known" in said and '--order "bad,fair,good"' in said
    assert main(["doctor", str(path), "--order", "bad,fair,best"]) == 1
    assert "--order names classes that no text has" in capsys.readouterr().out


def test_images_in_another_order_are_warned_of(tmp_path):
    rng = np.random.default_rng(0)
    grey = {"dark": 60, "medium": 110, "bright": 160}
    for name, mean in grey.items():
        (tmp_path / name).mkdir()
        for number in range(30):
            pixels = rng.normal(mean + rng.normal(0, 28), 12, (16, 16, 3))
            Image.fromarray(np.clip(pixels, 0, 255).astype("uint8")).save(tmp_path / name / f"{number}.png")
    found = kerasft.diagnose(tmp_path, order=("dark", "bright", "medium"), image_size=16)
    order = found.find("order")
    assert found.title.endswith("90 images of 3 classes in order, from 'dark' to 'medium'")
    assert order.level == "warn" and order.what.endswith("the order were dark, medium, bright")
