"""Backbones from `keras.applications`, whose architecture does not depend on their weights.

Keras builds three families with preprocessing inside, and EfficientNet B0..B7 with one more layer when
`weights="imagenet"` (tensorflow/tensorflow#62193). Here every model is built with `weights=None`, its
preprocessing stands outside (see `preprocessing.py`), and weights are copied in: the same graph online,
offline and when a run is loaded again.
"""

from __future__ import annotations

import inspect
import warnings

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.catalog import BackboneEntry
from kerasft.networks.budget import drawing_only_if
from kerasft.networks.layers import number_layers
from kerasft.networks.published import PRETRAINED
from kerasft.networks.weights import WeightsMismatch, explain_download, load_weights_file, patience


def build_application(entry: BackboneEntry, image_size: int, weights: str | None) -> keras.Model:
    """Builds the feature extractor of an application.

    Args:
        entry: An entry of the catalogue with source "applications".
        image_size: Height and width of the input, in pixels.
        weights: "imagenet" or "pretrained" (downloaded by Keras), None (random), or a weights file made for
            the same application without its classifier.

    Returns:
        A functional model named "backbone", from preprocessed images (batch, size, size, 3) to a feature map
        (batch, height, width, channels). Layer names don't depend on what else was built before.

    Raises:
        InputError: The size is too small, or the file does not fit.
        UnavailableError: The weights can't be downloaded.
    """
    raise_problems(catalog.size_problems(entry, image_size))
    pretrained = None
    if weights in PRETRAINED:
        with patience(), explain_download(entry.name):
            pretrained = _construct(entry, image_size, "imagenet")
    with drawing_only_if(weights is None):
        application = _construct(entry, image_size, None)
    if pretrained is not None:
        application.set_weights(pretrained.get_weights())
    elif weights is not None:
        application = _load_file(application, weights)
    if weights is not None:
        check_normalization(application, entry, weights)
    return _finish(_without_normalization(application))


def _load_file(application: keras.Model, weights: str) -> keras.Model:
    """Loads a file made for Keras' whole model, or for our part of it: only EfficientNet's differ."""
    try:
        load_weights_file(application, weights)
        return application
    except WeightsMismatch as mismatch:
        part = _without_normalization(application)
        try:
            load_weights_file(part, weights)
        except WeightsMismatch:
            raise mismatch from None
        return part


def _construct(entry: BackboneEntry, image_size: int, weights: str | None) -> keras.Model:
    constructor = getattr(keras.applications, entry.keras_name)
    options: dict[str, object] = {"include_top": False, "input_shape": (image_size, image_size, 3)}
    if "include_preprocessing" in inspect.signature(constructor).parameters:
        options["include_preprocessing"] = False
    with warnings.catch_warnings():
        # MobileNets warn that weights trained at 224 px are used at another size: that is what was asked for
        warnings.filterwarnings("ignore", message=".*Weights for input shape.*")
        return constructor(weights=weights, **options)


def _finish(application: keras.Model) -> keras.Model:
    number_layers(application)
    return keras.Model(application.inputs, application.outputs[0], name="backbone")


def _normalization(model: keras.Model) -> keras.layers.Normalization | None:
    found = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Normalization) and layer.weights
    ]
    return found[0] if found else None


def _without_normalization(application: keras.Model) -> keras.Model:
    """Returns the model from its first layer after Rescaling and Normalization (EfficientNet), or itself.

    A clone, because a model cut out of another one shares its layers, and `layer.output` of a shared layer
    belongs to the graph it was first used in.
    """
    normalization = _normalization(application)
    if normalization is None:
        return application
    upper = keras.Model(normalization.output, application.outputs[0])
    image = keras.Input(upper.inputs[0].shape[1:], name="input_layer")
    clone = keras.models.clone_model(upper, input_tensors=image)
    clone.set_weights(upper.get_weights())
    return clone


def check_normalization(application: keras.Model, entry: BackboneEntry, weights: str) -> None:
    """Raises if EfficientNet weights were trained on other pixels than ours, (x / 255 - mean) / deviation.

    The files that Keras serves hold the deviation where the variance belongs (tensorflow/tensorflow#49930),
    which the extra Rescaling makes up for; a file that someone else trained may hold the variance itself.
    """
    normalization = _normalization(application)
    if normalization is None:
        return
    mean, variance = (np.asarray(value) for value in normalization.get_weights()[:2])
    deviation = np.array([0.229, 0.224, 0.225])
    allowed = [deviation] if weights in PRETRAINED else [deviation, deviation**2]
    usual = np.allclose(mean, [0.485, 0.456, 0.406], atol=1e-3)
    if not usual or not any(np.allclose(variance, value, atol=1e-3) for value in allowed):
        what = f"the weights file was trained on other input values than {entry.name} expects"
        received = f"{weights}: mean {mean.round(3).tolist()}, variance {variance.round(3).tolist()}"
        hint = "use weights that were trained with ImageNet's mean and deviation"
        raise InputError(Problem(what, received, hint))
