"""Training-only changes to images whose answers lie on them, such as masks: what moves an image moves its answer."""

from __future__ import annotations

import numpy as np

from kerasft.inputs.images.augment import (
    Augment,
    brightened,
    randaugmented,
    random_matrices,
    wanted,
    warp,
)


def make_map_augment(name: str, *, flip: bool = True) -> Augment | None:
    """Returns the augmentation of this name.

    Args:
        name: "none"; "light": mirror, shift, zoom, small rotation, brightness and contrast; or "strong": light's
            geometry and RandAugment. Nothing is erased, and no two images are mixed.
        flip: Whether left and right may be exchanged.

    Returns:
        None for "none"; else a function of images uint8 (batch, size, size, 3), maps uint8 (batch, size, size) and a
        seed, to float32 images 0..255 and maps of the same type, in which no two numbers are ever mixed. It changes
        nothing that it is given, and equal arguments give equal bytes.

    Raises:
        InputError: The name is unknown.
    """
    if not wanted(name):
        return None

    def augment(images: np.ndarray, maps: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        if images.shape[:3] != maps.shape:
            raise ValueError(f"images {images.shape} and maps {maps.shape} don't lie on each other")
        rng = np.random.default_rng(seed)
        matrices = random_matrices(len(images), rng, flip)
        if name == "light":
            moved = brightened(warp(images.astype(np.float32), matrices), rng)
        else:
            colored, matrices = randaugmented(images, matrices, rng)
            moved = warp(colored, matrices)
        beside = warp(maps[..., None].astype(np.float32), matrices, "nearest")[..., 0]
        return moved, beside.astype(maps.dtype)

    return augment
