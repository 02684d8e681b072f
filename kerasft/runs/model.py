"""Raw input -> preprocessing -> backbone -> head, as one plain functional `keras.Model`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import keras

from kerasft.base.environment import resolve_precision
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.specs import Spec
from kerasft.base.tensors import read_tensors, write_tensors
from kerasft.contract import plan
from kerasft.contract.model_config import ModelConfig, answer_fields
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Schema
from kerasft.networks.named_weights import follow_weights, named_weights
from kerasft.networks.own_heads import Head
from kerasft.networks.values import value_of


def build_model(
    task: str,
    *,
    backbone: str,
    class_names: Sequence[str] | None = None,
    schema: Schema | None = None,
    image_size: int | None = None,
    resize: str = "stretch",
    sequence_length: int = 128,
    dropout: float | None = None,
    head: str | Head | None = None,
    weights: str | None = "pretrained",
    precision: str = "auto",
    seed: int = 0,
) -> keras.Model:
    """Builds a model that takes raw images, or the tokens of texts.

    Args:
        task: Its name: "image_classification", "text_classification", ...
        backbone: A name that `kerasft backbones` lists, or `hub:PRESET`; for texts a name of the text catalogue,
            a handle or a folder.
        class_names: Of classifiers: the classes, in the order of the outputs; at least two.
        schema: What the answers mean: that of the splits, in place of `class_names`.
        image_size: Images: height and width of the input in pixels; default: the backbone's own size.
        resize: Images: how they are brought to that size; kept with the model for prediction and export.
        sequence_length: Texts: tokens per input, start and end tokens included.
        dropout: Share of features dropped before the head while training, in [0, 1); default: 0.2 for
            images, 0.1 for texts.
        head: Layers of your own between backbone and outputs: a function from pooled features, a KerasTensor (batch,
            channels), to another, or the name of one that `register_head` knows; of masks the decoder: "light" or
            "deeplab". Default: the task's own.
        weights: "pretrained"; a local weights file; or None for random weights.
        precision: "auto", "float32", "mixed_float16" or "mixed_bfloat16".
        seed: Seed of all random initial weights.

    Returns:
        A model to float32 outputs, such as logits (batch, classes), from images (batch, image_size, image_size, 3),
        RGB, any dtype, 0..255; or from a dict of int32 arrays (batch, sequence_length), which its attribute `encoder`
        makes of texts. Its layer `backbone` is the feature extractor, its attribute `kerasft` the config that describes
        it.

    Raises:
        InputError: An argument is not allowed; all problems are listed.
        UnavailableError: The pretrained weights can't be had.
    """
    given = {"image_size": image_size, "resize": resize, "sequence_length": sequence_length, "head": head}
    kind = task_of(task)
    problems: list[Problem] = []
    if precision not in plan.PRECISIONS:
        problems.append(Problem("--precision is unknown", precision, "use " + ", ".join(plan.PRECISIONS)))
    answers = (
        {"class_names": tuple(class_names or ())} if schema is None else answer_fields(schema, kind.Config)
    )
    fields: dict[str, object] = {"backbone": backbone, **answers, "task": task}
    if dropout is not None:
        fields["dropout"] = dropout
    try:
        kind.targets.schema_of(answers)
    except InputError as error:
        problems += error.problems
    try:
        fields |= kind.settled(backbone, given)
    except InputError as error:
        problems += error.problems
    raise_problems(problems)
    return assemble(kind.Config(**fields), weights, precision, seed)


def assemble(
    model_config: ModelConfig,
    weights: str | None = None,
    precision: str = "float32",
    seed: int = 0,
    assets: Path | None = None,
) -> keras.Model:
    """Builds the model that a config describes; see `build_model`. `assets` is the folder of its run, if it has one."""
    raise_problems(plan.check(model_config))
    with _drawing_from(seed), _dtype_policy(precision):
        return task_of(model_config.task).build(model_config, weights, seed, assets)


def save_weights(model: keras.Model, path: Path) -> None:
    """Writes the weights as safetensors, by their paths in the model, without the optimizer's state.

    Raises:
        OSError: The disk is full, or the file can't be written.
    """
    write_tensors(path, {name: value_of(weight) for name, weight in named_weights(model).items()})


def load_weights(model: keras.Model, path: Path) -> None:
    """Reads what `save_weights` wrote into a model of the same architecture.

    Raises:
        UnsafeFileError: The file is damaged, or in another format.
        OtherTensorsError: It holds other weights than the model has, which is then unchanged.
        OSError: It can't be read.
    """
    weights = named_weights(model)
    wanted = {name: Spec(tuple(each.shape), str(each.dtype)) for name, each in weights.items()}
    for name, array in read_tensors(path, wanted):
        weights[name].assign(array)
    follow_weights(model)


@contextmanager
def _dtype_policy(precision: str) -> Iterator[None]:
    """Sets Keras' global dtype policy for the layers built inside, since applications take no dtype argument."""
    before: keras.DTypePolicy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(resolve_precision(precision))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextmanager
def _drawing_from(seed: int) -> Iterator[None]:
    """Draws the initial weights, and the seeds of layers, from a seed, and leaves the caller's random numbers alone.

    Keras takes both from Python's `random`. `keras.utils.set_random_seed` would have TensorFlow drop its kernels too,
    and each function of each other model then takes a second or more at its next call.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
