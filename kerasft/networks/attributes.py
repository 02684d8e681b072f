"""Attributes in HDF5 files: plain values, and lists of short texts, which the older files of Keras keep names in.

A list of texts holds addresses, and thousands of them may lead to the same text of gigabytes. HDF5 reads such a list
as a whole, so the texts are bounded where they lie: in the global heaps of the file.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import h5py
from h5py import h5a, h5t

from kerasft.base.errors import UnsafeFileError

MOST_ATTRIBUTES = 1000  # of one object
MOST_VALUES = 20_000  # of one attribute: the largest application has 2,000 layers
MOST_HEAP_BYTES = 1 << 16  # what HDF5 makes (H5HGpkg.h), unless a single text is longer
_HEAP = b"GCOL\x01\0\0\0"  # then its size (HDF5 File Format Specification, III.E)
_PLAIN = (h5t.TypeStringID, h5t.TypeIntegerID, h5t.TypeFloatID, h5t.TypeEnumID)  # an enum: false and true


def check(item: h5py.Group | h5py.Dataset, path: str) -> None:
    """Raises `UnsafeFileError` unless all attributes of a group or an array are numbers or texts, and not too many."""
    count = h5a.get_num_attrs(item.id)
    if count > MOST_ATTRIBUTES:
        raise UnsafeFileError(f"{path!r} has {count} attributes")
    for index in range(count):
        attribute = h5a.open(item.id, index=index)
        values = attribute.get_space().get_simple_extent_npoints()
        if not isinstance(attribute.get_type(), _PLAIN) or values > MOST_VALUES:
            raise UnsafeFileError(f"{path!r} has an attribute that is no list of numbers or names")


def check_heaps(file: Path) -> None:
    """Raises `UnsafeFileError` if texts of a file are longer than names are."""
    with open(file, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = content.find(_HEAP)
        while place >= 0:
            size = int.from_bytes(content[place + 8 : place + 16], "little")
            if size > MOST_HEAP_BYTES:
                raise UnsafeFileError(f"it holds texts of {size} bytes")
            place = content.find(_HEAP, place + 1)
