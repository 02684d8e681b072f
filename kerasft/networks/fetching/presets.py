"""KerasHub presets and Hugging Face checkpoints by handle: their files are copied, and nothing is built.

Only files that a text backbone is made of are taken: JSON, weights (HDF5 or safetensors) and vocabularies.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from kerasft.base import files
from kerasft.networks.fetching.pinned import SourceError, check_answer, endpoint, reason_of

_KERAS_VOCABULARIES = ("vocabulary.txt", "vocabulary.json", "merges.txt", "vocabulary.spm")
_VOCABULARIES = ("vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model")
_OPTIONAL = ("tokenizer_config.json", "1_Pooling/config.json")


def source_of(handle: str) -> str:
    """Returns what to call the place that a preset comes from."""
    return f"the Hugging Face hub at {endpoint()}" if handle.startswith("hf:") else "Kaggle through keras-hub"


def copy_preset(handle: str, folder: Path) -> None:
    """Copies the files of a preset into `folder`.

    Args:
        handle: A KerasHub preset name, `kaggle://...` or `hf://...`.
        folder: An empty folder.

    Raises:
        SourceError: It can't be reached, or is not a preset of a text backbone.
    """
    if handle.startswith("hf:"):
        check_answer(endpoint())
    try:
        content = files.read_json(_copy(handle, "config.json", folder))
        if not isinstance(content, dict):
            raise SourceError("its config.json is not an object")
        if "registered_name" in content:
            _copy(handle, "tokenizer.json", folder)
            vocabularies = [f"assets/tokenizer/{name}" for name in _KERAS_VOCABULARIES]
            weights = ("model.weights.h5", "model.weights.json")
        else:
            vocabularies, weights = list(_VOCABULARIES), ("model.safetensors", "model.safetensors.index.json")
            for name in _OPTIONAL:
                _try(handle, name, folder)
        if not any([_try(handle, name, folder) for name in vocabularies]):
            raise SourceError("it has no vocabulary that KerasHub's text backbones use")
        if not _try(handle, weights[0], folder):
            for part in _parts(files.read_json(_copy(handle, weights[1], folder))):
                _copy(handle, part, folder)
    except (SourceError, OSError) as error:
        if isinstance(error, SourceError) or _is_local(error, folder):
            raise
        raise SourceError(reason_of(error)) from error
    except Exception as error:  # the errors of two hubs have no common base
        raise SourceError(reason_of(error)) from error


def _is_local(error: OSError, folder: Path) -> bool:
    """Whether an error is of our own disk: a full one is not the source's fault."""
    return error.filename is not None and Path(str(error.filename)).is_relative_to(folder)


def _try(handle: str, name: str, folder: Path) -> bool:
    try:
        _copy(handle, name, folder)
    except FileNotFoundError:
        return False
    return True


def _copy(handle: str, name: str, folder: Path) -> Path:
    # the function that every `from_preset` of KerasHub goes through; there is no public one for a single file
    from keras_hub.src.utils import preset_utils

    source = preset_utils.get_file(handle, name)
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def _parts(index: dict) -> list[str]:
    """Returns the names of the files that an index of weights in parts lists."""
    found = set()
    for value in index["weight_map"].values():
        found |= {value} if isinstance(value, str) else set(value)
    for name in found:
        if Path(name).name != name:
            raise SourceError(f"its weights are in another folder: {name}")
    return sorted(found)
