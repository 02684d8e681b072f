"""Reading HDF5 files of strangers: plain arrays of numbers, stored in the file itself, and nothing else.

HDF5 can do much more than hold arrays: a path in it may lead to another file, an array may be a window onto other
files or be filled by a plug-in, and a group may contain itself. Everything but plain arrays is refused before a
library that trusts the file opens it. What is looked at here are headers; no array is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import h5py

from kerasft.base.errors import UnsafeFileError
from kerasft.networks import attributes, chunks

MOST_OBJECTS = 100_000  # the largest application has 3,000 arrays in 5,000 groups
_DEEPEST = 1000  # characters of a path
_FILTERS = (chunks.DEFLATE, chunks.SHUFFLE, chunks.FLETCHER32)
_STATE = ("optimizer", "_optimizer", "metrics", "_metrics")
_STATE_VALUES = 64  # a random generator's state has 2


def read_shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """Returns path -> shape of all weights in a file of HDF5; see `shapes_of`.

    Raises:
        OSError: It is no HDF5 file, or a truncated one.
        UnsafeFileError: It holds anything but plain arrays, or is damaged inside.
    """
    try:
        with h5py.File(path, "r") as file:
            return shapes_of(file)
    except (OSError, UnsafeFileError):
        raise
    except Exception as error:  # h5py has a dozen answers to a damaged file
        raise UnsafeFileError(f"it is damaged: {' '.join(str(error).split())[:200]}") from error


def shapes_of(group: h5py.Group) -> dict[str, tuple[int, ...]]:
    """Returns path -> shape of all weights below a group; training state is checked and left out.

    Raises:
        UnsafeFileError: Something is a link, lies outside the file, or is no plain array of numbers.
    """
    attributes.check(group, group.name)
    found: dict[str, tuple[int, ...]] = {}
    for path, dataset in _datasets(group, "", set()):
        if "seed_generator/" in path:  # Keras reads it, the optimizer's it doesn't
            _require(math.prod(dataset.shape) <= _STATE_VALUES, path, "is too large for a generator's state")
        elif path.split("/")[0] not in _STATE:
            found[path] = tuple(dataset.shape)
    attributes.check_heaps(Path(group.file.filename))
    return found


def plain_group(parent: h5py.Group, name: str) -> h5py.Group:
    """Returns a group of a group, or raises `UnsafeFileError` if it is a link or an array."""
    _require(isinstance(parent.get(name, getlink=True), h5py.HardLink), name, "is a link")
    _require(isinstance(parent[name], h5py.Group), name, "is no group")
    return parent[name]


def _datasets(group: h5py.Group, prefix: str, seen: set[int]) -> Iterator[tuple[str, h5py.Dataset]]:
    for name in group:
        path = f"{prefix}{name}"
        link = group.get(name, getlink=True)
        _require(isinstance(link, h5py.HardLink), path, "is a link, which may point to another file")
        _require(len(path) <= _DEEPEST, path[:60], "is nested too deeply")
        item = group[name]
        address = h5py.h5o.get_info(item.id).addr
        _require(address not in seen, path, "is in the file under two names")
        seen.add(address)
        _require(len(seen) <= MOST_OBJECTS, path, f"is one of more than {MOST_OBJECTS} objects")
        if isinstance(item, h5py.Group | h5py.Dataset):
            attributes.check(item, path)
        if isinstance(item, h5py.Group):
            yield from _datasets(item, f"{path}/", seen)
        else:
            _check_array(item, path)
            yield path, item


def _check_array(item: h5py.Dataset, path: str) -> None:
    _require(isinstance(item, h5py.Dataset), path, "is neither a group nor an array")
    _require(not item.external and not item.is_virtual, path, "is stored in another file")
    numeric = item.dtype.kind in "fiub" and item.dtype.itemsize <= 8
    _require(numeric and item.shape is not None, path, f"is no array of numbers ({item.dtype})")
    properties = item.id.get_create_plist()
    filters = [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]
    # any other is looked for among the plug-ins of this machine
    _require(set(filters) <= set(_FILTERS), path, "is packed by a plug-in")
    if item.chunks is not None:
        chunks.check(item, filters, path)


def _require(holds: bool, path: str, why: str) -> None:
    if not holds:
        raise UnsafeFileError(f"{path!r} {why}")
