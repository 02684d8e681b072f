"""Copies of an image that are not equal byte by byte: saved again, made smaller, made brighter.

Each image gets a difference hash: 64 bits that say where its grey values rise from left to right (Krawetz, "Kind of
Like That", 2013). Images whose hashes differ in a few bits are compared pixel by pixel, since plain images have
like hashes by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

MOST_BITS = 6
SAME = 0.99  # correlation of the grey values, measured: see docs/doctor.md
MARGIN = 3  # grey values; less is noise, which would turn the bits of even areas into chance
_PLAIN = 2  # grey values
_COLOUR = 0.08
_BANDS = 8  # of 8 bits: images within 7 bits share one of them
_MOST_COMPARED = 200  # with each image, among those that share a band
_SIDE = 32


def difference_hashes(images: np.ndarray) -> np.ndarray:
    """Returns the difference hash of images.

    Args:
        images: uint8 (n, size, size, 3), any size of 9 or more.

    Returns:
        uint64 (n,).
    """
    hashes = np.zeros(len(images), np.uint64)
    for row, image in enumerate(images):
        small = _shrink(_grey(image), 8, 9)
        bits = np.packbits(small[:, 1:] > small[:, :-1] + MARGIN)
        hashes[row] = int.from_bytes(bits.tobytes(), "big")
    return hashes


def near_copies(images: np.ndarray, skipped: list[int] | None = None) -> list[list[int]]:
    """Finds images that look the same.

    Args:
        images: uint8 (n, size, size, 3).
        skipped: Gets the number of pairs whose hashes might be alike and that were not compared.

    Returns:
        Groups of rows, each of two or more, in their order.
    """
    if not len(images):
        return []
    leader = list(range(len(images)))

    def lead(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    for one, other in _pairs(images, [] if skipped is None else skipped):
        leader[max(lead(one), lead(other))] = min(lead(one), lead(other))
    groups: dict[int, list[int]] = defaultdict(list)
    for row in range(len(images)):
        groups[lead(row)].append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def _pairs(images: np.ndarray, skipped: list[int]) -> Iterator[tuple[int, int]]:
    """Yields pairs of rows that look the same, some of them more than once."""
    patterns, brightness = _patterns(images)
    plain = np.flatnonzero(~patterns.any(1))
    plain = plain[np.argsort(brightness[plain], kind="stable")]
    for one, other in zip(plain, plain[1:], strict=False):
        if brightness[other] - brightness[one] < _PLAIN:
            yield int(one), int(other)
    rows = np.flatnonzero(patterns.any(1))
    hashes, patterns, colours = difference_hashes(images)[rows], patterns[rows], _colours(images)[rows]
    for band in range(_BANDS):
        keys = (hashes >> np.uint64(8 * band)) & np.uint64(0xFF)
        order = np.lexsort((hashes, keys))
        ends = np.searchsorted(keys[order], keys[order], side="right")
        left = ends - np.arange(len(order)) - 1 - _MOST_COMPARED
        skipped.append(int(left[left > 0].sum()))
        for start, one in enumerate(order):
            others = order[start + 1 : min(ends[start], start + 1 + _MOST_COMPARED)]
            others = others[np.bitwise_count(hashes[others] ^ hashes[one]) <= MOST_BITS]
            if len(others):
                alike = (patterns[others] @ patterns[one] >= SAME) & _same_colours(
                    colours[others], colours[one]
                )
                yield from ((int(rows[one]), int(rows[other])) for other in others[alike])


def _patterns(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns grey values (n, pixels) as unit vectors around 0, those of plain images all 0, and the brightness."""
    grey = np.stack([_shrink(_grey(image), _SIDE, _SIDE).ravel() for image in images])
    brightness = grey.mean(1)
    centred = grey - brightness[:, None]
    spread = centred.std(1)
    lengths = np.sqrt((centred**2).sum(1))
    unit = centred / np.maximum(lengths, 1e-6)[:, None]
    return np.where((spread < _PLAIN)[:, None], 0, unit).astype(np.float32), brightness


def _colours(images: np.ndarray) -> np.ndarray:
    """Returns how far the mean of each channel lies from the mean of all, relative to that: (n, 3)."""
    means = np.stack([image.mean((0, 1)) for image in images])
    brightness = np.maximum(means.mean(1, keepdims=True), 1)
    return (means - brightness) / brightness


def _same_colours(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether colours (n, 3) are those of another image (3,), or one of the two was made grey."""
    grey = (np.abs(one).max(1) < 0.02) | (np.abs(other).max() < 0.02)
    return grey | (np.abs(one - other).max(1) < _COLOUR)


def _grey(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def _shrink(grey: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns means over boxes, or repeats where the image is smaller than asked for."""
    from PIL import Image

    resized = Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized)
