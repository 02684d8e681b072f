"""Files of models of boxes: MediaPipe's ObjectDetector, the model card, and boxes drawn on images."""

import importlib.util
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.cli.main import main
from kerasft.predicting.opening import as_predictor, predictor_of_file
from kerasft.targets.boxes.geometry import overlaps
from kerasft.targets.boxes.suppression import detections
from tests.tasks.examples import EXAMPLES

WITH_MEDIAPIPE = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="MediaPipe is not installed: pip install mediapipe"
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("boxes")


@pytest.fixture(scope="module")
def run(folder):
    """A run of images with boxes that has learned something."""
    example = EXAMPLES["object_detection"]
    splits = example.read(folder)
    training = kerasft.Training(batch_size=8, augment="light", views=2)
    phases = kerasft.two_phases(24, 4, head_learning_rate=3e-3, unfreeze=1)
    return kerasft.fine_tune(example.build(splits), splits, phases, folder / "run", training, verbose=False)


@pytest.fixture(scope="module", params=["float32", "int8"])
def exported(request, run):
    quantize = None if request.param == "float32" else request.param
    return kerasft.export(run, quantize=quantize, min_agreement=0.5, max_accuracy_drop=0.5)


def test_boxes_are_learned(run):
    evaluation = kerasft.evaluate(run)
    assert evaluation.score > 0.3, "untrained it is below 0.05"


@WITH_MEDIAPIPE
def test_mediapipe_finds_the_boxes_of_the_file(run, exported):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import ObjectDetector, ObjectDetectorOptions

    splits = run.splits()
    images = np.concatenate([splits.test.examples, splits.validation.examples, splits.train.examples])[:40]
    predictor = predictor_of_file(exported.path, 1)
    answers = predictor.predict(images)
    best, best_class = answers[..., 4:].max(axis=-1), answers[..., 4:].argmax(axis=-1)
    options = ObjectDetectorOptions(
        base_options=BaseOptions(model_asset_path=str(exported.path)), score_threshold=0.2, max_results=20
    )
    found = 0
    with ObjectDetector.create_from_options(options) as client:
        for row, image in enumerate(images):
            given = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))
            for each in client.detect(given).detections:
                box, category = each.bounding_box, each.categories[0]
                number = list(splits.class_names).index(category.category_name)
                same = (np.abs(best[row] - category.score) < 1e-3) & (best_class[row] == number)
                ours = answers[row][same, :4] * 64
                theirs = (
                    box.origin_x,
                    box.origin_y,
                    box.width,
                    box.height,
                )  # each cut to whole pixels by itself
                apart = np.abs(np.concatenate([ours[:, :2], ours[:, 2:] - ours[:, :2]], axis=1) - theirs)
                assert len(apart) and apart.max(axis=1).min() <= 1, (
                    "the score within 1e-3, the box within a pixel"
                )
                found += 1
            shown = (best[row] >= 0.2).any()
            assert bool(client.detect(given).detections) == bool(shown)
    assert found >= 20


@pytest.fixture(scope="module")
def finished(run):
    """A file that gives finished boxes, and lies beside that of the anchors."""
    return kerasft.export(run, form="boxes", max_accuracy_drop=0.5)


def test_finished_boxes_are_those_of_the_anchors(run, finished):
    test = run.splits().test
    schema, sizes = run.splits().schema, test.targets[:, 0, 2:4]
    answers = predictor_of_file(finished.path, 1).predict(test.examples)
    assert answers.shape == (len(test), 50, 4 + 2)
    whole = detections(as_predictor(run).predict(test.examples), sizes, schema)
    for mine, other in zip(detections(answers, sizes, schema), whole, strict=True):
        sure = other[other[:, 4] > 0.3]
        np.testing.assert_allclose(mine[: len(sure)], sure, atol=1e-2)
    assert kerasft.evaluate(finished.path, test).score == pytest.approx(finished.row.score, abs=1e-6)
    assert finished.path.name == "model_float32_boxes.tflite"


@WITH_MEDIAPIPE
def test_mediapipe_reads_finished_boxes(run, finished):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import ObjectDetector, ObjectDetectorOptions

    splits, predictor = run.splits(), predictor_of_file(finished.path, 1)
    images = splits.train.examples[:20]
    answers = predictor.predict(images)
    options = ObjectDetectorOptions(
        base_options=BaseOptions(model_asset_path=str(finished.path)), score_threshold=0.2, max_results=20
    )
    found = 0
    with ObjectDetector.create_from_options(options) as client:
        for answer, image in zip(answers, images, strict=True):
            given = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))
            for each in client.detect(given).detections:
                box, category = each.bounding_box, each.categories[0]
                number = list(splits.class_names).index(category.category_name)
                same = np.abs(answer[:, 4 + number] - category.score) < 1e-3
                ours = answer[same, :4] * 64
                theirs = (box.origin_x, box.origin_y, box.width, box.height)
                apart = np.abs(np.concatenate([ours[:, :2], ours[:, 2:] - ours[:, :2]], axis=1) - theirs)
                assert len(apart) and apart.max(axis=1).min() <= 1
                found += 1
    assert found >= 10


def test_the_card_has_code_for_finished_boxes(run, tmp_path):
    card = kerasft.export(run, form="boxes", max_accuracy_drop=0.5, output=tmp_path).card.read_text("utf-8")
    assert "val (top, left, bottom, right)" in card and 'openFd("model_float32_boxes.tflite")' in card


def test_a_form_that_there_is_not_is_refused(run):
    with pytest.raises(kerasft.base.errors.InputError, match="no such form.*anchors, boxes"):
        kerasft.export(run, form="circles")
    with pytest.raises(kerasft.base.errors.InputError, match="only a .tflite has another form"):
        kerasft.export(run, "onnx", form="boxes")


def test_the_card_has_code_for_mediapipe_and_for_litert(exported):
    card = exported.card.read_text("utf-8")
    assert "ObjectDetector.createFromOptions" in card and f'setModelAssetPath("{exported.path.name}")' in card
    assert "interpreter.runSignature(" in card and '"location" to location' in card


def test_boxes_are_told_and_drawn_in_pixels_of_the_image_that_was_asked_about(run, folder, tmp_path, capsys):
    with Image.open(folder / "blocks" / "07.png") as image:
        large = image.resize((256, 128), Image.Resampling.NEAREST)
    large.save(tmp_path / "large.png")
    made = tmp_path / "made"
    asked = ["predict", str(run.run_dir), str(tmp_path / "large.png"), "--drawings", str(made), "--json"]
    assert main(asked) == 0
    (told,) = json.loads(capsys.readouterr().out)["predictions"]
    (small,) = kerasft.predict(run, folder / "blocks" / "07.png")
    one, other = told["boxes"][0], small.boxes[0]
    assert one["class"] == other.name
    np.testing.assert_allclose(np.array(one["box"]) / 4, other.corners, atol=2)
    coco = json.loads((made / "predictions.coco.json").read_text("utf-8"))
    assert coco["images"] == [
        {"id": 1, "file_name": str(tmp_path / "large.png"), "width": 256, "height": 128}
    ]
    assert [each["name"] for each in coco["categories"]] == list(run.splits().class_names)
    x1, y1, x2, y2 = one["box"]
    np.testing.assert_allclose(coco["annotations"][0]["bbox"], [x1, y1, x2 - x1, y2 - y1], atol=0.01)
    assert coco["annotations"][0]["score"] == pytest.approx(one["score"], abs=1e-3)
    with Image.open(made / "large.boxes.png") as image:
        assert image.mode == "RGB" and image.size[0] == 2 * image.size[1]
    (again,) = kerasft.predict(run, [np.asarray(large)])
    np.testing.assert_allclose(
        [each.corners for each in again.boxes], [each["box"] for each in told["boxes"]], atol=0.01
    )


def test_a_file_gives_the_boxes_of_the_run(run, exported):
    test = run.splits().test
    schema, sizes = run.splits().schema, test.targets[:, 0, 2:4]
    file = predictor_of_file(exported.path, 1)
    ours, theirs = (
        detections(each, sizes, schema)
        for each in (
            as_predictor(run).predict(test.examples),
            file.predict(test.examples),
        )
    )
    for mine, other in zip(ours, theirs, strict=True):
        sure = mine[mine[:, 4] > 0.4]
        assert (overlaps(sure[:, :4], other[:, :4]).max(axis=1) > 0.5).all()
