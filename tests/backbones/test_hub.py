"""KerasHub presets from local folders: toy ones, written by KerasHub itself."""

import functools
import json
import shutil

import keras
import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.inputs.images.backbones.building import build_backbone
from kerasft.networks.blocks import split_blocks
from tests.seeds import draw_from

SCALE, OFFSET = [1 / 50, 1 / 60, 1 / 70], [-1.0, -2.0, 0.5]


def backbone_of(kind):
    import keras_hub

    draw_from(0)
    if kind == "vit":
        return keras_hub.models.ViTBackbone(
            image_shape=(32, 32, 3), patch_size=(8, 8), num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32
        )
    if kind == "deit":
        return keras_hub.models.DeiTBackbone(
            image_shape=(32, 32, 3),
            patch_size=(8, 8),
            num_layers=2,
            num_heads=2,
            hidden_dim=16,
            intermediate_dim=32,
        )
    return keras_hub.models.ResNetBackbone([64], [7], [64, 64], [2, 1], [1, 2], "basic_block")


KINDS = {"vit": "ViT", "deit": "DeiT", "resnet": "ResNet"}


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Makes preset folders, once each, and returns them with the backbones that were saved in them."""
    import keras_hub

    @functools.cache
    def made(kind):
        folder = tmp_path_factory.mktemp("presets") / kind
        backbone = backbone_of(kind)
        backbone.save_to_preset(folder)
        converter = getattr(keras_hub.layers, f"{KINDS[kind]}ImageConverter")
        converter(image_size=(32, 32), scale=SCALE, offset=OFFSET).save_to_preset(folder)
        return folder, backbone

    return made


@pytest.fixture(scope="module")
def built(presets):
    """What `build_backbone` makes of a preset, once of each. Don't change it."""
    return functools.cache(lambda kind: build_backbone(f"hub:{presets(kind)[0]}", 32))


# DeiT is ViT with one more token
@pytest.fixture(params=["vit", "resnet", pytest.param("deit", marks=pytest.mark.slow)])
def preset(request, presets):
    return presets(request.param)


@pytest.fixture
def vit(presets):
    return presets("vit")[0]


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")


def composed(parts):
    image = keras.Input((32, 32, 3))
    return keras.Model(image, parts.backbone(parts.preprocess(image)))


def test_a_local_preset_gives_features_of_raw_pictures(preset, built, pictures):
    folder, original = preset
    parts = built(folder.name)
    expected = original(pictures * np.float32(SCALE) + np.float32(OFFSET), training=False)
    np.testing.assert_allclose(composed(parts)(pictures, training=False), expected, atol=1e-5)
    assert parts.backbone.name == "backbone"
    assert parts.pool(parts.backbone.output).shape == (None, parts.backbone.output.shape[-1])


def test_transformer_blocks_and_residual_units_can_be_told_apart(preset, built, pictures):
    folder, _ = preset
    backbone = built(folder.name).backbone
    blocks = split_blocks(backbone)
    expected = {
        "vit": [
            "vit_patching_and_embedding",
            "transformer_block_1",
            "transformer_block_2",
        ],
        "deit": [
            "deit_patching_and_embedding",
            "transformer_block_1",
            "transformer_block_2",
        ],
        "resnet": ["conv1_conv", "stack0_block0", "stack0_block1", "stack1_block0"],
    }[folder.name]
    assert [block.name for block in blocks] == expected
    whole = np.asarray(backbone(pictures / 255, training=False))
    for block in blocks[1:]:
        trunk = keras.Model(backbone.input, list(block.cut))
        tail = keras.Model(list(block.cut), backbone.output)
        np.testing.assert_allclose(
            tail(trunk(pictures / 255, training=False), training=False), whole, atol=1e-5
        )


def test_it_is_rebuilt_from_its_config_when_the_preset_is_gone(preset, built, pictures, tmp_path):
    folder, _ = preset
    parts = built(folder.name)
    config = json.loads(json.dumps(parts.config))
    again = build_backbone(f"hub:{tmp_path / 'gone'}", 32, None, config)
    parts.backbone.save_weights(tmp_path / "a.weights.h5")
    again.backbone.load_weights(tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(
        composed(again)(pictures, training=False), composed(parts)(pictures, training=False)
    )
    assert again.config == parts.config
    assert [layer.name for layer in again.backbone.layers] == [layer.name for layer in parts.backbone.layers]


def test_random_weights_have_the_same_architecture(presets, built):
    folder, _ = presets("resnet")
    random, loaded = build_backbone(f"hub:{folder}", 32, None).backbone, built("resnet").backbone
    shapes = [[tuple(weight.shape) for weight in model.weights] for model in (random, loaded)]
    assert shapes[0] == shapes[1]
    assert any(
        not np.array_equal(*map(np.asarray, pair))
        for pair in zip(random.weights, loaded.weights, strict=True)
    )


def test_a_class_token_stands_for_the_picture(preset, built):
    folder, _ = preset
    parts = built(folder.name)
    features = np.random.default_rng(0).normal(size=(2, *parts.backbone.output.shape[1:])).astype("float32")
    inputs = keras.Input(features.shape[1:])
    found = np.asarray(keras.Model(inputs, parts.pool(inputs))(features))
    expected = features.mean((1, 2)) if folder.name == "resnet" else features[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def edited(folder, tmp_path, change=lambda config: None):
    """Returns a copy of a preset whose config.json was changed."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text())
    change(config)
    (copy / "config.json").write_text(json.dumps(config))
    return copy


def nest(config):
    evil = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"function": "x"},
        "registered_name": None,
    }
    config["config"]["activation"] = evil


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda config: config.update(registered_name="Custom>Evil"),
            "not of a KerasHub backbone.*Custom>Evil",
        ),
        (
            lambda config: config.update(registered_name="keras_hub>ImageConverter"),
            "not of a KerasHub backbone",
        ),
        (lambda config: config.update(config="x"), "not of a KerasHub backbone"),
        (nest, "names a class of other code.*Lambda"),
        (lambda config: config["config"].update(image_shape=[32, 32, 1]), "works at one size only"),
        (lambda config: config["config"].pop("image_shape"), "not of an image backbone"),
        (lambda config: config["config"].pop("hidden_dim"), "can't be built.*hidden_dim"),
    ],
)
def test_presets_that_would_build_something_else_are_refused(vit, tmp_path, change, message):
    folder = edited(vit, tmp_path, change)
    with pytest.raises(InputError, match=message):
        build_backbone(f"hub:{folder}", 32)


def test_a_config_from_a_run_is_checked_as_well(built):
    config = built("vit").config
    with pytest.raises(InputError, match="not of a KerasHub backbone"):
        build_backbone("hub:x", 32, None, {**config, "class": "Custom>Evil"})


def test_without_its_image_converter_a_preset_is_refused(vit, tmp_path):
    folder = edited(vit, tmp_path)
    (folder / "image_converter.json").unlink()
    with pytest.raises(
        InputError, match="image_converter.json.*the values that the backbone expects are unknown"
    ):
        build_backbone(f"hub:{folder}", 32)


def test_weights_of_another_network_are_refused(vit, tmp_path):
    folder = edited(vit, tmp_path)
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    other.save_weights(folder / "model.weights.h5")
    with pytest.raises(InputError, match="the weights file lacks"):
        build_backbone(f"hub:{folder}", 32)


def test_a_fixed_size_must_match(presets):
    with pytest.raises(InputError, match="works at one size only.*64 pixels.*use --image-size 32"):
        build_backbone(f"hub:{presets('vit')[0]}", 64)
    flexible = build_backbone(f"hub:{presets('resnet')[0]}", 48, None).backbone
    assert flexible.input_shape == (None, 48, 48, 3)


def test_an_unknown_preset_suggests_the_nearest():
    with pytest.raises(InputError, match="no such preset.*did you mean 'resnet_18_imagenet'"):
        build_backbone("hub:resnet_18_imagnet", 224)


def test_a_download_that_fails_says_what_else_there_is(monkeypatch):
    def refuse(*args):
        raise OSError("no network")

    monkeypatch.setattr("keras_hub.src.utils.preset_utils.get_file", refuse)
    with pytest.raises(
        UnavailableError, match="resnet_18_imagenet can't be downloaded: no network"
    ) as caught:
        build_backbone("hub:resnet_18_imagenet", 224)
    assert "--backbone hub:./FOLDER" in str(caught.value) and "--backbone starter" in str(caught.value)


@pytest.mark.parametrize(
    "config",
    [[], 1, {"scale": "x"}, {"scale": [1, None, 1]}, {"scale": [1, 1]}, {"offset": float("nan")},
     {"mean": [0, 0, 0], "variance": [0, 0, 0]}, {"mean": 1, "variance": [-1]}],
    ids=str,
)  # fmt: skip
def test_a_converter_without_numbers_is_refused(config, vit, tmp_path):
    folder = edited(vit, tmp_path)
    (folder / "image_converter.json").write_text(json.dumps({"config": config}))
    with pytest.raises(InputError, match="the preset can't be read"):
        build_backbone(f"hub:{folder}", 32)


def test_older_converters_give_mean_and_variance():
    from kerasft.networks.presets import scale_and_offset

    scale, offset = scale_and_offset(
        {"scale": 1 / 255, "mean": [0.5, 0.4, 0.3], "variance": [0.04, 0.09, 0.16]}
    )
    np.testing.assert_allclose(scale, np.divide(1 / 255, [0.2, 0.3, 0.4]))
    np.testing.assert_allclose(offset, -np.divide([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]))
    assert scale_and_offset({"scale": None, "offset": None}) == (1.0, 0.0)
