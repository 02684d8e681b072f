"""Weights from files and from Keras' servers: all of them or none, and never code from a file.

Only arrays are read. A `.keras` archive is opened for its weights member alone, its config is not looked at.
Before anything is loaded, the shapes in the file and in the model are compared both ways, so a half-fitting
file is refused as a whole, and so is one that declares more than it should hold.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import keras

from kerasft.base.bounded import is_plain
from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError
from kerasft.base.zip_members import open_archive
from kerasft.networks.hdf5 import plain_group, read_shapes, shapes_of

_ARCHIVE_MEMBER = "model.weights.h5"
_MOST_MEMBERS = 1000  # of a .keras file: assets of its layers lie there too
_SHOWN = 3  # examples in an error


class WeightsMismatch(InputError):
    """A weights file holds other weights than the model has."""


def load_weights_file(model: keras.Model, path: str | os.PathLike) -> None:
    """Loads all weights of a model from a file that holds exactly these.

    Args:
        model: A functional model. Don't use it after an error: part of it may be loaded.
        path: `.weights.h5` or `.keras` of Keras 3, or the older `.h5`, as Keras serves it.

    Raises:
        InputError: The file is missing, no weights file, or not safe to read.
        WeightsMismatch: It holds weights that the model lacks, or lacks some that the model has.
    """
    path = Path(path)
    if not is_plain(path):
        raise InputError(Problem("the weights file does not exist", str(path), "give a file with --weights"))
    if not path.name.endswith((".h5", ".hdf5", ".keras")):
        hint = "give a .weights.h5, .h5 or .keras file with --weights"
        raise InputError(Problem("this is not a weights file", str(path), hint))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            file = _weights_of_archive(path, Path(folder), _bytes(model)) if path.suffix == ".keras" else path
            with h5py.File(file, "r") as h5:
                legacy = "layer_names" in h5.attrs or "model_weights" in h5
                found = shapes_of(h5)
                if "layer_names" not in h5.attrs and "model_weights" in h5:  # Keras looks in this order
                    found = shapes_of(plain_group(h5, "model_weights"))
            compare_shapes(found, model, path)
            _load(model, file, legacy, Path(folder), path)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            hint = "give a .weights.h5, .h5 or .keras file with --weights"
            raise InputError(Problem(f"the weights file can't be read: {reason}", str(path), hint)) from error


def _bytes(model: keras.Model) -> int:
    return 4 * model.count_params()


def _weights_of_archive(path: Path, folder: Path, expected_bytes: int) -> Path:
    """Copies the weights out of a `.keras` archive, and nothing else."""
    target = folder / _ARCHIVE_MEMBER
    with open_archive(path, most_members=_MOST_MEMBERS) as archive:
        size = archive.sizes.get(_ARCHIVE_MEMBER, 0)
        # an optimizer's moments triple the size; HDF5 adds some tens of kilobytes
        most = 4 * expected_bytes + 100_000_000
        if size > most:
            raise ValueError(
                f"it unpacks to {size / 1e6:.0f} MB, the model has {expected_bytes / 1e6:.0f} MB"
            )
        with open(target, "wb") as copy:
            archive.copy(_ARCHIVE_MEMBER, copy, most)
    return target


def check_links(path: Path) -> None:
    """Raises `ValueError` if a file of HDF5 points to other files, or holds anything but arrays."""
    read_shapes(path)


def compare_shapes(found: dict[str, tuple[int, ...]], model: keras.Model, path: Path) -> None:
    """Raises unless the file and the model hold arrays of the same shapes, each as often."""
    have = Counter(found.values())
    want = Counter(tuple(weight.shape) for weight in model.weights)
    extra, missing = have - want, want - have
    if not extra and not missing:
        return
    reasons = []
    if missing:
        lacking = [weight.path for weight in model.weights if tuple(weight.shape) in missing]
        reasons.append(f"lacks {missing.total()} weights of the model, such as {_examples(lacking)}")
    if extra:
        surplus = [name for name, shape in found.items() if shape in extra]
        reasons.append(
            f"holds {extra.total()} weights that the model does not have, such as {_examples(surplus)}"
        )
    hint = (
        "give weights of the same backbone, saved without its classifier (include_top=False), with --weights"
    )
    raise WeightsMismatch(Problem(f"the weights file {' and '.join(reasons)}", str(path), hint))


def _examples(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN])


def _load(model: keras.Model, file: Path, legacy: bool, folder: Path, path: Path) -> None:
    """Lets Keras load a file that was checked; it chooses the format by the name, we by the content."""
    suffix = ".h5" if legacy else ".weights.h5"
    named_well = file.name.endswith(suffix) and legacy != file.name.endswith(".weights.h5")
    if not named_well:
        file = Path(shutil.copyfile(file, folder / f"copy{suffix}"))
    try:
        model.load_weights(file)
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        hint = "give weights of the same backbone, saved without its classifier, with --weights"
        raise WeightsMismatch(
            Problem(f"the weights file is of another architecture: {reason}", str(path), hint)
        ) from error


@contextmanager
def patience(seconds: float = 30.0) -> Iterator[None]:
    """Gives up on a network that is silent for so long; Keras' downloader would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def explain_download(name: str) -> Iterator[None]:
    """Turns a failed download of pretrained weights into an `UnavailableError` with the ways out."""
    try:
        yield
    except KerasftError:
        raise
    except Exception as error:
        download = _download(error.__traceback__)
        if download is None:  # not a download: an error of its own
            raise
        target = Path(download.get("download_target") or download["fname"])
        reason = " ".join(str(error).split()).rpartition(" -- ")[2][:200]  # Keras puts the URL before it
        raise UnavailableError(
            f"the pretrained weights of {name} can't be downloaded: {reason}\n"
            f"Either fetch {download['origin']} on another machine and put it into {target.parent} as {target.name},\n"
            f"or give a weights file that you have with --weights FILE,\n"
            f"or use --backbone starter, which needs no download."
        ) from error


def _download(traceback: TracebackType | None) -> dict[str, Any] | None:
    """Returns the local variables of the `keras.utils.get_file` call that failed, if one did.

    Keras' error names the URL only. The file name differs from it for some models, and the folder depends on
    KERAS_HOME and on what is writable: the call itself knows.
    """
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name == "get_file":
            return dict(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
    return None
