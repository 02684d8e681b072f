"""A run of two numbers, from table to every file: answers, intervals and words in the units of the data."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.exporting.gate import Target, Yardstick
from kerasft.predicting.opening import load_predictor
from kerasft.targets.numbers.kind import NUMBERS
from tests import toy_backbone

PHASES = kerasft.two_phases(6, 0, head_learning_rate=3e-2)
TRAINING = kerasft.Training(batch_size=8, augment="none", loss="huber", coverage=0.8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images that are red and green to some degree, with the sum and the red in a table."""
    folder = tmp_path_factory.mktemp("numbers")
    rows = [("path", "bright", "red")]
    for number in range(70):
        rng = np.random.default_rng(number)
        red, green = rng.integers(0, 240, 2)
        pixels = rng.integers(0, 8, (16, 16, 3))
        pixels[..., :2] += [red, green]
        Image.fromarray(pixels.astype("uint8")).save(folder / f"{number}.png")
        rows.append((f"{number}.png", (red + green) / 10, red))
    with open(folder / "colours.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    splits = kerasft.read_images_with_numbers(
        folder / "colours.csv", 16, label="bright,red", unit="lux,steps"
    )
    model = kerasft.build_model(
        "image_regression", backbone=toy_backbone.register(), schema=splits.schema, image_size=16
    )
    kerasft.fine_tune(model, splits, PHASES, folder / "run", TRAINING, verbose=False)
    return kerasft.Run.open(folder / "run")


def test_the_run_keeps_its_intervals_and_its_loss(run, folder):
    (kept,) = json.loads((folder / "run" / "calibration.json").read_text("utf-8")).values()
    assert kept["coverage"] == 0.8 and len(kept["half_widths"]) == 2 and kept["examples"] == 10
    assert run.config["training"]["loss"] == "huber" and run.config["training"]["coverage"] == 0.8
    config = json.loads((folder / "run" / "config.json").read_text("utf-8"))
    assert config["model"]["numbers"] == ["bright", "red"] and config["model"]["units"] == ["lux", "steps"]
    found = kerasft.evaluate(run)
    half = np.array(kept["half_widths"])
    inside = np.abs(found.answers - found.truth) <= half
    assert [each.covered.value for each in found.columns] == inside.mean(axis=0).tolist()
    assert found.score < found.of_the_mean / 2


@pytest.mark.slow
@pytest.mark.parametrize("format", ["tflite", "saved_model", "onnx"])
def test_every_file_has_the_intervals_and_says_the_same(run, folder, format):
    exported = kerasft.export(run, format)
    predictor, schema = load_predictor(exported.path), run.schema
    assert predictor.schema == schema and predictor.described["intervals"]["coverage"] == 0.8
    path = folder / "3.png"
    (one,), (other,) = kerasft.predict(run, [path]), kerasft.predict(exported.path, [path])
    for mine, theirs in zip(one.numbers, other.numbers, strict=True):
        assert (mine.unit, mine.coverage) == (theirs.unit, theirs.coverage) and mine.unit
        ends = [(each.low, each.value, each.high) for each in (mine, theirs)]
        np.testing.assert_allclose(*ends, rtol=1e-3, atol=1e-2)
        assert mine.low < mine.value < mine.high
    first, second = kerasft.evaluate(run), kerasft.evaluate(exported.path)
    assert second.columns[1].covered.value == pytest.approx(first.columns[1].covered.value, abs=0.11)
    details = json.loads(exported.details.read_text("utf-8"))
    assert details["intervals"]["half_widths"] == list(predictor.schema.intervals.half_widths)
    assert len(details["calibration"]["test_coverage"]) == 2
    card = exported.card.read_text("utf-8")
    assert "`bright` in lux" in card and "holds the true number in 80 %" in card
    assert ("val halfWidths = floatArrayOf(" in card) == (format == "tflite")
    (golden, *_) = json.loads(exported.path.with_name(f"{exported.path.stem}.golden.json").read_text("utf-8"))
    assert len(golden["number"]) == len(golden["expected"]) == 2


def test_a_table_of_answers_has_the_ends(run, folder, tmp_path, capsys):
    target = tmp_path / "answers.csv"
    assert main(["predict", str(run.run_dir), str(folder / "3.png"), "--output", str(target)]) == 0
    header, row = list(csv.reader(target.read_text("utf-8").splitlines()))
    assert header == ["path", "bright", "bright low", "bright high", "red", "red low", "red high"]
    assert main(["predict", str(run.run_dir), str(folder / "3.png")]) == 0
    assert "lux (80 %: " in capsys.readouterr().out and float(row[2]) < float(row[1]) < float(row[3])


def test_one_of_the_numbers_is_explained(run, folder):
    path = folder / "3.png"
    for method in ("grad-cam", "occlusion"):
        one, other = (
            kerasft.explain(run, path, method=method, target=target)[0] for target in ("bright", "red")
        )
        assert str(other.claim).startswith("red ") and str(other.claim).endswith(" steps")
        assert other.as_dict()["unit"] == "steps" and np.abs(one.attribution - other.attribution).max() > 0
    (first,) = kerasft.explain(run, path)
    assert first.claim.number == "bright"
    with pytest.raises(InputError, match="--target is no number of this model .received: blue.; use one of"):
        kerasft.explain(run, path, target="blue")


def test_the_report_has_charts_of_each_number(run, tmp_path):
    page = kerasft.report(run, output=tmp_path / "report.html").path.read_text("utf-8")
    for name in ("bright", "red"):
        assert f'aria-label="{name}: errors over predicted numbers"' in page
        assert f'aria-label="{name}: predicted numbers against the true ones"' in page
    assert (
        page.count('alt="the evidence for') == 10 and "that is off by most" in page and "colours: red" in page
    )
    assert page.count('class="line bound"') == 8 and "holds " in page and "lux" in page


def test_the_doctor_looks_at_each_number(folder):
    found = kerasft.diagnose(folder / "colours.csv", "image-regression", label="bright,red")
    assert found.title.endswith("70 images with 2 numbers each")
    said = [each.what for each in found.findings if each.check in ("numbers", "outliers")]
    assert [each.split(":")[0] for each in said] == ["bright", "bright", "red", "red"]


def test_the_doctor_says_where_two_numbers_are_one(folder, tmp_path):
    with open(folder / "colours.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with open(folder / "twice.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("path", "red", "promille"), *((p, r, float(r) / 0.255) for p, _, r in rows[1:])]
        )
    found = kerasft.diagnose(folder / "twice.csv", "image-regression", label="red,promille")
    (tied,) = [each for each in found.findings if "rise and fall together" in each.what]
    assert "promille and red" in tied.what


def test_a_gate_that_fails_says_so_in_the_units_of_the_data(run):
    found = kerasft.evaluate(run)
    expected = found.answers.astype("float32")
    yardstick = Yardstick(NUMBERS, run.schema, expected, found.truth, found.ids, 1e-6)
    (failure,) = yardstick.too_far(expected + np.float32([1.5, 0]), Target(difference=1e-2))
    assert "(bright 1.5 lux, red 0 steps)" in failure and "allowed 0.01" in failure
    failures = yardstick.missed(expected + np.float32([9, 0]), None or found, Target(agreement=0.99))
    few = "or one difference in all, and there are 10"  # numbers, of 20 to 10 examples
    assert f"agreement 0.5000, needed 0.99 {few}; largest difference bright 9 lux, red 0 steps" in failures
