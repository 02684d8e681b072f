"""The ImageNet weights of EfficientNet-Lite, out of the file that PyTorch wrote, into a backbone of Keras."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.inputs.images.backbones.catalog import BackboneEntry
from kerasft.inputs.images.backbones.efficientnet_lite import blocks_of
from kerasft.networks import fetching
from kerasft.networks.torch_state import TorchFileError, read_torch_state

# the classifier, which is left out; and BatchNorm's count of batches
_UNUSED = ("_fc.weight", "_fc.bias")
_NORMALIZATION = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def load_published(backbone: keras.Model, entry: BackboneEntry) -> None:
    """Loads the weights that are published under a backbone's name; they are fetched unless they are here.

    Raises:
        UnavailableError: They can't be fetched.
    """
    folder = fetching.fetch(entry)
    assert entry.pinned is not None
    (name,) = entry.pinned.files
    load_file(backbone, entry, folder / name)


def load_file(backbone: keras.Model, entry: BackboneEntry, path: Path) -> None:
    """Loads a variant's file: all weights, or none.

    Args:
        backbone: From `build_efficientnet_lite`, of any image size.
        entry: The variant.
        path: The file, whose hash was compared.

    Raises:
        InputError: The file is not of this variant.
    """
    assert entry.pinned is not None
    try:
        arrays = keras_arrays(entry.name, read_torch_state(read_bytes(path, entry.pinned.sizes[path.name])))
        variables = {f"{layer.name}/{each.name}": each for layer in backbone.layers for each in layer.weights}
        _compare(variables, arrays)
    except (TorchFileError, LookupError) as error:
        hint = f"run kerasft fetch {entry.name} --refresh"
        raise InputError(Problem(f"the weights can't be read: {error}", str(path), hint)) from error
    for name, variable in variables.items():
        variable.assign(arrays[name])


def keras_arrays(name: str, state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the arrays of PyTorch's state dict under the names "layer/variable", with the axes that Keras has.

    Raises:
        LookupError: The state dict lacks some, or has others.
    """
    arrays: dict[str, np.ndarray] = {}
    used = set(_UNUSED)
    for layer, module in _modules(name):
        if layer.endswith("_bn"):
            arrays |= {f"{layer}/{ours}": state[f"{module}.{its}"] for ours, its in _NORMALIZATION.items()}
            used |= {f"{module}.{its}" for its in (*_NORMALIZATION.values(), "num_batches_tracked")}
        else:
            axes = (2, 3, 0, 1) if layer.endswith("_dwconv") else (2, 3, 1, 0)
            arrays[f"{layer}/kernel"] = state[f"{module}.weight"].transpose(axes)
            used.add(f"{module}.weight")
    if others := sorted(state.keys() - used):
        raise LookupError(f"it has other weights, such as {others[0]:.80}")
    return arrays


def _modules(name: str) -> Iterator[tuple[str, str]]:
    """Yields the layers with weights, each with the module of PyTorch that it was."""
    yield from (("stem_conv", "_conv_stem"), ("stem_bn", "_bn0"))
    for number, block in enumerate(blocks_of(name)):
        ours, its = block.name, f"_blocks.{number}"
        if block.expansion != 1:
            yield from ((f"{ours}_expand_conv", f"{its}._expand_conv"), (f"{ours}_expand_bn", f"{its}._bn0"))
        yield from ((f"{ours}_dwconv", f"{its}._depthwise_conv"), (f"{ours}_bn", f"{its}._bn1"))
        yield from ((f"{ours}_project_conv", f"{its}._project_conv"), (f"{ours}_project_bn", f"{its}._bn2"))
    yield from (("top_conv", "_conv_head"), ("top_bn", "_bn1"))


def _compare(variables: dict[str, keras.Variable], arrays: dict[str, np.ndarray]) -> None:
    want = {name: tuple(each.shape) for name, each in variables.items()}
    have = {name: each.shape for name, each in arrays.items()}
    if want != have:
        name = min(set(want.items()) ^ set(have.items()))[0]
        raise LookupError(f"{name} is {have.get(name, 'missing')}, and should be {want.get(name, 'missing')}")
