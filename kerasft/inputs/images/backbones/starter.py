"""`starter`: the small backbone that comes with kerasft, pretrained on images it draws itself.

A residual network of plain 3x3 convolutions, BatchNorm and ReLU after He et al., "Deep Residual Learning
for Image Recognition" (2015): 0.9 million parameters and 15 million multiply-adds at 32 pixels. It takes
any size from 16 pixels, and all its operations are TFLite builtins that quantize well to int8.
`recipes/pretrain_backbone.py` makes its weights; `benchmarks/few_labels.py` measures what they are worth.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers

from kerasft.base.bounded import is_plain
from kerasft.base.errors import InputError, KerasftError, Problem, UnsafeFileError, raise_problems
from kerasft.base.files import atomic_path
from kerasft.base.specs import Spec
from kerasft.base.tensors import OtherTensorsError, read_tensors, write_tensors
from kerasft.networks.named_weights import named_weights

STARTER_WEIGHTS = Path(__file__).parents[3] / "assets" / "starter.safetensors"
MIN_SIZE = 16
STEM_FILTERS = 32
BLOCKS = ((32, 1), (64, 2), (128, 2), (192, 2))  # filters, stride
MOMENTUM = 0.95  # of BatchNorm's averages: they settle in 60 steps, so short trainings can use them too

_NEXT_STEP = "give --weights a file made by recipes/pretrain_backbone.py, or leave it out for the shipped one"


def build_starter(image_size: int = 32) -> keras.Model:
    """Builds the network with random weights; see `load_starter_weights` for the trained ones.

    Args:
        image_size: Width and height of its images in pixels, at least 16.

    Returns:
        A functional model named "backbone" from float32 (batch, image_size, image_size, 3) in [-1, 1]
        to a feature map (batch, image_size / 16, image_size / 16, 192), at least 0, sizes rounded up.

    Raises:
        InputError: The size is below 16 pixels.
    """
    if image_size < MIN_SIZE:
        next_step = f"use --image-size {MIN_SIZE} or more"
        raise InputError(Problem("the images are too small for `starter`", str(image_size), next_step))
    images = keras.Input((image_size, image_size, 3), name="starter_input")
    features = _convolution(images, STEM_FILTERS, stride=2, name="stem")
    features = layers.ReLU(name="stem_out")(features)
    for number, (filters, stride) in enumerate(BLOCKS, start=1):
        features = _residual_block(features, filters, stride, name=f"block{number}")
    return keras.Model(images, features, name="backbone")


def save_starter_weights(model: keras.Model, path: str | Path) -> Path:
    """Writes the weights of a `build_starter` model as safetensors, atomically, and returns the path.

    Kernels are stored as float16 and BatchNorm's vectors as float32, under the names "layer/variable".

    Raises:
        KerasftError: A weight is not finite, or too large for float16; an earlier file stays as it is.
    """
    arrays = {}
    for name, variable in named_weights(model).items():
        value = keras.ops.convert_to_numpy(variable)
        with np.errstate(over="ignore"):  # it is reported below
            arrays[name] = value.astype(_stored_dtype(name))
        if not np.isfinite(arrays[name]).all():
            raise KerasftError(f"the weights can't be saved, {name} is not finite; lower the learning rate")
    with atomic_path(path) as temporary:
        write_tensors(temporary, arrays)
    return Path(path)


def load_starter_weights(model: keras.Model, path: str | Path = STARTER_WEIGHTS) -> None:
    """Loads weights that `save_starter_weights` wrote, all of them or none.

    Args:
        model: From `build_starter`, of any image size.
        path: The file.

    Raises:
        InputError: The file is missing, broken, or not for this network; the model is then unchanged.
    """
    weights = named_weights(model)
    arrays = _read_arrays(Path(path), {name: tuple(each.shape) for name, each in weights.items()})
    for name, weight in weights.items():
        weight.assign(arrays[name].astype(np.float32))


def _read_arrays(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    if not is_plain(path):
        raise InputError(Problem("the weights file does not exist", str(path), _NEXT_STEP))
    try:
        arrays = dict(
            read_tensors(path, {name: Spec(shape, _stored_dtype(name)) for name, shape in shapes.items()})
        )
    except OtherTensorsError as error:
        raise InputError(
            Problem(f"{path.name} is not of `starter`, it {error}", str(path), _NEXT_STEP)
        ) from error
    except (OSError, UnsafeFileError) as error:
        raise InputError(
            Problem(f"the weights file can't be read ({error})", str(path), _NEXT_STEP)
        ) from error
    raise_problems(
        Problem(f"{path.name} has values that are not finite in {name}", str(path), _NEXT_STEP)
        for name, array in arrays.items()
        if not np.isfinite(array).all()
    )
    return arrays


def _stored_dtype(name: str) -> str:
    return "float16" if name.endswith("/kernel") else "float32"


def _convolution(
    images: keras.KerasTensor, filters: int, stride: int, name: str, size: int = 3
) -> keras.KerasTensor:
    images = layers.Conv2D(
        filters,
        size,
        strides=stride,
        padding="same",
        use_bias=False,  # BatchNorm has one
        kernel_initializer="he_normal",
        name=f"{name}_conv" if name == "stem" else name,
    )(images)
    return layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_bn")(images)


def _residual_block(images: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    branch = _convolution(images, filters, stride, name=f"{name}_conv1")
    branch = layers.ReLU(name=f"{name}_relu1")(branch)
    branch = _convolution(branch, filters, 1, name=f"{name}_conv2")
    if stride != 1 or images.shape[-1] != filters:
        images = _convolution(images, filters, stride, name=f"{name}_shortcut", size=1)
    total = layers.Add(name=f"{name}_add")([images, branch])
    return layers.ReLU(name=f"{name}_out")(total)
