"""Backbones of the caller's own: registered under a name, which then works wherever a name of the catalogue does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem, first_line, raise_problems
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.preprocessing import KINDS, Preprocess
from kerasft.networks.graph import as_functional
from kerasft.networks.published import PRETRAINED
from kerasft.networks.weights import load_weights_file

Builder = Callable[[int, bool], keras.Model]
NONE = "none"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class _Own:
    build: Builder
    preprocess: Preprocess


_REGISTERED: dict[str, _Own] = {}


def register_backbone(
    name: str,
    source: keras.Model | Builder,
    *,
    preprocessing: str | Preprocess,
    image_size: int | None = None,
    licence: str = "",
) -> str:
    """Makes an image backbone of your own known under a name, in this process.

    The name then works as `backbone` in `build_model`, recipes and the command line. A run keeps the name and the
    weights, and not the architecture, since no code from a file is ever run: whoever opens the run must have registered
    it too. A package does so for all processes by the entry point `kerasft.backbones`, NAME = package.module:function,
    whose function calls this.

    Args:
        name: Letters, digits, ".", "_" and "-"; no name of the catalogue. One that is registered already is replaced.
        source: A functional or sequential model, as it is now, from images (batch, height, width, 3) to a feature map
            (batch, height, width, channels), tokens (batch, tokens, channels) or a vector (batch, channels). Or a
            function of the image size in pixels, and whether the weights are to be pretrained, that returns one.
        preprocessing: What it expects of RGB values 0..255: "none" (just these), "tf" (-1..1), "torch" (standardised
            by ImageNet's mean and deviation), "caffe" (BGR minus ImageNet's mean), "lite" ((RGB - 127) / 128); or a
            function of a KerasTensor (batch, height, width, 3), float32, that applies Keras layers.
        image_size: Default height and width in pixels; that of the model, where it has one.
        licence: SPDX name of the weights' licence, for the model card.

    Returns:
        The name.

    Raises:
        InputError: An argument can't be used; all problems are listed.
    """
    is_model = isinstance(source, keras.Model)
    size = image_size or (_size_of(source) if is_model else None)
    raise_problems(_problems(name, source, preprocessing, size))
    build = _copies_of(source) if isinstance(source, keras.Model) else source
    preprocess = KINDS[preprocessing] if isinstance(preprocessing, str) else preprocessing
    _REGISTERED[name] = _Own(build, preprocess)
    parameters = source.count_params() if isinstance(source, keras.Model) else 0
    catalog.OWN[name] = catalog.BackboneEntry(
        name, "own", "", "own", int(size or 0), 1, False, preprocessing if isinstance(preprocessing, str) else "own",
        round(parameters / 1e6, 3), round(parameters * 4 / 1e6, 1), licence=licence,
    )  # fmt: skip
    return name


def preprocessing_of_own(name: str) -> Preprocess:
    """Returns what a registered backbone expects to be done to images first."""
    return _REGISTERED[name].preprocess


def build_own(name: str, image_size: int, weights: str | None) -> tuple[Preprocess, keras.Model]:
    """Returns preprocessing and backbone of a registered name; see `building.build_backbone`.

    Raises:
        InputError: It can't be built at this size, is no backbone, or the weights file doesn't fit.
    """
    own = _REGISTERED[name]
    try:
        model = own.build(image_size, weights in PRETRAINED)
        inputs, outputs = model.inputs, model.outputs
    except Exception as error:
        what = f"the backbone {name} can't be built at {image_size} pixels: {first_line(error)}"
        hint = "give another --image-size, or register it anew"
        raise InputError(Problem(what, type(error).__name__, hint)) from error
    raise_problems(_shape_problems(name, inputs, outputs, image_size))
    backbone = keras.Model(inputs[0], outputs[0], name="backbone")
    if weights is not None and weights not in PRETRAINED:
        load_weights_file(backbone, weights)
    return own.preprocess, backbone


def _problems(name: object, source: object, preprocessing: object, size: int | None) -> list[Problem]:
    problems = []
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in catalog.names():
        hint = "use letters, digits, '.', '_' and '-', and no name that `kerasft backbones` lists"
        problems.append(Problem("the name can't be used for a backbone", repr(name)[:80], hint))
    if isinstance(source, keras.Model):
        if as_functional(source) is None:
            hint = "give a functional one, or a function that returns one"
            problems.append(Problem("the backbone is no functional model", type(source).__name__, hint))
    elif not callable(source):
        problems.append(
            Problem("the backbone is no Keras model", repr(source)[:80], "give one, or a function")
        )
    if not size:
        problems.append(Problem("the size of its images isn't known", "", "give image_size=..."))
    if not callable(preprocessing) and preprocessing not in KINDS:
        hint = "use " + ", ".join(map(repr, KINDS)) + ", or a function of a KerasTensor"
        problems.append(Problem("preprocessing is unknown", repr(preprocessing)[:80], hint))
    return problems


def _shape_problems(
    name: str, inputs: Sequence[keras.KerasTensor], outputs: Sequence[keras.KerasTensor], image_size: int
) -> list[Problem]:
    wanted, taken = (image_size, image_size, 3), [tuple(each.shape[1:]) for each in inputs]
    if taken != [wanted]:
        shapes = ", ".join(map(str, taken))
        return [Problem(f"the backbone {name} takes other images than {wanted}", shapes, "register it anew")]
    given = [tuple(each.shape) for each in outputs]
    if len(given) != 1 or len(given[0]) not in (2, 3, 4) or given[0][-1] is None:
        hint = "it must give one feature map, tokens or a vector, whose channels are known"
        return [Problem(f"the outputs of the backbone {name} can't be used", str(given)[:80], hint)]
    return []


def _size_of(model: keras.Model) -> int | None:
    """Returns height and width of a model's images, if it has one size for both."""
    shape = getattr(model, "input_shape", None)
    square = isinstance(shape, tuple) and len(shape) == 4 and shape[1] == shape[2]
    return shape[1] if square and isinstance(shape, tuple) else None


def _copies_of(source: keras.Model) -> Builder:
    """Returns a function that builds the network again, at another size too, under the dtype policy then in force."""
    graph = as_functional(source)
    values: list[np.ndarray] = [np.array(each) for each in source.get_weights()]
    policy = source.dtype_policy.name

    def again(part: keras.Operation) -> keras.Operation:
        config = part.get_config()
        if isinstance(part, keras.Layer) and part.dtype_policy.name == policy:
            config["dtype"] = keras.config.dtype_policy().name
        return type(part).from_config(config)

    def build(image_size: int, pretrained: bool) -> keras.Model:
        image = keras.Input((image_size, image_size, 3), name="image")
        copy = keras.models.clone_model(graph, input_tensors=image, clone_function=again)
        if pretrained:
            copy.set_weights(values)
        return copy

    return build
