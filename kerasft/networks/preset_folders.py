"""Preset folders and Hugging Face checkpoints of anybody, looked at before a library that trusts them reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kerasft.base import files
from kerasft.base.bounded import open_plain, read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.base.untrusted import check_folder
from kerasft.networks.budget import weight_budget

MOST_BYTES = 64_000_000  # of a file that isn't weights; the largest tokenizer.json has 20 MB
MOST_ENTRIES = 4_000_000  # of a vocabulary, its merges or its scores; the largest has 1.1 million
_INDEXES = ("model.weights.json", "model.safetensors.index.json")
_WEIGHTS = (".h5", ".safetensors", ".bin", ".msgpack", ".onnx", ".pt", ".pth", ".ckpt")
_READ = (".json", ".txt", ".model", ".spm")
_SPARE = 10_000_000  # values that a library makes beside those of the file, such as positions


def check_preset_folder(folder: Path) -> None:
    """Refuses pipes, devices, sparse files, vocabularies too large to be one, and weights that lie elsewhere.

    Links to files are fine: the cache of the Hugging Face hub is made of them.

    Raises:
        InputError: All that is wrong.
    """
    check_folder(folder, "preset", links="files")
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.suffix in _READ:
            check_vocabulary(path)
            if path.name in _INDEXES:
                check_index(path)
        elif path.suffix in _WEIGHTS:
            open_plain(path).close()


def check_vocabulary(path: Path) -> None:
    """Refuses a file of a tokenizer with more bytes or entries than a tokenizer has: a library would keep them all.

    Raises:
        InputError: It is too large, or no plain file.
    """
    content = read_bytes(path, MOST_BYTES)
    entries = content.count(b"\n") if path.suffix == ".txt" else content.count(b":") + content.count(b",")
    if entries > (MOST_ENTRIES if path.suffix == ".txt" else 2 * MOST_ENTRIES):
        what = f"a file of a tokenizer has more entries than any has: {entries}"
        raise InputError(Problem(what, str(path), "give the file that was published with the model"))


def check_index(path: Path) -> None:
    """Refuses a list of the parts of some weights that leads out of its folder.

    Raises:
        InputError: It can't be read, or names anything but files beside it.
    """
    try:
        found = files.read_json(path)["weight_map"].values()
        names = {name for part in found for name in ([part] if isinstance(part, str) else part)}
        plain = all(Path(name).name == name and name not in ("", "..") for name in names)
    except (ValueError, LookupError, TypeError, AttributeError):
        plain = False
    if not plain:
        what = "the list of the parts of the weights names other things than files beside it"
        raise InputError(Problem(what, str(path), "give the folder as it was published"))


@contextmanager
def budget(folder: Path, *, drawn: bool) -> Iterator[None]:
    """Limits the weights of what is built inside to what the weights files of a folder can hold, at one byte each.

    Args:
        folder: Of the preset.
        drawn: As for `weight_budget`.

    Raises:
        InputError: Inside, from the layer that goes beyond it.
    """
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in _WEIGHTS)
    try:
        with weight_budget(size + _SPARE, drawn=drawn):
            yield
    except ValueError as error:
        if "the config asks for more than" not in str(error):
            raise
        hint = "give the config.json that belongs to the weights"
        raise InputError(Problem(f"the backbone can't be built: {error}", str(folder), hint)) from error
