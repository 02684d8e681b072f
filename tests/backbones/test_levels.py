"""The feature maps of a backbone at several strides: which they are, and a backbone that gives them."""

import keras
import numpy as np
import pytest
from keras import layers

import kerasft
from kerasft.base.errors import InputError
from kerasft.inputs.images.backbones import building, catalog
from kerasft.networks.blocks import split_blocks
from kerasft.networks.graph import Graph
from kerasft.networks.levels import levels_of, with_levels
from tests.seeds import draw_from

ALL = {4, 8, 16, 32}
LEVELS = {  # of the families at 96 pixels: channels by stride
    "convnext_tiny": {4: 96, 8: 192, 16: 384, 32: 768},
    "densenet121": {4: 256, 8: 512, 16: 1024, 32: 1024},
    "efficientnet_b0": {4: 24, 8: 40, 16: 112, 32: 1280},
    "efficientnet_lite0": {4: 24, 8: 40, 16: 112, 32: 1280},
    "efficientnet_v2_b0": {4: 32, 8: 48, 16: 112, 32: 1280},
    "inception_resnet_v2": {},  # its convolutions lose the border: no map lies evenly on the image
    "inception_v3": {},
    "mobilenet": {4: 128, 8: 256, 16: 512, 32: 1024},
    "mobilenet_v2": {4: 24, 8: 32, 16: 96, 32: 1280},
    "mobilenet_v3_small": {4: 16, 8: 24, 16: 48, 32: 576},
    "nasnet_mobile": {32: 1056},  # two tensors cross between its cells
    "resnet50": {4: 256, 8: 512, 16: 1024, 32: 2048},
    "resnet50_v2": {4: 256, 8: 512, 16: 1024, 32: 2048},
    "starter": {4: 64, 8: 128, 16: 192},
    "vgg16": {4: 128, 8: 256, 16: 512, 32: 512},
    "xception": {8: 256, 16: 728, 32: 2048},  # its stem loses the border: 23 of 24 positions
}


def bottleneck(x, name, filters, strides):
    """An inverted residual: the map inside is six times wider than what it gives."""
    wide = layers.Conv2D(6 * x.shape[-1], 1, name=f"{name}_expand")(x)
    wide = layers.DepthwiseConv2D(3, strides, padding="same", name=f"{name}_depthwise")(layers.ReLU()(wide))
    narrow = layers.BatchNormalization(name=f"{name}_bn")(
        layers.Conv2D(filters, 1, name=f"{name}_project")(wide)
    )
    return layers.Add()([x, narrow]) if strides == 1 and filters == x.shape[-1] else narrow


@pytest.fixture(scope="module")
def backbone():
    draw_from(0)
    image = keras.Input((40, 32, 3))
    x = layers.Conv2D(2, 3, 2, padding="same", name="stem")(image)
    for number, (filters, strides) in enumerate([(3, 2), (3, 1), (4, 2), (5, 2), (5, 1), (6, 2)]):
        x = bottleneck(x, f"block_{number}", filters, strides)
    return keras.Model(image, layers.Conv2D(7, 1, name="top")(x))


def test_a_level_is_the_last_map_of_its_size_that_alone_carries_the_graph(backbone):
    levels = levels_of(backbone)
    assert list(levels) == [4, 8, 16, 32]
    assert [tuple(each.shape[1:]) for each in levels.values()] == [
        (10, 8, 3), (5, 4, 4), (3, 2, 5), (2, 1, 7),
    ]  # fmt: skip
    assert levels[4]._keras_history.operation is backbone.get_layer("block_2_expand").input._keras_history[0]


def test_a_backbone_with_levels_has_them_by_name_over_the_same_layers(backbone):
    images = np.random.default_rng(0).normal(size=(2, 40, 32, 3)).astype("float32")
    two = with_levels(backbone, (8, 4))
    assert two.name == "backbone" and sorted(two.output) == ["stride_4", "stride_8"]
    assert all(layer is backbone.get_layer(layer.name) for layer in two.layers if layer.weights)
    assert "block_3_expand" not in {layer.name for layer in two.layers}  # nothing asked for depends on it
    found = two(images, training=False)
    for stride, tensor in levels_of(backbone).items():
        if stride < 16:
            whole = keras.Model(backbone.input, tensor)(images, training=False)
            np.testing.assert_array_equal(found[f"stride_{stride}"], whole)


def test_a_backbone_with_levels_has_them_still(backbone):
    again = levels_of(with_levels(backbone, (32, 8)))
    assert {stride: id(tensor) for stride, tensor in again.items()} == {
        stride: id(tensor) for stride, tensor in levels_of(backbone).items()
    }


def test_what_there_is_not_is_refused_by_its_number(backbone):
    message = (
        r"no feature map of stride 2, 64, only of 4, 8, 16, 32 \(received: 40 x 32 pixels\); "
        "use another backbone, such as mobilenet_v3_small, with an image size that is a multiple of 32"
    )
    with pytest.raises(InputError, match=message):
        with_levels(backbone, (64, 4, 2))


def test_what_lies_on_no_grid_of_the_image_is_no_level():
    for size, padding in ((32, "valid"), (None, "same")):
        image = keras.Input((size, size, 3))
        x = layers.Conv2D(4, 7, 4, padding=padding, name="a")(image)  # 7 positions of 8 without the border
        model = keras.Model(image, layers.Conv2D(4, 3, padding=padding, name="b")(x))
        with pytest.raises(InputError, match="has no feature map of stride 4, nor of any other"):
            with_levels(model, (4,))


def test_tokens_are_no_level():
    image = keras.Input((32, 32, 3))
    patches = layers.Reshape((16, 4))(layers.Conv2D(4, 8, 8, name="patches")(image))
    assert levels_of(keras.Model(image, layers.Dense(4, name="b")(layers.Dense(4, name="a")(patches)))) == {}


def test_blocks_and_their_cuts_are_those_of_the_backbone_and_outputs_below_are_taps(backbone):
    levels = levels_of(backbone)
    pyramid = with_levels(backbone, (4, 16, 32))
    for one, other in zip(split_blocks(backbone), split_blocks(pyramid), strict=True):
        assert one.name == other.name and one.taps == ()
        assert {id(layer) for layer in one.layers} == {id(layer) for layer in other.layers}
        assert [id(tensor) for tensor in one.cut] == [id(tensor) for tensor in other.cut]
        lower = Graph(backbone).below(one.cut)
        below = {id(t) for s, t in levels.items() if s != 8 and Graph(backbone).below([t]) & ~lower == 0}
        assert {id(tensor) for tensor in other.taps} == below - {id(tensor) for tensor in other.cut}
        assert other.crossing == other.cut + other.taps


def test_a_part_above_a_cut_gives_all_outputs(backbone):
    images = np.random.default_rng(0).normal(size=(2, 40, 32, 3)).astype("float32")
    pyramid = with_levels(backbone, (4, 16))
    crossed = set()
    for block in split_blocks(pyramid)[1:]:
        crossed.add(len(block.crossing))
        trunk = keras.Model(pyramid.input, list(block.crossing))(images, training=False)
        above = [t for t in pyramid.outputs if id(t) not in {id(each) for each in block.crossing}]
        tail = keras.Model(list(block.crossing), above)(trunk, training=False)
        whole = keras.Model(pyramid.input, above)(images, training=False)
        for one, other in zip(tail, whole, strict=True):
            np.testing.assert_array_equal(one, other)
    assert crossed == {1, 2}


@pytest.mark.slow
@pytest.mark.parametrize("name", LEVELS)
def test_levels_of_the_families(name):
    backbone = building.build_backbone(name, 96, None).backbone
    found = {stride: tensor.shape for stride, tensor in levels_of(backbone).items()}
    assert set(catalog.find(name).lacks) == {4, 8, 16} - set(found)
    assert {stride: shape[3] for stride, shape in found.items()} == LEVELS[name]
    assert all(shape[1:3] == (96 // stride, 96 // stride) for stride, shape in found.items())
    if missing := ALL - set(found):
        with pytest.raises(InputError, match=f"no feature map of stride {min(missing)}, "):
            with_levels(backbone, (min(missing), *found))
    if found:
        assert {block.name for block in split_blocks(with_levels(backbone, list(found)))} == {
            block.name for block in split_blocks(backbone)
        }


def test_what_the_catalogue_knows_of_missing_maps_is_what_was_found():
    assert {name: set(catalog.find(name).lacks) for name in LEVELS} == {
        name: {4, 8, 16} - set(found) for name, found in LEVELS.items()
    }


@pytest.mark.parametrize(
    ("task", "backbone", "lacking"),
    [
        ("object_detection", "inception_v3", "8"),
        ("object_detection", "nasnet_mobile", "8"),
        ("image_segmentation", "inception_v3", "4, 8, 16"),
        ("image_segmentation", "xception", "4"),
    ],
)
def test_a_backbone_that_no_size_makes_fit_is_refused_before_its_size_and_its_weights(
    task, backbone, lacking
):
    message = f"no feature map of stride {lacking} at any size .received: {backbone}.; use another backbone"
    with pytest.raises(InputError, match=message):
        kerasft.build_model(task, backbone=backbone, class_names=("a", "b"), image_size=64)


def test_all_families_are_tried():
    families = {catalog.find(name).family for name in catalog.names()}
    assert families == {catalog.find(name).family for name in LEVELS}
