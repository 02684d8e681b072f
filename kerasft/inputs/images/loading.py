"""Reads, decodes and resizes every image of a listing once, before training starts (trap 15)."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kerasft.base.counter import counter, in_command
from kerasft.base.errors import Problem
from kerasft.base.folding import Fault, fault_problems
from kerasft.data.listing import Item, Listing
from kerasft.inputs.images import decode
from kerasft.inputs.images.store import arrange, new_store

if TYPE_CHECKING:
    from concurrent.futures import Executor

Progress = Callable[[int, int], None]
_CHUNK = 256
AUTO = decode.OWN


@dataclass(frozen=True)
class _Row:
    """What came of one image: hash of its file, hash of its pixels, bits of a 16-bit file; or why it is broken."""

    item: Item
    digest: str = ""
    pixels: bytes = b""
    bits: int = 0
    reason: str = ""


@dataclass
class Loaded:
    """All images of a source, decoded: row k of each list belongs to `store[k]`.

    Args:
        store: uint8 (rows, image_size, image_size, 3).
        items: What each row is; the sources in it are dropped.
        hashes: SHA-256 of each file's bytes, hexadecimal.
        keys: SHA-256 of each decoded and resized image: what makes two of them copies of each other.
        broken: (id, reason) of each image that could not be decoded; it has no row.
        depths: Of each file with 16 bits per channel, the bits that are read, and 0 of all others.
    """

    store: np.ndarray
    items: list[Item] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)

    @property
    def column(self) -> np.ndarray:
        """The images."""
        return self.store

    @property
    def bit_depth(self) -> int | None:
        """The bits that are read of files with 16 bits per channel; None when there is no such file."""
        return max(self.depths, default=0) or None

    def keep(self, rows: list[int]) -> None:
        """Keeps these rows, in this order."""
        chosen = set(rows)
        rest = [row for row in range(len(self.store)) if row not in chosen]
        arrange(self.store, np.array(rows + rest, np.int64))
        self.store = self.store[: len(rows)]
        self.items = [self.items[row] for row in rows]
        self.hashes = [self.hashes[row] for row in rows]
        self.keys = [self.keys[row] for row in rows]
        self.depths = [self.depths[row] for row in rows]


def load(
    listing: Listing,
    image_size: int,
    resize: str = "stretch",
    *,
    bit_depth: int | None | str = None,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Decodes everything, on all processor cores.

    Args:
        listing: What to read.
        image_size: Side of the decoded images, in pixels.
        resize: "stretch", "crop" or "letterbox".
        bit_depth: As for `decode_image`; `AUTO` finds the bits that all 16-bit files together use.
        memory_limit: In bytes; beyond it the images are kept in a temporary file. See `store.new_store`.
        progress: Called as progress(done, total) after every few hundred images; None shows how far a command is.

    Returns:
        The decoded images in the listing's order, and a list of the broken ones. Whether those are an
        error is the caller's choice: see `broken_problems`.
    """
    loaded = Loaded(new_store(listing.count, image_size, memory_limit))

    def load_one(numbered: tuple[int, Item], depth: int | None | str = bit_depth) -> _Row:
        row, item = numbered
        bare = Item(item.id, item.label, b"", item.split)
        try:
            digest, image, bits = _read(item.source, depth)
            loaded.store[row] = decode.resize_image(image, image_size, resize)
        except decode.BrokenImageError as error:
            return _Row(bare, reason=str(error))
        return _Row(bare, digest, hashlib.sha256(loaded.store[row]).digest(), bits)

    with (
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        warnings.catch_warnings(),
        counter("reading images", progress is None and in_command(), after=3.0) as shown,
    ):
        told = progress or shown
        # Pillow warns of bombs on its own terms and of odd metadata; what matters here is raised.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module="PIL")
        rows = list(_in_chunks(pool, load_one, enumerate(listing.items()), listing.count, told))
        depth = max((row.bits for row in rows), default=0)
        if any(0 < row.bits < depth for row in rows):  # read by the bits of all files, not by its own
            again = ((row, item) for row, item in enumerate(listing.items()) if 0 < rows[row].bits < depth)
            places = [row for row, each in enumerate(rows) if 0 < each.bits < depth]
            redone = _in_chunks(pool, partial(load_one, depth=depth), again, len(places), told)
            for row, each in zip(places, redone, strict=True):
                rows[row] = each
        _collect(loaded, rows)
    return loaded


def _in_chunks(
    pool: Executor,
    work: Callable[[tuple[int, Item]], _Row],
    numbered: Iterator[tuple[int, Item]],
    total: int,
    progress: Progress,
) -> Iterator[_Row]:
    """Maps in order, a few hundred at a time, so that encoded images don't pile up in memory."""
    done = 0
    while chunk := list(islice(numbered, _CHUNK)):
        yield from pool.map(work, chunk)
        done += len(chunk)
        progress(done, total)


def _collect(loaded: Loaded, rows: Iterable[_Row]) -> None:
    good = []
    for number, row in enumerate(rows):
        loaded.items.append(row.item)
        loaded.hashes.append(row.digest)
        loaded.keys.append(row.pixels)
        loaded.depths.append(row.bits)
        if row.reason:
            loaded.broken.append((row.item.id, row.reason))
        else:
            good.append(number)
    loaded.keep(good)


def _read(source: Path | bytes | np.ndarray, bit_depth: int | None | str) -> tuple[str, np.ndarray, int]:
    """Returns the SHA-256 of what is stored, the decoded image, and the bits of a 16-bit file (else 0)."""
    if isinstance(source, np.ndarray):
        return hashlib.sha256(source.tobytes()).hexdigest(), source, 0
    encoded = source if isinstance(source, bytes) else decode.read_bytes(source)
    image, bits = decode.decode_with_depth(encoded, bit_depth)
    return hashlib.sha256(encoded).hexdigest(), image, bits


def broken_problems(broken: list[tuple[str, str]]) -> list[Problem]:
    """One problem for each broken image, or for many that are alike, and the number of others."""
    step = "repair or remove it, or leave all broken ones out with --skip-broken"
    faults = [Fault(name, reason, step) for name, reason in broken]
    one, several = "an image can't be decoded", "{} can't be decoded"
    return fault_problems(faults, one, several, "image", "that can't be decoded", step)
