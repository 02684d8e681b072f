"""Features in `.npy` files, which a killed run finds again.

Each tensor of a part (one split, or one augmented view of it) is one file in NumPy's format, written once from front
to back. A manifest beside the files says how many rows are safe, and their checksums; it is replaced whole, after the
rows have reached the disk. Rows are read by number, without mapping the file: what is in memory is the batch that was
asked for.
"""

from __future__ import annotations

import math
import os
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kerasft.base import files
from kerasft.base.bounded import open_plain
from kerasft.base.npy import read_header
from kerasft.base.specs import Spec, numpy_dtype, stored_dtype
from kerasft.data.device import Rows

SYNC_BYTES = 128_000_000  # between two manifests: what a kill may cost
_READ_BYTES = 8_000_000


class DiskPart:
    """A part in files: what an interrupted run has written is checked, and continued.

    Args:
        folder: Where the files go; made if need be.
        name: Of the part; the files are NAME.TENSOR.npy and NAME.json.
        count: Rows in all.
        specs: The tensors, by name.
        key: What the features depend on, hashed. Files that were made with another one are written anew.
        half: Whether float32 is kept as float16.
    """

    def __init__(
        self, folder: Path, name: str, count: int, specs: Mapping[str, Spec], key: str, half: bool = False
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.rows, self.count, self.key, self.half = 0, count, key, half
        self._specs = dict(specs)
        self._manifest = folder / f"{name}.json"
        self._paths = {tensor: folder / f"{name}.{tensor}.npy" for tensor in specs}
        self._sums = {tensor: 0 for tensor in specs}
        self._unsafe = 0  # bytes since the last manifest
        if not self._take_up():
            self.rows, self._sums = 0, {tensor: 0 for tensor in specs}
            self._manifest.unlink(missing_ok=True)
        self._files: dict[str, BinaryIO] = {}

    def append(self, values: Mapping[str, np.ndarray]) -> None:
        """See `Part`."""
        if not self._files:
            self._files = {tensor: self._open(tensor) for tensor in self._paths}
        count = len(next(iter(values.values())))
        for tensor, file in self._files.items():
            content = np.ascontiguousarray(values[tensor], stored_dtype(self._specs[tensor], self.half))
            content = content.view(np.uint8).reshape(-1)
            file.write(content.data)
            self._sums[tensor] = zlib.crc32(content.data, self._sums[tensor])
            self._unsafe += content.nbytes
        self.rows += count
        if self._unsafe >= SYNC_BYTES or self.rows == self.count:
            self._sync()

    def finish(self) -> dict[str, Rows]:
        """See `Part`."""
        for file in self._files.values():
            file.close()
        self._files = {}
        return {tensor: DiskRows(path, self._dtype(tensor)) for tensor, path in self._paths.items()}

    def _dtype(self, tensor: str) -> np.dtype:
        return numpy_dtype(self._specs[tensor].dtype)

    def _open(self, tensor: str) -> BinaryIO:
        """Opens a file behind its safe rows; what comes after them is cut off."""
        path, spec = self._paths[tensor], self._specs[tensor]
        stored = stored_dtype(spec, self.half)
        if self.rows == 0:
            shape = (self.count, *spec.shape)
            header = {"descr": _descr(stored), "fortran_order": False, "shape": shape}
            with path.open("wb") as new:
                np.lib.format.write_array_header_2_0(new, header)
        file: BinaryIO = path.open("r+b")
        file.seek(_data_start(file) + self.rows * _row_bytes(spec, stored))
        file.truncate()
        return file

    def _sync(self) -> None:
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        record = {"key": self.key, "rows": self.rows, "of": self.count, "crc32": self._sums}
        files.write_json(self._manifest, record)
        self._unsafe = 0

    def _take_up(self) -> bool:
        """Takes up the rows of an earlier run, if they are the same features and whole."""
        try:
            record = files.read_json(self._manifest)
            if record["key"] != self.key or record["of"] != self.count:
                return False
            self.rows, self._sums = (
                int(record["rows"]),
                {name: int(record["crc32"][name]) for name in self._specs},
            )
            if not 0 <= self.rows <= self.count:
                return False
            return all(self._has_header(tensor) for tensor in self._specs) and all(
                self._checksum(tensor) == self._sums[tensor] for tensor in self._specs
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return False

    def _has_header(self, tensor: str) -> bool:
        """Whether a file's header is the one that was written; the checksum is of the rows behind it."""
        spec = self._specs[tensor]
        stored = np.dtype(stored_dtype(spec, self.half))
        stored = np.dtype("uint16") if stored.name == "bfloat16" else stored
        with open_plain(self._paths[tensor]) as file:
            return read_header(file) == ((self.count, *spec.shape), False, stored)

    def _checksum(self, tensor: str) -> int:
        spec, found = self._specs[tensor], 0
        stored = stored_dtype(spec, self.half)
        with open_plain(self._paths[tensor]) as file:
            file.seek(_data_start(file))
            left = self.rows * _row_bytes(spec, stored)
            while left:
                content = file.read(min(left, _READ_BYTES))
                if not content:
                    return -1  # cut short
                found, left = zlib.crc32(content, found), left - len(content)
        return found


class DiskRows:
    """An array in a `.npy` file that gives rows by their numbers.

    Args:
        path: The file.
        dtype: What the rows are given as; float16 on disk becomes this.
    """

    def __init__(self, path: Path, dtype: np.dtype):
        self._file = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self._start = _data_start(self._file)
        self._file.seek(0)
        np.lib.format.read_magic(self._file)
        self.shape, _, stored = np.lib.format.read_array_header_2_0(self._file)
        self.dtype = dtype
        # bfloat16 has no name in NumPy's format, and is kept as the bytes that it is
        self._stored = dtype if stored == np.uint16 and dtype.name == "bfloat16" else stored
        self._bytes = math.prod(self.shape[1:]) * stored.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Returns rows (n, ...) by their numbers, int (n,)."""
        found = np.empty((len(rows), self._bytes), np.uint8)
        with self._lock:
            for row, place in zip(rows, found, strict=True):
                self._file.seek(self._start + int(row) * self._bytes)
                if self._file.readinto(place.data) != self._bytes:
                    raise OSError(f"a feature file was cut short: {self._file.name}")
        return found.view(self._stored).reshape(len(rows), *self.shape[1:]).astype(self.dtype, copy=False)


def _descr(dtype: np.dtype) -> str | list:
    return np.lib.format.dtype_to_descr(np.dtype("uint16") if dtype.name == "bfloat16" else dtype)


def _row_bytes(spec: Spec, stored: np.dtype) -> int:
    return math.prod(spec.shape) * stored.itemsize


def _data_start(file: BinaryIO) -> int:
    file.seek(0)
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_2_0(file)
    return file.tell()
