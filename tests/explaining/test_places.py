"""Where a backbone is looked into: by its graph, whatever its layers are called."""

import keras
import numpy as np
import pytest

from kerasft.inputs.images.backbones.building import build_backbone
from kerasft.networks.division import divide, feature_map, patch_tokens


def chain(*sizes, last=True):
    """Returns a backbone whose feature maps have these sides, named without sense."""
    image = keras.Input((sizes[0], sizes[0], 3))
    x = image
    for number, (before, after) in enumerate(zip(sizes, sizes[1:], strict=False)):
        x = keras.layers.Conv2D(4, 3, before // after, "same", activation="relu", name=f"q{number}")(x)
    return keras.Model(image, x if last else keras.layers.GlobalAveragePooling2D()(x), name="backbone")


@pytest.mark.parametrize(
    ("backbone", "grid"),
    [
        (chain(224, 28, 14, 7), 7),  # large enough at the top
        (chain(32, 16, 8, 4, 2), 8),  # the highest with 5 or more
        (chain(8, 4, 2, 1), 4),  # none has as many: the largest
        (chain(64, 16, 8, last=False), 16),  # the output is a vector: the highest cut
    ],
)
def test_the_highest_feature_map_with_enough_positions_is_taken(backbone, grid):
    assert feature_map(backbone).grid == (grid, grid)


def test_tokens_are_told_from_class_tokens():
    image = keras.Input((32, 32, 3))
    patches = keras.layers.Conv2D(6, 8, 8)(image)
    tokens = keras.layers.Reshape((16, 6))(patches)
    tokens = keras.layers.ZeroPadding1D((2, 0))(tokens)  # as if two tokens stood before them
    tokens = keras.layers.Dense(6, name="transformer_layer_0")(tokens)
    tokens = keras.layers.Dense(6, name="transformer_layer_1")(tokens)
    backbone = keras.Model(image, tokens, name="backbone")
    for patch in (8, None):
        places = patch_tokens(backbone, 32, patch)
        assert {(place.grid, place.prefix) for place in places} == {((4, 4), 2)}
    assert feature_map(backbone) is None


@pytest.mark.parametrize("name", ["starter", pytest.param("mobilenet_v3_small", marks=pytest.mark.slow)])
def test_both_parts_together_are_the_model(name):
    import kerasft

    model = kerasft.build_model(
        "image_classification", backbone=name, class_names=["a", "b"], image_size=32, weights=None
    )
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(size=kernel.shape))
    images = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3)).astype("float32")
    expected = keras.ops.convert_to_numpy(model(images, training=False))
    place = feature_map(model.get_layer("backbone"))
    for cut in (place.cut, (model.get_layer("backbone").output,)):
        divided = divide(model, cut)
        found = divided.upper(divided.lower(images, training=False), training=False)
        assert np.allclose(keras.ops.convert_to_numpy(found), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("mobilenet_v3_small", 7),
        ("densenet121", 7),
        ("efficientnet_v2_b0", 7),
        ("vgg16", 7),
        ("nasnet_mobile", 7),
    ],
)
def test_at_224_pixels_it_is_the_last_feature_map(name, grid):
    backbone = build_backbone(name, 224, None).backbone
    place = feature_map(backbone)
    assert place.grid == (grid, grid) and place.cut == (backbone.output,)
