"""What lies beside a file: the card, golden pictures, and the calibration that file and run share."""

import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.errors import GateError
from kerasft.exporting import export
from kerasft.exporting.model_card import interval, measured_files
from kerasft.opening import load_predictor
from tests.floats import assert_alike, limit_of


def test_wilsons_interval_by_the_book():
    # Newcombe 1998, table I, method 3: 81 of 263, and 0 of 20
    assert interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert interval(0.0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert interval(1.0, 20)[1] == 1.0


def test_the_card_says_what_an_app_needs(exports):
    exports["float32"], exports["saved_model"]
    card = exports["int8"].card.read_text("utf-8")
    row = exports["int8"].row
    low, high = interval(row.accuracy, 360)
    for text in (
        "toy: pictures in 10 classes",
        "Source: `digits`. Examples: 1200 train, 237 validation, 360 test",
        f"| `model_int8.tflite` | {row.megabytes:.2f} | {row.accuracy:.4f} ({low:.4f} to {high:.4f}) |",
        "| `model_float32.tflite` |", "| `saved_model` |",
        "One RGB picture of 16 x 16", "stretched to that size",
        "MediaPipe", "`golden/`", "temperature of", "Expected calibration error on the test split",
    ):  # fmt: skip
        assert text in card, text
    assert card.count("```") % 2 == 0 and "None" not in card


def test_the_card_of_a_tflite_has_code_for_two_platforms(toy_run):
    card = export(toy_run, quantize="dynamic", version="1.2", licence="CC-BY-4.0").card.read_text("utf-8")
    assert 'ImageClassifier.createFromFile(context, "model_dynamic.tflite")' in card
    assert "import com.google.mediapipe.tasks.vision.imageclassifier.ImageClassifier\n" in card
    assert "import com.google.mediapipe.framework.image.BitmapImageBuilder\n" in card
    assert "import MediaPipeTasksVision\n" in card
    assert "It always answers with one of its classes" in card
    assert 'forResource: "model_dynamic", ofType: "tflite"' in card
    assert "Version 1.2, licence CC-BY-4.0." in card


def test_files_that_were_changed_are_not_listed(toy_run):
    made = export(toy_run)
    assert [each["rung"] for each in measured_files(made.path.parent)] == ["float32"]
    made.path.write_bytes(made.path.read_bytes() + b"more")
    assert measured_files(made.path.parent) == []


@pytest.mark.parametrize("rung", ["int8", "float32", "saved_model"])
def test_golden_pictures_give_the_golden_answers(rung, exports):
    path = exports[rung].path
    golden = json.loads(path.with_name(f"{path.stem}.golden.json").read_text())
    assert len(golden) == 5 and len({each["label"] for each in golden}) == 5
    images = np.stack([np.asarray(Image.open(path.parent / each["picture"])) for each in golden])
    answers = load_predictor(path).predict(images)
    expected = [each["probabilities"] for each in golden]
    np.testing.assert_allclose(
        answers, expected, rtol=0, atol=1e-6
    )  # they have six decimals; the file is the same


def test_metadata_has_version_licence_and_threshold(toy_run):
    from ai_edge_litert import schema_py_generated as schema

    made = export(toy_run, quantize="int8", version="3", licence="CC0-1.0", unknown_precision=0.99)
    content = made.path.read_bytes()
    model = schema.Model.GetRootAs(content, 0)
    entries = [model.Metadata(index) for index in range(model.MetadataLength())]
    (buffer,) = [each.Buffer() for each in entries if each.Name() == b"TFLITE_METADATA"]
    data = model.Buffers(buffer).DataAsNumpy().tobytes()
    for text in (b"toy, int8", b"Tells apart 10 classes: 0, 1", b"CC0-1.0", b"kerasft"):
        assert text in data
    assert np.float32(made.unknowns.threshold).tobytes() in data
    assert load_predictor(made.path).score_threshold == made.unknowns.threshold


def test_unknown_is_chosen_on_validation_and_measured_on_test(toy_run, trained):
    made = export(toy_run, quantize="dynamic", unknown_precision=0.98)
    found, test = made.unknowns, trained[1].test
    answers = load_predictor(made.path).predict(test.images)
    kept = answers.max(axis=1) >= found.threshold
    assert found.split == "test" and 0.3 < found.coverage == kept.mean() < 1
    assert found.precision == np.mean(answers[kept].argmax(1) == test.labels[kept]) > made.row.accuracy
    assert str(found) in str(made) and str(found) in made.card.read_text("utf-8")
    assert json.loads(made.details.read_text())["unknown"]["coverage"] == found.coverage


def test_predict_says_unknown_below_the_threshold(toy_run, tmp_path):
    made = export(toy_run, quantize="dynamic", unknown_precision=0.98)
    images = toy_run.data.test.images[:80]
    paths = [tmp_path / f"{number}.png" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    found = kerasft.predict(made.path, paths, top=2)
    unknown = [each for each in found if each.unknown]
    assert 0 < len(unknown) < len(found)
    assert all((each.probability < made.unknowns.threshold) == each.unknown for each in found)
    (name, probability), (second, other) = unknown[0].top
    assert str(unknown[0]).endswith(f".png: unknown ({name} {probability:.3f}, {second} {other:.3f})")
    assert unknown[0].as_dict()["unknown"] is True


def test_where_all_answers_may_stay_there_is_no_threshold(toy_run):
    made = export(toy_run, unknown_precision=0.5)
    assert made.unknowns.threshold == 0 and made.unknowns.coverage == 1
    assert load_predictor(made.path).score_threshold is None
    assert "every answer may stay" in made.card.read_text("utf-8")


def test_a_precision_that_cannot_be_had_is_told_before_the_file_is_made(toy_run):
    toy_run.data.validation.labels[:] = (toy_run.data.validation.labels + 1) % 10
    try:
        with pytest.raises(
            GateError, match="no threshold gives a precision of 1 on the validation split .237 ex"
        ):
            export(toy_run, unknown_precision=1.0)
    finally:
        toy_run.data.validation.labels[:] = (toy_run.data.validation.labels - 1) % 10
    assert [path.name for path in toy_run.run_dir.rglob("*")] == ["exports"]


def test_a_run_answers_by_its_temperature(run, tmp_path, splits):
    """9 validation pictures are too few for a temperature, so it is set by hand."""
    import shutil

    from kerasft.calibration import Calibration, softmax, write_calibration
    from kerasft.run_calibration import weights_key

    folder = shutil.copytree(run.run_dir, tmp_path / "run")
    assert "not fitted: the validation split has 9 examples" in (folder / "calibration.json").read_text()
    predictor = load_predictor(folder)
    write_calibration(folder, weights_key(kerasft.Run.open(folder)), Calibration(2.5, 100, 0.2, 0.1))
    logits, test = predictor.logits(splits.test.images), splits.test.images
    np.testing.assert_array_equal(load_predictor(folder).predict(test), softmax(logits, 2.5))
    np.testing.assert_array_equal(predictor.predict(test), softmax(logits))


@pytest.mark.slow
@pytest.mark.parametrize("format", ["tflite", "saved_model"])
def test_run_and_file_answer_alike(format, run, tmp_path, splits):
    """A run of kerasft: 9 validation pictures are too few for a temperature, so it is set by hand."""
    import shutil

    from kerasft.calibration import Calibration, write_calibration
    from kerasft.run_calibration import weights_key

    folder = shutil.copytree(run.run_dir, tmp_path / "run")
    copy = kerasft.Run.open(folder)
    before = load_predictor(folder).predict(splits.test.images)
    assert "not fitted: the validation split has 9 examples" in (folder / "calibration.json").read_text()
    write_calibration(folder, weights_key(copy), Calibration(2.5, 100, 0.2, 0.1))
    after = load_predictor(folder).predict(splits.test.images)
    assert after.max() < before.max()
    made = export(copy, format)
    assert made.calibration.temperature == 2.5
    answers = load_predictor(made.path).predict(splits.test.images)
    assert_alike(f"{format} of a run, temperature 2.5", answers, after, limit_of(copy))
    head = copy.at("head")
    assert (weights_key(head) == weights_key(copy)) or load_predictor_of(head).temperature == 1.0


def load_predictor_of(run):
    from kerasft.opening import predictor_of_run

    return predictor_of_run(run)


def test_an_old_run_is_calibrated_by_its_first_export(toy_run):
    from kerasft.run_calibration import calibration_of

    assert calibration_of(toy_run) is None
    made = export(toy_run)
    assert calibration_of(toy_run) == made.calibration
    before, after = made.ece
    assert after < before and made.calibration.examples == 237
    assert f"calibration error {before:.4f} -> {after:.4f}, log loss " in str(made)
    assert made.log_loss[1] < made.log_loss[0]
