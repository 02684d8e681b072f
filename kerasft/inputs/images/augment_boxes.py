"""Training-only changes to images with boxes: what moves an image moves its boxes, and none is turned: all stay tight.

Mosaics of four images are those of YOLOv4 (Bochkovskiy et al. 2020, arXiv:2004.10934).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from kerasft.inputs.images.augment import Augment, brightened, wanted, warp

SHIFT = 0.1  # of the side
ZOOM = 0.3  # of the logarithm
COLOUR = 0.2
MOSAIC = 0.5  # share of the images
MIDDLE = (0.3, 0.7)  # where the four parts of a mosaic meet, as shares of the side
SMALLEST = 0.5  # scale of an image in a mosaic
GREY = 114.0  # beyond the edges: mirrored things would have no boxes
LEAST_LEFT = 0.25  # of a box that an edge cuts, to stay one
_UNUSED = -1


def make_box_augment(name: str, *, flip: bool = True) -> Augment | None:
    """Returns the augmentation of this name.

    Args:
        name: "none"; "light": mirror, shift, zoom, brightness and contrast; or "strong": besides, half of the images
            are mosaics of four, and colours change.
        flip: Whether left and right may be exchanged.

    Returns:
        None for "none"; else a function of images uint8 (batch, size, size, 3), boxes float32 (batch, most, 6) and a
        seed, to float32 images 0..255 and boxes. These are x1, y1, x2, y2 in pixels, a class that is -1 in rows that
        are not used, and a mark. It changes nothing that it is given, and equal arguments give equal bytes.

    Raises:
        InputError: The name is unknown.
    """
    if not wanted(name):
        return None

    def augment(images: np.ndarray, boxes: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        if name == "strong":
            images, boxes = mosaics(images, boxes, rng)
        scales, offsets = _moves(len(images), rng, flip)
        moved = warp(images.astype(np.float32), _matrices(scales, offsets), fill=GREY)
        if name == "strong":
            gains = rng.uniform(1 - COLOUR, 1 + COLOUR, (len(images), 1, 1, 3))
            moved = np.clip(moved * gains.astype(np.float32), 0, 255)
        return brightened(moved, rng), moved_boxes(boxes, images.shape[1], scales, offsets)

    return augment


def _moves(count: int, rng: np.random.Generator, flip: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns scales and offsets (count, 2) from places in results to those in images, about the middle, in sides."""
    scales = np.exp(rng.uniform(-ZOOM, ZOOM, (count, 1))).repeat(2, axis=1)
    mirror = rng.random(count) < 0.5
    if flip:
        scales[mirror, 0] *= -1
    return scales, rng.uniform(-SHIFT, SHIFT, (count, 2))


def _matrices(scales: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    matrices = np.tile(np.eye(3), (len(scales), 1, 1))
    matrices[:, [0, 1], [0, 1]] = scales
    matrices[:, :2, 2] = offsets
    return matrices


def moved_boxes(boxes: np.ndarray, size: int, scales: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Returns boxes (batch, most, 6) as they lie on images that were moved; what is hardly left of one is none."""
    corners = boxes[..., :4].reshape(*boxes.shape[:2], 2, 2) / size - 0.5
    corners = (corners - offsets[:, None, None]) / scales[:, None, None]
    corners = np.sort((corners + 0.5) * size, axis=2).reshape(*boxes.shape[:2], 4)
    return _cut(corners, boxes, np.array([0, 0, size, size]))


def _cut(corners: np.ndarray, boxes: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Returns boxes (..., 6) with other corners (..., 4), cut at a frame."""
    inside = np.clip(corners, np.tile(frame[:2], 2), np.tile(frame[2:], 2))
    left = _areas(inside) >= LEAST_LEFT * np.maximum(_areas(corners), 1e-6)
    used = (boxes[..., 4] != _UNUSED) & left
    classes = np.where(used, boxes[..., 4], _UNUSED)
    kept = np.where(used[..., None], inside, 0)
    return np.concatenate([kept, classes[..., None], boxes[..., 5:]], axis=-1).astype(np.float32)


def _areas(corners: np.ndarray) -> np.ndarray:
    return np.prod(np.maximum(corners[..., 2:] - corners[..., :2], 0), axis=-1)


def mosaics(images: np.ndarray, boxes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns images uint8 and their boxes; some are put together of parts of four, if there are rows for all boxes."""
    count, size = images.shape[:2]
    chosen = np.flatnonzero(rng.random(count) < MOSAIC)
    made, beside = images.copy(), boxes.copy()
    for row in chosen:
        sources = [row, *rng.integers(0, count, 3)]
        middle = np.rint(rng.uniform(*MIDDLE, 2) * size).astype(int)
        canvas, found = np.empty_like(images[0]), []
        for place, source in enumerate(sources):
            part, frame = _part(images[source], place, middle, rng)
            canvas[frame[1] : frame[3], frame[0] : frame[2]] = part.pixels
            lying = boxes[source].astype(np.float64)
            corners = (lying[:, :4] - part.offset) * part.scale + np.tile(frame[:2], 2)
            cut = _cut(corners, lying, frame)
            found.append(cut[cut[:, 4] != _UNUSED])
        all_of_them = np.concatenate(found)
        if len(all_of_them) <= boxes.shape[1]:
            made[row], beside[row] = canvas, 0
            beside[row, :, 4] = _UNUSED
            beside[row, : len(all_of_them)] = all_of_them
    return made, beside


class _Part:
    """A part of an image at a scale: `pixels` (height, width, 3), cut out from `offset` (x, y, x, y) on."""

    def __init__(self, image: np.ndarray, shape: tuple[int, int], rng: np.random.Generator):
        size, (width, height) = len(image), shape
        self.scale = float(rng.uniform(max(SMALLEST, width / size, height / size), 1.0))
        spans = np.array(shape) / self.scale
        self.offset = np.tile(rng.uniform(0, 1, 2) * (size - spans), 2)
        box = (*self.offset[:2], *np.minimum(self.offset[:2] + spans, size))
        taken = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=box)
        self.pixels = np.asarray(taken)


def _part(
    image: np.ndarray, place: int, middle: np.ndarray, rng: np.random.Generator
) -> tuple[_Part, np.ndarray]:
    """Returns what fills a quarter, and the frame of that: x1, y1, x2, y2."""
    size, right, low = len(image), place % 2, place // 2
    left, top = (int(middle[axis]) if on else 0 for axis, on in enumerate((right, low)))
    far, bottom = (size if on else int(middle[axis]) for axis, on in enumerate((right, low)))
    return _Part(image, (far - left, bottom - top), rng), np.array([left, top, far, bottom])
