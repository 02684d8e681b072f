"""Image backbones from KerasHub: built-in presets, Kaggle and Hugging Face handles, local preset folders.

A preset's image converter (scale and offset) goes into the graph; the converter's resize does not, since
kerasft resizes images in one way everywhere. Of each preset the class and its config are kept, so that a run
can be rebuilt when the preset is gone.
"""

from __future__ import annotations

from contextlib import nullcontext

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.inputs.images.backbones.pooling import pool_features
from kerasft.inputs.images.backbones.preprocessing import Preprocess, rescale
from kerasft.networks.layers import number_layers
from kerasft.networks.presets import checked, find_preset
from kerasft.networks.published import PRETRAINED
from kerasft.networks.weights import load_weights_file

# Encoders that are one layer of the graph and a plain chain inside: unrolled, so that their blocks can be told
# apart. The other KerasHub backbones have their blocks in the graph already; Swin's are whole stages.
_CHAINS = ("ViTEncoder", "DeiTEncoder")
# Their first token stands for the whole image, and their own classifiers read it.
_CLASS_TOKEN = ("DeiTBackbone", "DINOV2Backbone", "DINOV3Backbone")

Pool = Preprocess


def build_hub(
    name: str, image_size: int, weights: str | None, config: JsonFields | None
) -> tuple[Preprocess, keras.Model, Pool, JsonFields]:
    """Builds a KerasHub backbone.

    Args:
        name: `hub:` and a preset name, a `kaggle://` or `hf://` handle, or a folder.
        image_size: Height and width of the input, in pixels; the preset's own, if it has one.
        weights: "pretrained" (the preset's), None (random), or a weights file of the same backbone.
        config: What an earlier call returned; then the preset itself is not read.

    Returns:
        Preprocessing, backbone, pooling and config, as in `BackboneParts`.

    Raises:
        InputError: The preset is unknown, not one of an image backbone, not safe, or of another size.
        UnavailableError: It can't be downloaded.
    """
    preset = find_preset(name) if config is None or weights in PRETRAINED else None
    config = preset.config if preset is not None else checked(config or {}, name)
    with nullcontext() if preset is None else preset.budget(drawn=weights is None):
        whole = _build(config, image_size, name)
    if preset is not None and weights in PRETRAINED:
        preset.load_weights(whole)
    elif weights is not None:
        load_weights_file(whole, weights)
    backbone = keras.Model(whole.inputs[0], _features(whole), name="backbone")
    return rescale(config["scale"], config["offset"]), backbone, _pool(config), config


def _build(config: JsonFields, image_size: int, name: str) -> keras.Model:
    """Builds the backbone with random weights, at the size that is asked for if it takes any."""
    options = dict(config["config"])
    shape = options.get("image_shape")
    if not isinstance(shape, list) or len(shape) != 3:
        raise _not_of_images(config, name)
    fixed = shape[0] if shape[0] is not None else image_size
    if shape[2] != 3 or fixed != image_size or shape[1] not in (None, image_size):
        hint = f"use --image-size {fixed}, or another backbone"
        raise InputError(Problem(f"{name} works at one size only", f"{image_size} pixels", hint))
    options["image_shape"] = (image_size, image_size, 3)
    try:
        whole = keras.saving.get_registered_object(config["class"]).from_config(options)
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        hint = "give a preset that this version of keras-hub can build"
        raise InputError(Problem(f"the preset's config can't be built: {reason}", name, hint)) from error
    if len(whole.inputs) != 1:  # images and text
        raise _not_of_images(config, name)
    number_layers(whole)
    return whole


def _not_of_images(config: JsonFields, name: str) -> InputError:
    hint = "give a preset of an image backbone, such as hub:resnet_18_imagenet"
    return InputError(Problem("the preset is not of an image backbone", f"{name}: {config['class']}", hint))


class FirstOutput(keras.layers.Layer):
    """Calls a layer and passes on the first of its outputs; a graph can't hold a layer that returns None too."""

    def __init__(self, layer: keras.layers.Layer):
        super().__init__(name=layer.name, dtype=layer.dtype_policy)
        self.layer = layer
        self.built = True

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Returns the first output of the layer."""
        return keras.tree.flatten(self.layer(inputs))[0]


def _features(whole: keras.Model) -> keras.KerasTensor:
    """Returns the backbone's last feature map or tokens, with a chain of encoder blocks unrolled."""
    output = keras.tree.flatten(whole.output)[-1]  # of several outputs, the deepest comes last
    encoder, node_index, _ = keras.tree.flatten(whole.output)[0]._keras_history
    if type(encoder).__name__ not in _CHAINS:
        return output
    tokens = np.random.default_rng(0).normal(size=(1, 4, encoder.hidden_dim)).astype("float32")
    expected = keras.tree.flatten(encoder(tokens, training=False))[0]
    steps = _steps(encoder, tokens)
    # so that a change inside KerasHub costs the blocks and not the result
    found = _run(steps, tokens)
    if not np.allclose(keras.ops.convert_to_numpy(expected), keras.ops.convert_to_numpy(found), atol=1e-4):
        return output
    return _run(steps, encoder._inbound_nodes[node_index].input_tensors[0])


def _steps(encoder: keras.layers.Layer, tokens: np.ndarray) -> list[keras.layers.Layer]:
    dropout = getattr(encoder, "dropout", None)
    steps = [dropout] if isinstance(dropout, keras.layers.Layer) else []
    for block in encoder.encoder_layers:
        steps.append(FirstOutput(block) if isinstance(block(tokens), tuple | list) else block)
    return [*steps, encoder.layer_norm]


def _run(steps: list[keras.layers.Layer], tokens: keras.KerasTensor) -> keras.KerasTensor:
    for step in steps:
        tokens = step(tokens)
    return tokens


def _pool(config: JsonFields) -> Pool:
    has_class_token = config["config"].get("use_class_token", config["class"].split(">")[-1] in _CLASS_TOKEN)

    def pool(features: keras.KerasTensor) -> keras.KerasTensor:
        return features[:, 0] if has_class_token and len(features.shape) == 3 else pool_features(features)

    return pool
