"""Reads, decodes and resizes every picture of a listing once, before training starts (trap 15)."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.data import decode
from kerasft.data.listing import Item, Listing, plural
from kerasft.data.store import arrange, new_store
from kerasft.errors import Problem

Progress = Callable[[int, int], None]
_MOST_BROKEN = 20
_CHUNK = 256


@dataclass
class Loaded:
    """All pictures of a source, decoded: row k of each list belongs to `store[k]`.

    Args:
        store: uint8 (rows, image_size, image_size, 3).
        items: What each row is; the sources in it are dropped.
        hashes: SHA-256 of each file's bytes, hexadecimal.
        pixels: SHA-256 of each decoded and resized picture.
        broken: (id, reason) of each picture that could not be decoded; it has no row.
    """

    store: np.ndarray
    items: list[Item] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    pixels: list[bytes] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, rows: list[int]) -> None:
        """Keeps these rows, in this order."""
        chosen = set(rows)
        rest = [row for row in range(len(self.store)) if row not in chosen]
        arrange(self.store, np.array(rows + rest, np.int64))
        self.store = self.store[: len(rows)]
        self.items = [self.items[row] for row in rows]
        self.hashes = [self.hashes[row] for row in rows]
        self.pixels = [self.pixels[row] for row in rows]


def load(
    listing: Listing,
    image_size: int,
    resize: str = "stretch",
    *,
    memory_limit: int | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Decodes everything, on all processor cores.

    Args:
        listing: What to read.
        image_size: Side of the decoded pictures, in pixels.
        resize: "stretch" or "crop".
        memory_limit: In bytes; beyond it the pictures are kept in a temporary file. See `store.new_store`.
        progress: Called as progress(done, total) after every few hundred pictures.

    Returns:
        The decoded pictures in the listing's order, and a list of the broken ones. Whether those are an
        error is the caller's choice: see `broken_problems`.
    """
    loaded = Loaded(new_store(listing.count, image_size, memory_limit))

    def load_one(numbered: tuple[int, Item]) -> tuple[Item, str, bytes, str]:
        row, item = numbered
        bare = Item(item.id, item.class_name, b"", item.split)
        try:
            digest, image = _read(item.source)
            loaded.store[row] = decode.resize_image(image, image_size, resize)
        except decode.BrokenImageError as error:
            return bare, "", b"", str(error)
        return bare, digest, hashlib.sha256(loaded.store[row]).digest(), ""

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool, warnings.catch_warnings():
        # Pillow warns of bombs on its own terms and of odd metadata; what matters here is raised.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module="PIL")
        results = _in_chunks(pool, load_one, enumerate(listing.items()), listing.count, progress)
        _collect(loaded, results)
    return loaded


def _in_chunks(pool, work, numbered: Iterator, total: int, progress: Progress | None) -> Iterator:
    """Maps in order, a few hundred at a time, so that encoded pictures don't pile up in memory."""
    done = 0
    while chunk := list(islice(numbered, _CHUNK)):
        yield from pool.map(work, chunk)
        done += len(chunk)
        if progress:
            progress(done, total)


def _collect(loaded: Loaded, results: Iterable[tuple[Item, str, bytes, str]]) -> None:
    good = []
    for row, (item, digest, pixels, reason) in enumerate(results):
        loaded.items.append(item)
        loaded.hashes.append(digest)
        loaded.pixels.append(pixels)
        if reason:
            loaded.broken.append((item.id, reason))
        else:
            good.append(row)
    loaded.keep(good)


def _read(source: Path | bytes | np.ndarray) -> tuple[str, np.ndarray]:
    """Returns the SHA-256 of what is stored, and the decoded picture."""
    if isinstance(source, np.ndarray):
        return hashlib.sha256(source.tobytes()).hexdigest(), source
    encoded = source if isinstance(source, bytes) else decode.read_bytes(source)
    return hashlib.sha256(encoded).hexdigest(), decode.decode_image(encoded)


def broken_problems(broken: list[tuple[str, str]]) -> list[Problem]:
    """One problem for each broken picture, and their number when there are many."""
    next_step = "repair or remove it, or leave all broken ones out with --skip-broken"
    problems = []
    for name, reason in broken[:_MOST_BROKEN]:
        problems.append(Problem(f"a picture can't be decoded, {reason}", name, next_step))
    if len(broken) > _MOST_BROKEN:
        rest = len(broken) - _MOST_BROKEN
        problems.append(Problem(f"and {plural(rest, 'more picture')} that can't be decoded", "", next_step))
    return problems
