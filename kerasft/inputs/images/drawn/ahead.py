"""Draws the images of the next epoch while the network trains on those of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kerasft.inputs.images.drawn.classes import DrawingClass, draw

CHUNK = 64  # images drawn at once: small enough for the processor's cache


def drawn_epochs(
    classes: Sequence[DrawingClass], drawings: int, epochs: int, image_size: int = 32, seed: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields new images for each epoch; the same arguments give the same bytes.

    NumPy lets go of Python's lock while it computes, and so does `fit`: one thread is enough.

    Args:
        classes: From `make_classes`; each is drawn equally often, in random order.
        drawings: Images per epoch.
        epochs: Number of epochs.
        image_size: Width and height in pixels.
        seed: Of labels and drawings.

    Yields:
        Images, uint8 (drawings, image_size, image_size, 3), and labels, int32 (drawings,).
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        jobs = [
            pool.submit(draw_epoch, classes, drawings, epoch, image_size, seed)
            for epoch in range(min(epochs, 1))
        ]
        for epoch in range(epochs):
            drawn = jobs.pop().result()
            if epoch + 1 < epochs:
                jobs.append(pool.submit(draw_epoch, classes, drawings, epoch + 1, image_size, seed))
            yield drawn


def draw_epoch(
    classes: Sequence[DrawingClass], drawings: int, epoch: int, image_size: int = 32, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draws the images and labels of one epoch; see `drawn_epochs`."""
    labels = np.arange(drawings, dtype=np.int32) % len(classes)
    np.random.default_rng((seed, epoch)).shuffle(labels)
    images = np.empty((drawings, image_size, image_size, 3), np.uint8)
    for start in range(0, drawings, CHUNK):
        images[start : start + CHUNK] = draw(
            classes, labels[start : start + CHUNK], (seed, epoch, start), image_size
        )
    return images, labels
