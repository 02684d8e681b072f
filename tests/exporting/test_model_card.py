"""What lies beside a file: the card, golden images, and the calibration that file and run share."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import GateError
from kerasft.base.resizing import RESIZES, letterbox_box
from kerasft.base.shares import wilson
from kerasft.exporting import export, model_card
from kerasft.exporting.model_card import measured_files
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.kind import IMAGES
from kerasft.predicting.opening import load_predictor
from kerasft.targets.boxes.kind import BOXES
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes
from kerasft.targets.masks.kind import MASKS
from kerasft.targets.masks.schema import Masks
from tests.floats import assert_alike, limit_of


def test_wilsons_interval_by_the_book():
    # Newcombe 1998, table I, method 3: 81 of 263, and 0 of 20
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(20, 20)[1] == 1.0


def test_the_card_says_what_an_app_needs(exports):
    exports["float32"], exports["saved_model"]
    card = exports["int8"].card.read_text("utf-8")
    row = exports["int8"].row
    low, high = wilson(round(row.accuracy * 360), 360)
    for text in (
        "images in 10 classes", "with the backbone `toy`",
        "Source: `digits`. Examples: 1200 train, 237 validation, 360 test",
        f"| `model_int8.tflite` | {row.megabytes:.2f} | {row.accuracy:.4f} ({low:.4f} to {high:.4f}) |",
        "| `model_float32.tflite` |", "| `saved_model` |",
        "One RGB image of 16 x 16", "stretched to that size",
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
    assert "Version 1.2, licence CC-BY-4.0." in card and "No licence was given" not in card


def test_files_that_were_changed_are_not_listed(toy_run):
    made = export(toy_run)
    assert "No licence was given to this model" in made.card.read_text("utf-8")
    assert "pretrained backbone are under Apache-2.0." in model_card._licences("starter")
    assert [each["quantization"] for each in measured_files(made.path.parent)] == ["float32"]
    made.path.write_bytes(made.path.read_bytes() + b"more")
    assert measured_files(made.path.parent) == []


@pytest.mark.parametrize("quantization", ["int8", "float32", "saved_model"])
def test_golden_pictures_give_the_golden_answers(quantization, exports):
    path = exports[quantization].path
    golden = json.loads(path.with_name(f"{path.stem}.golden.json").read_text())
    assert len(golden) == 10 and len({each["label"] for each in golden}) == 10
    images = np.stack([np.asarray(Image.open(path.parent / each["image"])) for each in golden])
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
    """9 validation images are too few for a temperature, so it is set by hand."""
    import shutil

    from kerasft.base.statistics import softmax
    from kerasft.runs.calibration import keep_calibration
    from kerasft.targets.classes.calibration import Calibration

    folder = shutil.copytree(run.run_dir, tmp_path / "run")
    assert "not fitted: the validation split has 9 examples" in (folder / "calibration.json").read_text()
    predictor = load_predictor(folder)
    keep_calibration(kerasft.Run.open(folder), Calibration(2.5, 100, 0.2, 0.1))
    logits, test = predictor.outputs(splits.test.images), splits.test.images
    np.testing.assert_array_equal(load_predictor(folder).predict(test), softmax(logits, 2.5))
    np.testing.assert_array_equal(predictor.predict(test), softmax(logits))


@pytest.mark.slow
@pytest.mark.parametrize("format", ["tflite", "saved_model"])
def test_run_and_file_answer_alike(format, run, tmp_path, splits):
    """A run of kerasft: 9 validation images are too few for a temperature, so it is set by hand."""
    import shutil

    from kerasft.runs.calibration import keep_calibration, weights_key
    from kerasft.targets.classes.calibration import Calibration

    folder = shutil.copytree(run.run_dir, tmp_path / "run")
    copy = kerasft.Run.open(folder)
    before = load_predictor(folder).predict(splits.test.images)
    assert "not fitted: the validation split has 9 examples" in (folder / "calibration.json").read_text()
    keep_calibration(copy, Calibration(2.5, 100, 0.2, 0.1))
    after = load_predictor(folder).predict(splits.test.images)
    assert after.max() < before.max()
    made = export(copy, format)
    assert made.calibration.temperature == 2.5
    answers = load_predictor(made.path).predict(splits.test.images)
    assert_alike(f"{format} of a run, temperature 2.5", answers, after, limit_of(copy))
    head = copy.at("head")
    assert (weights_key(head) == weights_key(copy)) or load_predictor_of(head).calibration == {}


def load_predictor_of(run):
    from kerasft.predicting.opening import predictor_of_run

    return predictor_of_run(run)


def test_an_old_run_is_calibrated_by_its_first_export(toy_run):
    from kerasft.runs.calibration import calibration_of

    assert calibration_of(toy_run) is None
    made = export(toy_run)
    assert calibration_of(toy_run) == made.calibration
    before, after = made.confidence.ece
    assert after < before and made.calibration.examples == 237
    assert f"calibration error {before:.4f} -> {after:.4f}, log loss " in str(made)
    assert made.confidence.log_loss[1] < made.confidence.log_loss[0]


def test_the_card_and_the_json_say_which_runtime_the_file_needs(exports):
    """`dynamic` needed 2.17 (FULLY_CONNECTED 12), and nothing said so: tflite-runtime 2.14 could not load it."""
    dynamic = "2.4" if "Lite 2.4 " in exports["dynamic"].row.runtime else "2.17"  # see the next test
    expected = {"int8": "1.14", "dynamic": dynamic, "int16": "2.3", "float16": "1.15", "float32": "1.5"}
    card = [exports[quantization] for quantization in expected][0].card.read_text(
        "utf-8"
    )  # after all of them were made
    for quantization, version in expected.items():
        needs = f"TensorFlow Lite {version} or later, or LiteRT"
        assert exports[quantization].row.runtime == needs
        assert json.loads(exports[quantization].details.read_text())["measured"]["runtime"] == needs
        assert f"\nneeds {needs}\n" in str(exports[quantization])
        (line,) = [line for line in card.splitlines() if line.startswith(f"| `model_{quantization}.tflite`")]
        assert f"| {needs} |" in line
    assert exports["saved_model"].row.runtime.startswith("TensorFlow 2.")


def test_dense_kernels_get_a_scale_per_channel_only_where_that_decides_better(toy_run, monkeypatch):
    """Such a file needs 2.17, and one with a scale per kernel 2.4: the older runtime counts where both decide alike."""
    from dataclasses import replace

    from kerasft.exporting import measuring

    real, agreements = measuring.measure_file, []

    def with_agreement(path, quantization, *others):
        row, answers = real(path, quantization, *others)
        return replace(row, agreement=agreements.pop(0), score=row.keras_score, failures=()), answers

    monkeypatch.setattr(measuring, "measure_file", with_agreement)
    for agreements, version in (([1.0], "2.4"), ([0.995, 1.0], "2.17"), ([0.995, 0.995], "2.4")):
        assert f"Lite {version} " in export(toy_run, quantize="dynamic").row.runtime
        assert not agreements


def test_the_tolerance_is_measured_with_other_kernels(exports, trained):
    from kerasft.exporting.kernels import OTHER_KERNELS, _rounded_up, tolerance, use_kernels
    from kerasft.predicting.opening import predictor_of_file

    images = trained[1].test.images
    for quantization in ("int8", "dynamic", "int16", "float16", "float32"):
        made = exports[quantization]
        answers = predictor_of_file(made.path).predict(images)
        for kernels in OTHER_KERNELS:
            found = use_kernels(predictor_of_file(made.path), made.path, kernels).predict(images[:40])
            assert np.abs(found - answers[:40]).max() <= made.row.tolerance
        assert made.row.tolerance >= (1e-2 if quantization == "int8" else 1e-3)
        assert json.loads(made.details.read_text())["measured"]["tolerance"] == made.row.tolerance
    assert exports["saved_model"].row.tolerance is None

    class Off:
        def predict(self, column):
            return np.tile([0.5 + 0.013, 0.5 - 0.013], (len(column), 1))

    answers = np.full((50, 2), 0.5)
    assert tolerance(lambda kernels: Off(), np.zeros(50), answers, "dynamic") == 0.03
    assert [_rounded_up(value) for value in (1e-3, 0.0012, 0.05, 0.062)] == [1e-3, 2e-3, 0.05, 0.07]


def test_golden_inputs_show_every_class(exports):
    golden = json.loads(exports["int8"].path.with_name("model_int8.golden.json").read_text())
    assert sorted(each["label"] for each in golden) == list("0123456789")


def test_golden_texts_show_every_class_and_make_up_the_number():
    from kerasft.exporting.representative import first_of_each

    labels = np.array([0, 0, 0, 0, 1, 0, 0, 2, 1])
    assert first_of_each(labels, 9, 200, fill_up_to=5).tolist() == [0, 1, 2, 4, 7]
    assert first_of_each(labels, 9, 200).tolist() == [0, 4, 7]
    assert first_of_each(labels, 9, 2).tolist() == [0, 4]


def test_model_hubs_read_the_front_matter(toy_run):
    hub = pytest.importorskip("huggingface_hub")
    made = export(toy_run, quantize="int8", licence="CC-BY-4.0")
    data = hub.ModelCard.load(made.card).data
    assert (data.license, data.library_name, data.pipeline_tag) == (
        "cc-by-4.0",
        "litert",
        "image-classification",
    )
    assert data.model_name == "digits run" and "tflite" in data.tags
    (result,) = data.eval_results
    assert (result.metric_type, result.dataset_name, result.dataset_split) == ("accuracy", "digits", "test")
    assert result.metric_value == pytest.approx(made.row.accuracy, abs=1e-6)
    assert made.card.read_text("utf-8").startswith("---\nlicense: ")


def test_front_matter_stands_any_name_and_licence(toy_run, tmp_path):
    hub = pytest.importorskip("huggingface_hub")
    toy_run.run_dir = tmp_path / 'a: "b" # ---'
    made = export(toy_run, licence="Ours: only with a 'yes'")
    data = hub.ModelCard.load(made.card).data
    assert (data.license, data.license_name) == ("other", "Ours: only with a 'yes'")
    assert data.model_name == 'a: "b" # ---'
    assert '# a: "b" # ---: images in 10 classes' in made.card.read_text("utf-8")


def test_kotlin_for_litert_scales_as_the_file_asks(toy_run):
    def lines(**options):
        return export(toy_run, **options).card.read_text("utf-8").split("## In an app, with LiteRT")[1]

    floats = lines(quantize="dynamic")
    assert "input.putFloat(value.toFloat())" in floats and "arrayOf(FloatArray(10))" in floats
    assert "allocateDirect(4 * 3 * pixels.size)" in floats and 'openFd("model_dynamic.tflite")' in floats
    bytes_ = lines(quantize="int8")
    assert "input.put(value.toByte())" in bytes_ and "(it.toInt() and 255) / 256f" in bytes_
    signed = lines(quantize="int8", io="int8")
    assert "input.put((value - 128).toByte())" in signed and "(it + 128) / 256f" in signed
    assert "square" not in floats and "Canvas" not in floats


@pytest.mark.parametrize("resize", RESIZES)
def test_lines_for_an_app_declare_no_name_twice(resize):
    given = IMAGES.serving.kotlin(ImageEncoder(16, resize), "uint8", "probabilities")
    answers = (
        MASKS.answering.kotlin(Masks(("a", "b"), (0, 1), 16), "uint8"),
        CLASSES.answering.kotlin(Classes(("a", "b")), "uint8"),
        BOXES.answering.kotlin(Boxes(("a", "b"), 32, resize, (8.0, 16.0, 32.0)), "uint8"),
    )
    for answer in answers:
        lines = "\n".join((given.before, answer.before, given.after, answer.after))
        names = re.findall("^(?:val|var|fun|class) ([A-Za-z]+)", lines, re.MULTILINE)
        assert len(names) == len(set(names)) > 3, names
        assert "SIZE" not in lines


def test_the_card_says_what_mediapipe_sends_and_which_versions_fit(toy_run):
    card = export(toy_run).card.read_text("utf-8")
    assert "sends usage metrics to Google" in card and "`connect-src 'self'`" in card
    assert "tasks-vision:[0.10.26,2.0)" in card and "0.10.+" not in card


def test_crop_is_said_where_mediapipe_would_stretch(toy_run):
    from dataclasses import replace

    assert "middle square" not in str(export(toy_run))
    toy_run.model_config = replace(toy_run.model_config, resize="crop")
    made = export(toy_run)
    assert "note: MediaPipe stretches and this run crops" in str(made)
    card = made.card.read_text("utf-8")
    assert "up to 0.21 off. Cut the middle square out" in card and "createScaledBitmap(square, 16, 16" in card


def test_an_app_is_told_how_to_letterbox():
    encoder = ImageEncoder(16, "letterbox")
    assert IMAGES.serving.notes(encoder)[0].startswith("MediaPipe stretches and this run letterboxes: ")
    assert "Make such a square before you ask it" in IMAGES.serving.limits(encoder)[1]
    assert "until the longer side fits" in IMAGES.serving.goes_in(encoder)[1]
    lines = IMAGES.serving.kotlin(encoder, "float32", "probabilities")
    assert "canvas.drawColor(Color.rgb(114, 114, 114))" in lines.before
    for name in re.findall("(Canvas|Color|Paint|Rect)[(.]", lines.before):
        assert f"import android.graphics.{name}\n" in lines.imports


def test_the_place_of_an_image_in_an_app_is_that_of_training():
    """The lines of Kotlin are taken for Python, whose whole numbers above 0 are divided alike with //."""
    lines = IMAGES.serving.kotlin(ImageEncoder(24, "letterbox"), "float32", "probabilities").before
    lines = (
        lines[: lines.index("val small")].replace("val ", "").replace("  // ", "  # ").replace(" / ", " // ")
    )
    for height, width in ((480, 640), (31, 77), (1, 500), (900, 1), (5, 48), (24, 24)):
        found = []
        rectangle = SimpleNamespace(offset=lambda *at, found=found: found.extend(at))
        names = {
            "bitmap": SimpleNamespace(width=width, height=height), "maxOf": max,
            "Rect": lambda *sides, found=found, made=rectangle: (found.extend(sides), made)[1],
        }  # fmt: skip
        exec(lines.replace("// Android", "# Android"), names)
        _, _, across, down, left, top = found
        assert (top, left, down, across) == letterbox_box(height, width, 24)
