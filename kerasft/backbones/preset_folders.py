"""Preset folders and Hugging Face checkpoints of anybody, looked at before a library that trusts them reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasft.backbones.hdf5 import weight_budget
from kerasft.bounded import open_plain
from kerasft.errors import InputError, Problem
from kerasft.untrusted import check_folder

MOST_BYTES = 64_000_000  # of a file that isn't weights; the largest tokenizer.json has 20 MB
_WEIGHTS = (".h5", ".safetensors", ".bin", ".msgpack", ".onnx", ".pt", ".pth", ".ckpt")
_READ = (".json", ".txt", ".model", ".spm")
_SPARE = 10_000_000  # values that a library makes beside those of the file, such as positions


def check_preset_folder(folder: Path) -> None:
    """Refuses pipes, devices, sparse files, and vocabularies and JSON of more than 64 MB.

    Links to files are fine: the cache of the Hugging Face hub is made of them.

    Raises:
        InputError: All that is wrong.
    """
    check_folder(folder, "preset", links="files")
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.suffix in _READ:
            open_plain(path, MOST_BYTES).close()
        elif path.suffix in _WEIGHTS:
            open_plain(path).close()


@contextmanager
def budget(folder: Path) -> Iterator[None]:
    """Limits the weights of what is built inside to what the weights files of a folder can hold, at one byte each.

    Raises:
        InputError: Inside, from the layer that goes beyond it.
    """
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in _WEIGHTS)
    try:
        with weight_budget(size + _SPARE):
            yield
    except ValueError as error:
        if "the config asks for more than" not in str(error):
            raise
        hint = "give the config.json that belongs to the weights"
        raise InputError(Problem(f"the backbone can't be built: {error}", str(folder), hint)) from error
