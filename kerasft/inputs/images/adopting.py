"""A model of images that somebody else built and trained: what of it is the backbone, and what the last layer."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.inputs.images.backbones.preprocessing import Preprocess
from kerasft.networks.graph import as_functional

_COMPARED = 8  # images
_TOLERANCE = 1e-3  # of the largest feature: other kernels round otherwise, through some hundred layers
_ENDS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}  # layers and operations that only finish logits


@dataclass(frozen=True)
class Parts:
    """The parts of a model.

    Args:
        features: A model from its images to what the last dense layer is given, (batch, channels).
        kernel: Of that layer, float32 (channels, outputs).
        bias: float32 (outputs,).
        activation: What is done to its outputs: "linear", "softmax" or "sigmoid".
    """

    features: keras.Model
    kernel: np.ndarray
    bias: np.ndarray
    activation: str


def taken_apart(model: keras.Model) -> Parts:
    """Splits a model at its last dense layer.

    Args:
        model: Functional or sequential, from one image to one output, that ends with a dense layer, and a softmax or a
            sigmoid or nothing.

    Raises:
        InputError: It is another one.
    """
    graph = as_functional(model)
    if graph is None or len(graph.inputs) != 1 or len(graph.outputs) != 1:
        hint = "give a functional or sequential model of one input and one output"
        raise InputError(Problem("the model can't be taken apart", type(model).__name__, hint))
    layer, activation = _last_layer(graph)
    if not isinstance(layer, keras.layers.Dense) or len(layer.input.shape) != 2 or activation is None:
        hint = "its last layer must be a Dense on one vector per image, with a softmax, a sigmoid or no activation"
        raise InputError(Problem("the model does not end as expected", type(layer).__name__, hint))
    kernel = np.asarray(layer.kernel, "float32")
    bias = np.asarray(layer.bias, "float32") if layer.use_bias else np.zeros(kernel.shape[1], "float32")
    return Parts(keras.Model(graph.inputs[0], layer.input), kernel, bias, activation)


def _last_layer(model: keras.Model) -> tuple[object, str | None]:
    """Returns the layer below what only finishes its outputs, and what that does."""
    tensor, found = model.outputs[0], "linear"
    while True:
        layer = tensor._keras_history.operation
        own = getattr(getattr(layer, "activation", None), "__name__", "linear")
        if isinstance(layer, keras.layers.Dense | keras.layers.Activation):
            if own != "linear" and found != "linear":
                return layer, None
            found = own if own != "linear" else found
        elif type(layer).__name__ in _ENDS and found == "linear":
            found = _ENDS[type(layer).__name__]
        else:
            return layer, found
        if isinstance(layer, keras.layers.Dense):
            return layer, found if found in ("linear", *_ENDS.values()) else None
        tensor = layer.input


def require_same(parts: Parts, built: keras.Model, preprocess: Preprocess, images: np.ndarray) -> None:
    """Compares what the last layer is given in both, on a few images.

    Args:
        parts: Of the model from elsewhere.
        built: The model that was built of them: its last layer is the dense one.
        preprocess: From images to what the first one takes.
        images: (n, height, width, 3), RGB 0..255.

    Raises:
        InputError: They differ: a layer does not come out of its `get_config` as it was.
    """
    few = np.asarray(images[:_COMPARED], "float32")
    image = keras.Input(few.shape[1:])
    prepared, features = (
        keras.Model(image, preprocess(image)),
        keras.Model(built.input, built.layers[-1].input),
    )
    wanted = keras.ops.convert_to_numpy(parts.features(prepared(few), training=False))
    found = keras.ops.convert_to_numpy(features(few, training=False))
    largest = float(np.abs(wanted).max(initial=1))
    if not np.abs(found - wanted).max(initial=0) <= _TOLERANCE * largest:
        what = "a copy of the model answers something else: a layer's get_config does not say all of it"
        off = f"off by {np.abs(found - wanted).max():.3g} of {largest:.3g}"
        raise InputError(Problem(what, off, "complete the get_config of your own layers"))
