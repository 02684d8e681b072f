"""The page: what is on it, that nothing in it is code of anybody's, that it stays small and can be read."""

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import kerasft
from kerasft.base.calibrating import DRAWN_BINS, calibration_bins
from kerasft.base.shares import wilson
from kerasft.contract.objective import Better
from kerasft.formats.svg import nice_ticks
from kerasft.reporting.charts import learning_curve
from kerasft.targets.classes.calibration import calibration_error
from kerasft.targets.classes.groups import compare_groups
from kerasft.training.history import Epoch

ASSETS = Path(kerasft.__file__).parent / "assets"
LOSS, ACCURACY = Better("loss", higher=False), Better("accuracy", higher=True)
EVIL = '</script><script>alert("1")</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and its data."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.text.append((self.open[-1], data))
        else:
            self.text.append(("", data))

    def visible(self):
        return re.sub(r"\s+", " ", "".join(data for kind, data in self.text if not kind))

    def behind(self):
        scripts = [data for kind, data in self.text if kind == "script"]
        return json.loads(scripts[0])


def test_each_score_of_a_class_has_its_interval_below_it(made_up):
    splits = made_up.picture_splits(["a", "b", "c"], tests=90)
    evaluation = made_up.answers(splits, right=0.7)
    page = made_up.page(made_up.facts(), splits, evaluation)
    ranges = re.findall(r'data-value="([\d.]+)">([\d.]+)<span class="range">([\d.]+)–([\d.]+)</span>', page)
    assert len(ranges) == 9  # precision, recall and F1 of three classes
    for (value, *shown), each in zip(ranges[1::3], evaluation.classes, strict=True):
        low, high = wilson(round(each.recall * each.support), each.support)
        assert float(value) == each.recall and shown == [f"{each.recall:.3f}", f"{low:.2f}", f"{high:.2f}"]


def test_the_sections_tell_the_whole_story(made_up):
    splits = made_up.picture_splits(["cat", "dog", "owl"])
    evaluation = made_up.answers(splits)
    html = made_up.page(made_up.facts(), splits, evaluation)
    page = Page(html)
    sections = [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    assert sections == [
        "result", "data", "training", "classes", "confusion", "examples", "confidence", "exports", "repeat",
    ]  # fmt: skip
    right = int((evaluation.labels == evaluation.predictions).sum())
    text = page.visible()
    assert f"was right on {right} of 60 test images" in text
    assert f"{100 * evaluation.accuracy:.1f}\xa0%" in html
    assert "1 min 23 s in all" in text and "1,930" in text
    assert "kerasft train image-classification" in text and "0" * 64 in text
    for each in evaluation.classes:
        assert f'<th scope="row" class="name">{each.name}</th>' in html
        assert f'data-value="{each.f1}"' in html
    behind = page.behind()
    assert behind["names"] == ["cat", "dog", "owl"]
    counts = {cell: count for cell, (count, _) in behind["cells"].items()}
    expected = {f"{t},{p}": int(n) for (t, p), n in np.ndenumerate(evaluation.confusion) if n}
    assert counts == expected


def test_names_and_texts_of_users_stay_text(made_up):
    names = [f"a {EVIL}", "b"]
    for splits in (
        made_up.picture_splits(names),
        made_up.text_splits(names, pairs=True, text=EVIL),
    ):
        evaluation = made_up.answers(splits, right=0.5)
        groups = compare_groups(evaluation, [EVIL, "x"] * 30, EVIL)
        exports = ({
            "file": EVIL, "quantization": EVIL, "state": "", "score_name": EVIL, "score": 0.5, "keras_score": 0.5,
            "agreement": 1.0, "difference": None, "megabytes": 1.0, "milliseconds": 1.0, "sha256": EVIL,
        },)  # fmt: skip
        history = (Epoch(EVIL, 1, 1e-3, 1.0, 1.0, 1.0, {EVIL: 0.5, f"val_{EVIL}": 0.5}),)
        facts = made_up.facts(
            EVIL, exports=exports, history=history, better=Better(EVIL, higher=True), command=EVIL
        )
        page = Page(made_up.page(facts, splits, evaluation, groups))
        assert len([1 for tag, _ in page.tags if tag == "script"]) == 2  # the page's data, the page's script
        assert not [1 for _, attributes in page.tags for name in attributes if name.startswith("on")]
        assert EVIL in page.visible() and page.behind()["names"][0] == f"a {EVIL}"
        svg = [attributes for tag, attributes in page.tags if tag == "svg"]
        assert len(svg) == 3


def test_only_its_own_script_may_run_and_nothing_is_fetched(made_up):
    splits = made_up.picture_splits(["a", "b"])
    html = made_up.page(made_up.facts(), splits, made_up.answers(splits))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';") and f"script-src 'sha256-{digest}'" in policy
    page = Page(html)
    links = [v for _, a in page.tags for name, v in a.items() if name in ("src", "href", "srcset", "action")]
    assert links and all(each.startswith(("data:", "#")) for each in links)
    assert not re.search(r"https?://|@import|url\(", html)


def test_200_classes_and_20000_rows_stay_small(made_up):
    names = [f"{i:03} a bird with quite a long name {i}" for i in range(200)]
    splits = made_up.picture_splits(names, tests=20_000, size=64)
    evaluation = made_up.answers(splits, right=0.7)
    html = made_up.page(made_up.facts(), splits, evaluation)
    assert len(html) < 4_000_000
    page = Page(html)
    behind = page.behind()
    assert len(behind["examples"]) == 600
    assert sum(count for count, _ in behind["cells"].values()) == 20_000
    ids = [attributes.get("id") for _, attributes in page.tags]
    assert "overview" in ids and 'class="matrix' not in html
    assert "at most 12 images of a cell and 600 in all are in this page" in page.visible()


def test_two_classes_of_texts_without_a_mistake(made_up):
    splits = made_up.text_splits(["no", "yes"], tests=40)
    page = Page(
        made_up.page(made_up.facts(history=(), phases=()), splits, made_up.answers(splits, right=1.01))
    )
    text = page.visible()
    assert "was right on 40 of 40 test texts" in text
    assert (
        "up to 8.8 % of errors are still compatible with it (95 %, Wilson)" in text
    )  # 1 - 40 / (40 + 1.96**2)
    assert "Most confident mistakes There are none." in text
    assert page.behind()["examples"][0]["text"].startswith("a text")


def test_the_most_frequent_class_is_that_of_training(made_up):
    splits = made_up.picture_splits(["a", "b", "c"])
    labels = np.full_like(splits.train.labels, 2)  # of the test split, another may be the most frequent
    splits = dataclasses.replace(splits, train=dataclasses.replace(splits.train, targets=labels))
    evaluation = made_up.answers(splits)
    share = 100 * np.mean(evaluation.labels == 2)
    text = Page(made_up.page(made_up.facts(), splits, evaluation)).visible()
    assert f"the most frequent class of training would be right for {share:.1f} %." in text


def test_a_class_without_test_examples_has_no_recall(made_up):
    splits = made_up.picture_splits(["a", "b", "c"])
    test = splits.test.subset([row for row, label in enumerate(splits.test.labels) if label < 2])
    splits = dataclasses.replace(splits, test=test)
    html = made_up.page(made_up.facts(), splits, made_up.answers(splits, right=1.01))
    assert html.count('data-value="-1">–</td>') == 2


def test_curves_survive_what_is_not_finite():
    rows = [
        Epoch("head", 1, 1e-3, 1.0, 2.0, 1.5, {"accuracy": 0.5, "val_accuracy": 0.5}),
        Epoch("head", 2, 1e-3, 1.0, float("nan"), float("inf"), {}),
    ]
    drawn = learning_curve(rows, LOSS)
    assert "nan" not in drawn.split(">", 1)[1] and "inf" not in drawn.split(">", 1)[1]
    assert drawn.count("<circle") == 2
    one = learning_curve(rows[:1], ACCURACY)
    assert one.count("<circle") == 2
    assert learning_curve(rows, Better("unknown", higher=True)).count("<circle") == 0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.93, 1, [0.92, 0.94, 0.96, 0.98, 1]),
        (0, 37, [0, 10, 20, 30, 40]),
    ],
)
def test_ticks_are_round_and_cover_the_values(low, high, expected):
    assert nice_ticks(low, high) == expected


def colours(css, scheme):
    """The colour variables of a scheme as RGB."""
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    found = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});?", blocks[scheme]))
    return {name: rgb(value) for name, value in found.items()}


def rgb(value):
    digits = value[1:] if len(value) == 7 else "".join(2 * each for each in value[1:])
    return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))


def contrast(one, other):
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour):
        parts = [
            c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_all_texts_have_enough_contrast(scheme):
    found = colours((ASSETS / "report.css").read_text("utf-8"), scheme)
    for ink in ("ink", "soft", "link", "ok", "bad"):
        for paper in ("card", "sunk", "back"):
            assert contrast(found[ink], found[paper]) >= 4.5, (ink, paper)
    for line in ("training", "validation"):
        assert contrast(found[line], found["card"]) >= 3
    for tint, share in (("right", 0.55), ("wrong", 0.55)):  # the strongest colour of a cell
        mixed = [share * a + (1 - share) * b for a, b in zip(found[tint], found["card"], strict=True)]
        assert contrast(found["ink"], mixed) >= 4.5, tint


def test_a_point_lies_on_the_grid_line_of_its_value_and_phases_are_marked():
    losses = [2.0, 1.0, 0.5]
    rows = [Epoch("head" if loss > 0.5 else "tune", 1, 1e-3, 1.0, loss, loss, {}) for loss in losses]
    drawn = learning_curve(rows, LOSS)
    lines = re.findall(r'y1="([\d.]+)".*?>([\d.]+)</text>', drawn)
    height = {float(label): float(y) for y, label in lines}
    dots = re.findall(r'<circle class="dot training" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert [float(y) for _, y in dots] == [height[loss] for loss in losses]
    bands = re.findall(r'<rect class="band band\d" x="([\d.]+)" y="26" width="([\d.]+)"', drawn)
    (head, head_width), (tune, tune_width) = [(float(x), float(width)) for x, width in bands]
    assert head_width == pytest.approx(2 * tune_width, abs=0.2)
    assert head < float(dots[1][0]) < tune < float(dots[2][0])
    assert re.findall(r'class="phase"[^>]*>(\w+)<', drawn) == ["head", "tune"]


def test_the_points_of_the_calibration_curve_are_those_of_its_error(made_up):
    evaluation = made_up.answers(made_up.picture_splits(["a", "b", "c"], tests=300), right=0.6)
    bins = calibration_bins(evaluation.confidence, evaluation.right)
    assert sum(count for *_, count in bins) == 300
    error = sum(abs(mean - accuracy) * count for mean, accuracy, count in bins) / 300
    assert error == pytest.approx(calibration_error(evaluation.probabilities, evaluation.labels, DRAWN_BINS))


def test_groups_and_a_test_set_of_its_own_are_told(made_up):
    splits = made_up.picture_splits(["cat", "dog"])
    config = {**made_up.facts().config, "data": {"group": "patient", "test_data": "/data/<march>"}}
    text = Page(made_up.page(made_up.facts(config=config), splits, made_up.answers(splits))).visible()
    assert (
        "test 60. The test split is data of its own: '/data/<march>'. Split by groups ('patient'): " in text
    )


def test_what_should_fall_is_drawn_from_zero_and_what_should_rise_up_to_one():
    def rows(name, values):
        return [
            Epoch("head", i, 1e-3, 1.0, 1.0, 1.0, {name: v, f"val_{name}": v}) for i, v in enumerate(values)
        ]

    error = Better("error", higher=False)
    errors = str(learning_curve(rows("error", [0.5, 0.6, 0.9]), error))  # whichever way it went
    shares = str(learning_curve(rows("accuracy", [0.9, 0.7, 0.5]), ACCURACY))
    assert ">0</text>" in errors and ">1</text>" in errors
    assert ">1</text>" in shares and ">0</text>" not in shares
