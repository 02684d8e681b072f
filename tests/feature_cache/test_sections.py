"""A model divided at a cut computes what it computed whole."""

import keras
import numpy as np
import pytest

import kerasft
from kerasft.networks.sections import Sections
from kerasft.training import freezing


def build(backbone="starter", size=16):
    model = kerasft.build_model(
        "image_classification", backbone=backbone, class_names=("a", "b"), image_size=size, weights=None
    )
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(size=kernel.shape))
    return model


@pytest.fixture(scope="module")
def sections():
    return Sections(build())


IMAGES = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3)).astype("float32")


def test_the_parts_of_a_model_give_what_the_whole_gives(sections):
    whole = sections.model(IMAGES, training=False).numpy()
    for cut in (1, 3, sections.top):
        below = sections.between(0, cut)(IMAGES, training=False)
        assert {name: (*value.shape[1:],) for name, value in below.items()} == {
            name: spec.shape for name, spec in sections.specs(cut).items()
        }
        np.testing.assert_array_equal(sections.between(cut, None)(below, training=False), whole)
    middle = sections.between(1, 3)(sections.between(0, 1)(IMAGES, training=False), training=False)
    top = sections.between(3, sections.top)(middle, training=False)
    np.testing.assert_array_equal(sections.between(sections.top, None)(top, training=False), whole)


def test_a_tail_has_the_models_own_weights(sections):
    freezing.set_trainable(sections.model, 2)
    cut = sections.frozen()
    tail = sections.between(cut, None)
    assert {id(v) for v in tail.trainable_variables} == {id(v) for v in sections.model.trainable_variables}
    assert cut == sections.top - 2


def test_what_is_frozen_ends_where_something_trains(sections):
    for unfreeze, cut in ((0, sections.top), (1, sections.top - 1), ("all", 0)):
        freezing.set_trainable(sections.model, unfreeze)
        assert sections.frozen() == cut
    assert sections.name(sections.top) == "pooled features"
    assert sections.name(2) == f"below block {sections.blocks[2].name}"


def test_the_pooled_features_are_what_the_dropout_takes(sections):
    (tensor,) = sections.between(0, sections.top).output.values()
    assert tensor is sections.model.get_layer("dropout").input


def test_multiply_adds_are_those_of_the_kernels():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="conv1")(image)
    x = keras.layers.DepthwiseConv2D(3, padding="same", strides=2, name="conv2")(x)
    backbone = keras.Model(image, x, name="backbone")
    pooled = keras.layers.GlobalAveragePooling2D()(backbone(image))
    sections = Sections(keras.Model(image, keras.layers.Dense(2)(pooled)))
    assert sections.multiply_adds(1) == 64 * 3 * 3 * 3 * 4
    assert sections.multiply_adds(2) == 64 * 3 * 3 * 3 * 4 + 16 * 3 * 3 * 4


@keras.saving.register_keras_serializable("tests")
class Masked(keras.layers.Dense):
    def call(self, x, padding_mask):
        return super().call(x) * keras.ops.cast(padding_mask, "float32")[:, :, None]


def masked():
    """Of two inputs, one of which goes around each cut, as masks do in transformers."""
    tokens, mask = (keras.Input((4,), dtype="int32", name=name) for name in ("token_ids", "padding_mask"))
    x = keras.layers.Embedding(8, 6, name="embedding")(tokens)
    for number in range(3):
        x = Masked(6, name=f"block_{number}")(x, padding_mask=mask)
    backbone = keras.Model({"token_ids": tokens, "padding_mask": mask}, x, name="backbone")
    inputs = {name: keras.Input((4,), dtype="int32", name=name) for name in ("token_ids", "padding_mask")}
    pooled = keras.layers.GlobalAveragePooling1D()(backbone(inputs))
    return keras.Model(inputs, keras.layers.Dense(2)(pooled))


def test_a_model_that_was_divided_can_be_cloned_and_its_parts_have_its_answers():
    model = masked()
    before, sections = model.to_json(), Sections(model)
    tokens = {"token_ids": np.array([[1, 2, 3, 0]]), "padding_mask": np.array([[1, 1, 1, 0]])}
    whole = model(tokens)
    for cut in range(1, sections.top + 1):
        below = sections.between(0, cut)(tokens)
        np.testing.assert_array_equal(sections.between(cut, None)(below), whole)
    assert model.to_json() == before
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(tokens), whole)


@pytest.mark.slow
@pytest.mark.parametrize("backbone", ["nasnet_mobile", "densenet121", "convnext_tiny", "inception_resnet_v2"])
def test_two_tensors_and_dense_graphs_divide_too(backbone):
    size = 75 if backbone.startswith("inception") else 32
    sections = Sections(build(backbone, size))
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, 3)).astype("float32")
    whole = sections.model(images, training=False).numpy()
    cut = sections.top // 2
    below = sections.between(0, cut)(images, training=False)
    np.testing.assert_allclose(
        sections.between(cut, None)(below, training=False), whole, rtol=1e-5, atol=1e-6
    )
