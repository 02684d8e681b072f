"""Raw input -> preprocessing -> backbone -> head, as one plain functional `keras.Model`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from kerasft import backbones, catalog, config, heads
from kerasft.errors import InputError, Problem, did_you_mean, raise_problems


def build_model(
    task: str,
    *,
    backbone: str,
    class_names: Sequence[str],
    image_size: int | None = None,
    resize: str = "stretch",
    dropout: float = 0.2,
    weights: str | None = "pretrained",
    precision: str = "auto",
    seed: int = 0,
) -> keras.Model:
    """Builds a classifier that takes raw pictures.

    Args:
        task: "image_classification".
        backbone: A name that `kerasft backbones` lists, or `hub:PRESET`.
        class_names: The classes, in the order of the outputs; at least two.
        image_size: Height and width of the input in pixels; default: the backbone's own size.
        resize: How pictures are brought to that size; kept with the model for prediction and export.
        dropout: Share of features dropped before the head while training, in [0, 1).
        weights: "pretrained"; a local weights file; or None for random weights.
        precision: "auto", "float32", "mixed_float16" or "mixed_bfloat16".
        seed: Seed of all random initial weights.

    Returns:
        A model from pictures (batch, image_size, image_size, 3), RGB, any dtype, 0..255, to float32 logits
        (batch, classes). Its layer `backbone` is the feature extractor, its attribute `kerasft` the
        `ModelConfig` that describes it.

    Raises:
        InputError: An argument is not allowed; all problems are listed.
        UnavailableError: The pretrained weights can't be had.
    """
    problems = class_name_problems(class_names)
    if task != "image_classification":
        hint = did_you_mean(task, ["image_classification"], "use 'image_classification'")
        problems.append(Problem("the task is unknown", repr(task), hint))
    if precision not in config.PRECISIONS:
        problems.append(Problem("--precision is unknown", precision, "use " + ", ".join(config.PRECISIONS)))
    try:
        image_size = image_size or catalog.find(backbone).image_size
    except InputError as error:
        problems += error.problems
    raise_problems(problems)
    assert image_size is not None
    model_config = config.ModelConfig(backbone, tuple(class_names), image_size, resize, dropout, task)
    return assemble(model_config, weights, precision, seed)


def assemble(
    model_config: config.ModelConfig, weights: str | None = None, precision: str = "float32", seed: int = 0
) -> keras.Model:
    """Builds the model that `model_config` describes; see `build_model`."""
    raise_problems(config.check(model_config))
    size = model_config.image_size
    keras.utils.set_random_seed(seed)
    with _dtype_policy(precision):
        parts = backbones.build_backbone(
            model_config.backbone, size, weights, config=model_config.backbone_config
        )
        image = keras.Input((size, size, 3), dtype="float32", name="image")
        features = parts.pool(parts.backbone(parts.preprocess(image)))
        logits = heads.image_classification_head(
            features, len(model_config.class_names), model_config.dropout, seed
        )
        model = keras.Model(image, logits, name=model_config.task)
    model.kerasft = config.from_dict(
        config.ModelConfig, {**config.to_dict(model_config), "backbone_config": parts.config}
    )
    return model


def save_weights(model: keras.Model, path: str | Path) -> None:
    """Writes the weights as Keras' `.weights.h5`, without the optimizer's state, which would triple the file."""
    _uncompiled(model).save_weights(path)


def load_weights(model: keras.Model, path: str | Path) -> None:
    """Reads what `save_weights` wrote into a model of the same architecture."""
    _uncompiled(model).load_weights(path)


def _uncompiled(model: keras.Model) -> keras.Model:
    """Returns a model of the same layers that has no optimizer."""
    return keras.Model(model.inputs, model.outputs, name=model.name)


def class_name_problems(class_names: Sequence[str]) -> list[Problem]:
    """Returns what is wrong with a list of class names: too few, repeated, or not fit for a labels file."""
    names = list(class_names)
    problems = []
    if len(names) < 2:
        problems.append(Problem("a classifier needs at least two classes", repr(names), "add a class folder"))
    if len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        problems.append(Problem("class names must be unique", repr(repeated), "rename one of each"))
    for name in names:
        if not name.strip() or not name.isprintable():
            problems.append(
                Problem("a class name must be printable text on one line", repr(name), "rename it")
            )
    return problems


@contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Sets Keras' global dtype policy for the layers built inside, since applications take no dtype argument."""
    from kerasft.environment import resolve_precision

    before: Any = keras.config.dtype_policy()
    keras.config.set_dtype_policy(resolve_precision(precision))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
