"""Blocks of small graphs of each kind: where they are cut, and that a tail computes what the whole does."""

import keras
import numpy as np
import pytest
from keras import layers

from kerasft.base.errors import InputError
from kerasft.networks.blocks import resolve_unfreeze, split_blocks
from tests.seeds import draw_from

SHAPE = (8, 8, 3)


def conv(x, name, filters=3):
    x = layers.Conv2D(filters, 3, padding="same", name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def chain(x):
    for name in ("a", "b", "c"):
        x = conv(x, name)
    return layers.MaxPooling2D(name="pool")(x)


def vgg(x):
    for block, count in ((1, 2), (2, 2), (3, 3)):
        for number in range(count):
            x = conv(x, f"block{block}_conv{number + 1}")
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    return x


def separable(x):
    x = conv(x, "conv1")
    for number in (1, 2, 3):
        x = layers.ZeroPadding2D(name=f"conv_pad_{number}")(x)
        x = layers.DepthwiseConv2D(3, name=f"conv_dw_{number}")(x)
        x = conv(x, f"conv_pw_{number}")
    return x


def residual(x):
    x = conv(x, "stem")
    for number in (1, 2):
        branch = conv(conv(x, f"r{number}_first"), f"r{number}_second")
        x = layers.ReLU(name=f"r{number}_out")(layers.Add(name=f"r{number}_add")([x, branch]))
    return x


def bare_operations(x):
    x = conv(x, "stem")
    gate = layers.ReLU(6.0, name="gate")(conv(x, "squeeze") + 3.0) * (1.0 / 6.0)
    return conv(x * gate, "top")


def dense(x):
    x = conv(x, "stem")
    for number in (1, 2, 3):
        step = conv(conv(x, f"conv2_block{number}_1"), f"conv2_block{number}_2")
        x = layers.Concatenate(name=f"conv2_block{number}_concat")([x, step])
    return conv(x, "pool2")


def branches(x):
    x = conv(x, "stem")
    for number in (0, 1):
        parts = [conv(x, f"m{number}_a"), conv(conv(x, f"m{number}_b"), f"m{number}_c")]
        x = layers.Concatenate(name=f"mixed{number}")(parts)
    return x


def cells(x):
    """Each cell takes the outputs of the two cells before, as in NASNet."""
    x = conv(x, "stem_conv1")
    before, x = x, conv(x, "normal_conv_1_stem_1")
    for number in range(4):
        adjusted = conv(before, f"adjust_conv_{number}")
        left = layers.Add(name=f"normal_add_1_{number}")([adjusted, conv(x, f"normal_left1_{number}")])
        right = layers.Add(name=f"normal_add_2_{number}")([x, conv(adjusted, f"normal_right1_{number}")])
        before, x = x, layers.Average(name=f"normal_concat_{number}")([left, right])
    return layers.ReLU(name="last")(x)


def nested(x):
    inner = [layers.Conv2D(3, 1, name="n_conv"), layers.LayerNormalization(name="n_norm")]
    return conv(keras.Sequential(inner, name="n_stem")(x), "top")


def preprocessed(x):
    x = layers.Normalization(mean=[0.0, 0.1, 0.2], variance=[1.0, 2.0, 3.0])(layers.Rescaling(0.1)(x))
    return conv(conv(x, "stem"), "top")


def shared(x):
    """One layer used at two heights: no cut may come between its calls."""
    layer = layers.Conv2D(3, 3, padding="same", name="twice")
    return conv(layer(conv(layer(conv(x, "low")), "middle")), "high")


GRAPHS = {
    chain: ["a", "b", "c"],
    vgg: ["block1", "block2", "block3"],
    separable: ["conv1", "conv_1", "conv_2", "conv_3"],
    residual: ["stem", "r1_first", "r2_first"],
    bare_operations: ["stem", "squeeze", "top"],
    dense: ["stem", "conv2_block1", "conv2_block2", "conv2_block3", "pool2"],
    branches: ["stem", "mixed0", "mixed1"],
    cells: ["stem_conv1", "cell_stem_1", "cell_0", "cell_1", "cell_2", "cell_3"],
    nested: ["n_stem", "top"],
    preprocessed: ["stem", "top"],
    shared: ["low", "twice", "high"],
}


@pytest.fixture(scope="module", params=GRAPHS, ids=lambda graph: graph.__name__)
def case(request):
    draw_from(0)
    image = keras.Input(SHAPE)
    return keras.Model(image, request.param(image), name="backbone"), GRAPHS[request.param]


def test_blocks_are_the_units_one_expects(case):
    backbone, expected = case
    assert [block.name for block in split_blocks(backbone)] == expected


def test_every_layer_is_in_exactly_one_block_and_every_block_has_a_kernel(case):
    backbone, _ = case
    blocks = split_blocks(backbone)
    found = [id(layer) for block in blocks for layer in block.layers]
    assert sorted(found) == sorted(id(layer) for layer in backbone.layers[1:])
    for block in blocks:
        assert any(len(weight.shape) > 1 for layer in block.layers for weight in layer.weights)


def test_a_tail_computes_what_the_backbone_does(case):
    backbone, _ = case
    images = np.random.default_rng(0).normal(size=(2, *SHAPE)).astype("float32")
    expected = np.asarray(backbone(images, training=False))
    blocks = split_blocks(backbone)
    assert [tensor is backbone.inputs[0] for tensor in blocks[0].cut] == [True]
    for block in blocks[1:]:
        trunk = keras.Model(backbone.input, list(block.cut))
        tail = keras.Model(list(block.cut), backbone.output)
        np.testing.assert_array_equal(tail(trunk(images, training=False), training=False), expected)


def test_a_tail_holds_the_blocks_above_its_cut_and_no_others(case):
    backbone, _ = case
    blocks = split_blocks(backbone)
    for index, block in enumerate(blocks[1:], start=1):
        tail = keras.Model(list(block.cut), backbone.output)
        weights = {id(weight) for weight in tail.weights}
        above = {id(weight) for upper in blocks[index:] for layer in upper.layers for weight in layer.weights}
        assert weights == above


def test_only_cells_that_take_two_outputs_are_cut_at_two_tensors():
    image = keras.Input(SHAPE)
    assert [len(block.cut) for block in split_blocks(keras.Model(image, cells(image)))] == [1, 1, 2, 2, 2, 2]
    for graph in (residual, dense, branches, bare_operations):
        image = keras.Input(SHAPE)
        assert {len(block.cut) for block in split_blocks(keras.Model(image, graph(image)))} == {1}


def test_activations_and_pooling_go_with_the_block_below():
    image = keras.Input(SHAPE)
    blocks = split_blocks(keras.Model(image, chain(image)))
    assert [layer.name for layer in blocks[-1].layers] == ["c", "c_bn", "c_relu", "pool"]


def test_preprocessing_opens_the_first_block():
    image = keras.Input(SHAPE)
    names = [layer.name for layer in split_blocks(keras.Model(image, preprocessed(image)))[0].layers]
    assert names[0].startswith("rescaling") and names[1].startswith("normalization") and names[2] == "stem"


@pytest.fixture(scope="module")
def ten_blocks():
    x = image = keras.Input(SHAPE)
    for number in range(10):
        x = conv(x, f"layer{number}")
    return split_blocks(keras.Model(image, x))


@pytest.mark.parametrize(
    "unfreeze, count",
    [
        (0, 0), (0.0, 0), (3, 3), (10, 10), (0.3, 3), (0.01, 1), (0.99, 10), ("all", 10), ("0.3", 3), ("3", 3),
        ("layer0", 10), ("layer9", 1), ("layer7_bn", 3),
    ],
)  # fmt: skip
def test_unfreeze_as_number_share_and_name(ten_blocks, unfreeze, count):
    assert resolve_unfreeze(unfreeze, ten_blocks) == count


@pytest.mark.parametrize(
    "unfreeze, message",
    [
        (11, r"out of range \(received: 11\); use a share between 0 and 1, a number of blocks up to 10"),
        (-1, "out of range"),
        (1.5, "out of range"),
        (float("nan"), "out of range"),
        (1.0, "use 'all' for the whole backbone, or 1 for its top block"),
        ("-0.5", "out of range"),
        ("layer_7", "names no layer of the backbone.*did you mean 'layer7'"),
        ("zzzzzz", "the blocks are layer0, layer1"),
        (True, "names no layer"),
    ],
)
def test_unfreeze_that_can_not_be(ten_blocks, unfreeze, message):
    with pytest.raises(InputError, match=message):
        resolve_unfreeze(unfreeze, ten_blocks)
