"""From a name in the catalogue to a feature extractor, its preprocessing and its blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras

from kerasft.base.errors import UnavailableError, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.tensors import SUFFIX
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.pooling import pool_features
from kerasft.networks.budget import drawing_only_if
from kerasft.networks.published import PRETRAINED


@dataclass(frozen=True)
class BackboneParts:
    """What a model is put together from.

    Args:
        preprocess: Layers from images (batch, size, size, 3), RGB float32 0..255, to the backbone's input.
        backbone: A functional model named "backbone"; its output is a feature map (batch, height, width,
            channels), tokens (batch, tokens, channels) or a vector (batch, channels).
        pool: Layers from that output to (batch, channels).
        config: What a KerasHub backbone is rebuilt from without network, as JSON values; None for others.
    """

    preprocess: Callable[[keras.KerasTensor], keras.KerasTensor]
    backbone: keras.Model
    pool: Callable[[keras.KerasTensor], keras.KerasTensor]
    config: JsonFields | None = None


def build_backbone(
    name: str,
    image_size: int,
    weights: str | None = "pretrained",
    config: JsonFields | None = None,
) -> BackboneParts:
    """Builds a backbone with the preprocessing of its family.

    The architecture depends on `name`, `image_size` and `config` only, never on `weights`.

    Args:
        name: A name of the catalogue, or one that was registered, or `hub:PRESET`, `hub:HANDLE`, `hub:./FOLDER`.
        image_size: Height and width of the input, in pixels.
        weights: "pretrained" (or "imagenet"); None for random weights; or a weights file: `.weights.h5`, `.h5`
            or `.keras`, of which only the weights are read.
        config: For KerasHub backbones, `BackboneParts.config` of an earlier build: the same architecture again
            without reading the preset. Other backbones ignore it.

    Raises:
        InputError: The name is unknown, the size not possible, or the weights file does not fit.
        UnavailableError: The weights can't be downloaded.
    """
    if name.startswith(catalog.HUB_PREFIX):
        from kerasft.inputs.images.backbones.hub import build_hub

        if config is None:  # else the preset may be gone
            catalog.find(name)
        return BackboneParts(*build_hub(name, image_size, weights, config))
    entry = catalog.find(name)
    from kerasft.inputs.images.backbones.preprocessing import preprocessing_of

    if entry.source == "own":
        from kerasft.inputs.images.backbones.own import build_own

        return BackboneParts(*build_own(name, image_size, weights), pool_features)
    if entry.source == "starter":
        raise_problems(catalog.size_problems(entry, image_size))
        backbone = _build_starter(image_size, weights)
    elif entry.source == "pinned":
        backbone = _build_pinned(entry, image_size, weights)
    else:
        from kerasft.inputs.images.backbones.applications import build_application

        backbone = build_application(entry, image_size, weights)
    return BackboneParts(preprocessing_of(entry), backbone, pool_features)


def _build_pinned(entry: catalog.BackboneEntry, image_size: int, weights: str | None) -> keras.Model:
    from kerasft.inputs.images.backbones import efficientnet_lite, efficientnet_lite_weights
    from kerasft.networks.weights import load_weights_file

    with drawing_only_if(weights is None):
        model = efficientnet_lite.build_efficientnet_lite(entry, image_size)
    if weights in PRETRAINED:
        try:
            efficientnet_lite_weights.load_published(model, entry)
        except UnavailableError as error:
            raise UnavailableError(f"{error}; or use --backbone starter, which needs no download") from error
    elif weights is not None:
        load_weights_file(model, weights)
    return model


def _build_starter(image_size: int, weights: str | None) -> keras.Model:
    from kerasft.inputs.images.backbones import starter
    from kerasft.networks.weights import load_weights_file

    with drawing_only_if(weights is None):
        model = starter.build_starter(image_size)
    if weights in PRETRAINED:
        starter.load_starter_weights(model)
    elif weights is not None and weights.endswith(SUFFIX):
        starter.load_starter_weights(model, weights)
    elif weights is not None:
        load_weights_file(model, weights)
    return model
