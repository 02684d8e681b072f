"""Files of models of masks: MediaPipe's ImageSegmenter, the model card, and masks as images."""

import importlib.util
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.cli.main import main
from kerasft.predicting.opening import predictor_of_file
from kerasft.targets.masks.decoding import decode_mask
from tests.data.test_masks import write
from tests.tasks.examples import EXAMPLES

WITH_MEDIAPIPE = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="MediaPipe is not installed: pip install mediapipe"
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("masks")


@pytest.fixture(scope="module")
def run(folder):
    """A run of images with masks that has learned something."""
    example = EXAMPLES["image_segmentation"]
    splits = example.read(folder)
    training = kerasft.Training(batch_size=8, augment="light", views=2)
    phases = kerasft.two_phases(4, 2, head_learning_rate=1e-2, unfreeze=1)
    return kerasft.fine_tune(example.build(splits), splits, phases, folder / "run", training, verbose=False)


@pytest.fixture(scope="module", params=["float32", "int8"])
def exported(request, run):
    quantize = None if request.param == "float32" else request.param
    return kerasft.export(run, quantize=quantize, min_agreement=0.5, max_accuracy_drop=0.5)


@WITH_MEDIAPIPE
def test_mediapipe_gives_the_class_and_the_probabilities_of_each_pixel(run, exported):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import ImageSegmenter, ImageSegmenterOptions

    splits = run.splits()
    images = np.concatenate([splits.test.examples, splits.validation.examples, splits.train.examples])[:40]
    expected = predictor_of_file(exported.path, 1).predict(images)
    options = ImageSegmenterOptions(
        base_options=BaseOptions(model_asset_path=str(exported.path)),
        output_category_mask=True,
        output_confidence_masks=True,
    )
    with ImageSegmenter.create_from_options(options) as client:
        assert client.labels == list(splits.class_names)
        for image, answer in zip(images, expected, strict=True):
            given = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))
            found = client.segment(given)
            mask = found.category_mask.numpy_view().squeeze()
            assert (mask == answer.argmax(axis=-1)).mean() >= 0.995
            each = [one.numpy_view().squeeze() for one in found.confidence_masks]
            np.testing.assert_allclose(np.stack(each, axis=-1), answer, atol=1e-3)
    assert len(images) == 40 and len({answer.argmax(axis=-1).tobytes() for answer in expected}) > 1


@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "mobilenet_v3_small", "resnet50"])
def test_a_run_without_the_upper_part_of_its_backbone_is_opened_again(backbone, tmp_path):
    """Most weights of these are in what masks don't need, and opening a run makes all before it leaves them out."""
    splits = kerasft.read_images_with_masks(write(tmp_path / "data"), 32)
    model = kerasft.build_model(
        "image_segmentation", backbone=backbone, schema=splits.schema, image_size=32, weights=None
    )
    training, phases = kerasft.Training(batch_size=8, augment="none"), kerasft.two_phases(1, 0)
    kerasft.fine_tune(model, splits, phases, tmp_path / "run", training, verbose=False)
    opened = kerasft.Run.open(tmp_path / "run").load_model()
    assert opened.count_params() == model.count_params()
    if (
        backbone == "efficientnet_lite0"
    ):  # whose test split has fewer images than a class needs to get a share
        assert kerasft.export(tmp_path / "run").row.examples == len(splits.test) < 6


def test_the_card_has_code_for_mediapipe(exported):
    card = exported.card.read_text("utf-8")
    assert "ImageSegmenter.createFromOptions" in card and f'setModelAssetPath("{exported.path.name}")' in card
    assert "probabilities for each pixel" in card and "`--io int8`" in card


def test_masks_are_written_as_training_takes_them(run, folder, tmp_path, capsys):
    """Masks that a model wrote, taken for the truth, are what it answers: its IoU is 1."""
    source = folder / "halves" / "images"
    data = tmp_path / "again"
    (data / "images").mkdir(parents=True)
    (data / "masks").mkdir()
    for path in sorted(source.iterdir())[:12]:
        with Image.open(path) as image:
            image.resize((16, 16)).save(data / "images" / path.name)  # the model's size: nothing is rounded
    made = tmp_path / "made"
    assert main(["predict", str(run.run_dir), str(data / "images"), "--drawings", str(made), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["drawings"] == str(made)
    assert len(list(made.iterdir())) == 24
    for path in made.glob("*.mask.png"):
        (data / "masks" / path.name.replace(".mask", "")).write_bytes(path.read_bytes())
    assert kerasft.evaluate(run, data).score == 1
    one = next(source.iterdir())
    large = tmp_path / "large.png"
    with Image.open(one) as image:
        image.resize((60, 40)).save(large)
    kerasft.predict_many(run, large, drawings=made)
    assert decode_mask(made / "large.mask.png").shape == (40, 60)
    with Image.open(made / "large.overlay.png") as image:
        assert image.size == (60, 40) and image.mode == "RGB"
