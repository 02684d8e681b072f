"""Traps 4, 5 and 23: one architecture whatever the weights, equal to Keras' own pretrained model."""

import keras
import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.applications import check_normalization
from kerasft.inputs.images.backbones.building import build_backbone
from kerasft.networks.blocks import split_blocks

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def composed(parts, size):
    image = keras.Input((size, size, 3))
    return keras.Model(image, parts.backbone(parts.preprocess(image)))


def layers_of(model):
    return [
        (type(layer), layer.name, [tuple(weight.shape) for weight in layer.weights]) for layer in model.layers
    ]


def compare_with_keras(serve, keras_function, images, name, weights="pretrained"):
    """The backbone computes what Keras' model with weights="imagenet" does, on pixels as that one needs them."""
    entry = catalog.find(name)
    size = entry.min_size
    reference = serve(entry, size)
    parts = build_backbone(name, size, weights)
    pictures = images[:2, :size, :size]
    expected = np.asarray(reference(keras_function(entry, pictures), training=False))
    found = np.asarray(composed(parts, size)(pictures, training=False))
    scale = np.abs(expected).max()
    assert np.abs(expected[0] - expected[1]).max() > 0.1 * scale  # else any input would do
    np.testing.assert_allclose(found, expected, atol=1e-3 * scale)  # random networks amplify rounding
    assert parts.backbone.count_params() == pytest.approx(entry.parameters * 1e6, rel=1e-3)
    return parts, reference, scale


@pytest.mark.slow
def test_efficientnet_from_a_file_is_keras_pretrained_model(serve, keras_function, images, tmp_path):
    """Trap 5: Keras itself makes another function of the file that it downloads for `weights="imagenet"`."""
    file = str(tmp_path / "served_notop.h5")
    _, reference, scale = compare_with_keras(serve, keras_function, images, "efficientnet_b0", weights=file)
    keras_model = keras.applications.EfficientNetB0(include_top=False, weights=file, input_shape=(32, 32, 3))
    assert len(keras_model.layers) == len(reference.layers) - 1
    pictures = images[:2, :32, :32].astype("float32")
    difference = reference(pictures, training=False) - keras_model(pictures, training=False)
    assert np.abs(difference).max() > 0.05 * scale


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize(
    "name",
    ["mobilenet_v3_small", "vgg16", "mobilenet_v2", "mobilenet", "efficientnet_b0", "efficientnet_v2_b0",
     "efficientnet_v2_s", "convnext_tiny", "resnet50", "resnet50_v2", "densenet121", "nasnet_mobile", "inception_v3",
     "inception_resnet_v2", "xception"],
)  # fmt: skip
def test_the_function_is_that_of_keras_pretrained_model_in_every_family(serve, keras_function, images, name):
    parts, _, _ = compare_with_keras(serve, keras_function, images, name)
    size = catalog.find(name).min_size
    assert layers_of(build_backbone(name, size, None).backbone) == layers_of(parts.backbone)
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def backbone():
    """MobileNetV3 small, built once."""
    return build_backbone("mobilenet_v3_small", 32, None).backbone


def test_names_do_not_depend_on_what_was_built_before(backbone):
    names = [layer.name for layer in backbone.layers]
    assert names == [layer.name for layer in build_backbone("mobilenet_v3_small", 32, None).backbone.layers]
    assert {"activation", "activation_1", "re_lu"} < set(names)


def test_layers_give_tensors_of_the_backbones_own_graph(backbone):
    """`get_layer(...).output` is what explanations and caches start from; a shared layer would give another graph's."""
    middle = keras.Model(backbone.input, backbone.get_layer("expanded_conv_2_add").output)
    assert middle.output.shape == (None, 4, 4, 24)


@pytest.mark.parametrize("name, size", [("mobilenet_v3_small", 31), ("xception", 70), ("inception_v3", 74)])
def test_too_small_pictures_are_refused_before_building(name, size):
    with pytest.raises(
        InputError, match=rf"too small for {name} \(received: {size} pixels\); use --image-size"
    ):
        build_backbone(name, size, None)


@pytest.mark.parametrize(
    "name", ["mobilenet_v3_small", pytest.param("nasnet_mobile", marks=pytest.mark.slow)]
)
def test_without_a_network_the_error_says_which_file_goes_where(name, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.config.keras_home", lambda: str(tmp_path), raising=False)
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path), raising=False)

    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    with pytest.raises(UnavailableError) as caught:
        build_backbone(name, 32, "pretrained")
    text = str(caught.value)
    file, url = {
        "mobilenet_v3_small": (
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            "mobilenet_v3/weights_",
        ),
        "nasnet_mobile": ("nasnet_mobile_no_top.h5", "nasnet/NASNet-mobile-no-top.h5"),
    }[name]
    assert f"the pretrained weights of {name} can't be downloaded: no network" in text
    assert f"put it into {tmp_path / 'models'} as {file}" in text
    assert url in text and "--weights FILE" in text and "--backbone starter" in text


@pytest.mark.parametrize(
    "mean, variance, weights, right",
    [
        (MEAN, DEVIATION, "pretrained", True),  # as Keras serves it: the deviation where the variance belongs
        (MEAN, DEVIATION, "a.h5", True),
        (MEAN, DEVIATION**2, "a.h5", True),
        (MEAN, DEVIATION**2, "pretrained", False),
        (np.zeros(3), np.ones(3), "a.h5", False),  # trained on 0..1
        (MEAN[::-1], DEVIATION, "a.h5", False),
    ],
)
def test_efficientnet_weights_made_for_other_pixels_are_refused(mean, variance, weights, right):
    image = keras.Input((4, 4, 3))
    model = keras.Model(image, keras.layers.Normalization()(image))
    model.layers[1].set_weights([mean, variance, np.array(0)])
    entry = catalog.find("efficientnet_b0")
    if right:
        check_normalization(model, entry, weights)
    else:
        with pytest.raises(
            InputError, match="trained on other input values than efficientnet_b0 expects.*mean"
        ):
            check_normalization(model, entry, weights)


@pytest.fixture
def zeros(monkeypatch):
    """Lets weights begin at zero: two billion random numbers take longer than the graphs."""
    from keras.src.initializers import random_initializers

    for name in ("normal", "truncated_normal", "uniform"):
        monkeypatch.setattr(
            random_initializers.random, name, lambda shape, *a, dtype=None, **k: keras.ops.zeros(shape, dtype)
        )


@pytest.mark.slow
@pytest.mark.turns(4)
@pytest.mark.parametrize(
    "name", [name for name in catalog.names() if catalog.find(name).source == "applications"]
)
def test_every_application_builds_preprocesses_and_splits(name, zeros):
    entry = catalog.find(name)
    parts = build_backbone(name, entry.min_size, None)
    assert parts.backbone.name == "backbone"
    assert parts.backbone.count_params() == pytest.approx(entry.parameters * 1e6, rel=1e-3)
    assert parts.pool(parts.backbone.output).shape == (None, parts.backbone.output.shape[-1])
    blocks = split_blocks(parts.backbone)
    assert len(blocks) >= 5 and len({block.name for block in blocks}) == len(blocks)
    found = [id(layer) for block in blocks for layer in block.layers]
    assert len(found) == len(set(found))
    assert {id(layer) for layer in parts.backbone.layers if layer.weights} <= set(found)
    assert {len(block.cut) for block in blocks} <= ({1, 2} if entry.family == "nasnet" else {1})
    keras.backend.clear_session()
