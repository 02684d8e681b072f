"""Files of models with several labels: their thresholds, and MediaPipe, which gives each label's probability."""

import importlib.util
import re
import shutil

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.predicting.opening import predictor_of_file
from tests.tasks.examples import EXAMPLES

WITH_MEDIAPIPE = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="MediaPipe is not installed: pip install mediapipe"
)


@pytest.fixture(scope="module")
def of_images(halves, tmp_path_factory):
    """The file of a run of images with labels."""
    run, _ = halves
    copy = shutil.copytree(run.run_dir, tmp_path_factory.mktemp("labels") / "run")
    return kerasft.export(kerasft.Run.open(copy))


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A run of texts with labels."""
    folder, example = tmp_path_factory.mktemp("texts"), EXAMPLES["text_multilabel"]
    splits = example.read(folder)
    training = kerasft.Training(batch_size=8, augment="none")
    phases = kerasft.two_phases(3, 0, head_learning_rate=3e-2)
    return kerasft.fine_tune(example.build(splits), splits, phases, folder / "run", training, verbose=False)


def test_a_share_of_right_answers_is_not_for_labels(halves):
    run, _ = halves
    said = "--unknown-precision means nothing to the answers of image_multilabel: each label has a threshold"
    with pytest.raises(InputError, match=said):
        kerasft.export(run, unknown_precision=0.9)


def test_the_card_has_code_for_mediapipe_with_the_thresholds_of_the_run(of_images):
    card = of_images.card.read_text("utf-8")
    cuts = predictor_of_file(of_images.path, 1).schema.cuts
    assert "ImageClassifier.createFromFile" in card and "firstOrNull" not in card
    kotlin, swift = re.findall(r"thresholds = floatArrayOf\((.*)\)|thresholds: \[Float\] = \[(.*)\]", card)[
        1:
    ]
    assert [float(each.rstrip("f")) for each in kotlin[0].split(", ")] == pytest.approx(cuts.tolist())
    assert [float(each) for each in swift[1].split(", ")] == pytest.approx(cuts.tolist())


def scores(result, names):
    (head,) = result.classifications
    by_name = {each.category_name: each.score for each in head.categories}
    assert [names[each.index] for each in head.categories] == [each.category_name for each in head.categories]
    return [by_name.get(name, 0.0) for name in names]


@pytest.mark.slow
@WITH_MEDIAPIPE
def test_mediapipe_gives_the_probability_of_each_label_of_an_image(halves, of_images):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import ImageClassifier, ImageClassifierOptions

    splits = halves[0].splits()
    expected = predictor_of_file(of_images.path, 1).predict(splits.test.images)
    options = ImageClassifierOptions(base_options=BaseOptions(model_asset_path=str(of_images.path)))
    with ImageClassifier.create_from_options(options) as client:
        images = [
            mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(each))
            for each in splits.test.images
        ]
        found = np.array([scores(client.classify(each), splits.class_names) for each in images])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.ptp(found.sum(axis=1)) > 0.1  # each by itself: their sum is not 1


@pytest.mark.slow
@WITH_MEDIAPIPE
def test_mediapipe_gives_the_probability_of_each_label_of_a_text(texts):
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.text import TextClassifier, TextClassifierOptions

    made, splits = kerasft.export(texts), texts.splits()
    assert "TextClassifier.createFromFile" in made.card.read_text("utf-8")
    expected = predictor_of_file(made.path, 1).predict(splits.test.texts)
    options = TextClassifierOptions(base_options=BaseOptions(model_asset_path=str(made.path)))
    with TextClassifier.create_from_options(options) as client:
        found = np.array([scores(client.classify(each), splits.class_names) for each in splits.test.texts])
    np.testing.assert_allclose(found, expected, atol=1e-5)
