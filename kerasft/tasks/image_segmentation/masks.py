"""Reading masks beside their images: all of them at once, on all cores, each as large as its image."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kerasft.inputs.images.limits import BrokenImageError
from kerasft.inputs.images.upright import size_of
from kerasft.targets.masks.decoding import BrokenMaskError
from kerasft.targets.masks.store import MaskStore

Image = Path | np.ndarray  # a file, or pixels (height, width, 3)
Wanted = tuple[str, Callable[[], np.ndarray], Image | None]
Read = Mapping[str, str | BrokenMaskError]  # by name, the hash of a mask, or why it can't be used


def read_masks(wanted: Iterable[Wanted], store: MaskStore) -> Read:
    """Reads masks into a store.

    Args:
        wanted: Of each mask the name, what reads it, and its image; None where that isn't there.
        store: To be filled.
    """

    def read(one: Wanted) -> tuple[str, str | BrokenMaskError]:
        name, read_one, image = one
        try:
            mask = read_one()
            _check_size(mask.shape, image)
        except BrokenMaskError as error:
            return name, error
        return name, store.add(name, mask)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(pool.map(read, wanted))


def _check_size(shape: tuple[int, ...], image: Image | None) -> None:
    """Raises `BrokenMaskError` unless a mask is as large as its image; one that can't be read is told elsewhere."""
    if image is None:
        return
    try:
        wide, tall, exchanged = size_of(image)
    except BrokenImageError:
        return
    if (tall, wide) == shape:
        return
    height, width = shape
    turned = ", turned as its EXIF says" if exchanged else ""
    raise BrokenMaskError(
        f"it has {width} x {height} pixels, and its image {wide} x {tall}{turned}",
        "export the mask again at the size of its image",
    )
