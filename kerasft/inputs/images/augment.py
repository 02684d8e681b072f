"""Training-only changes to images: pure functions of (images, labels, seed).

Why not the layers of Keras (3.15, measured on 2 cores at 224 px): a shift, a zoom and a rotation in a row
resample three times, which blurs small images and costs 3.9 ms of CPU per image against 1.3 ms for their
product as one matrix; `keras.layers.RandAugment` computes all its operations for every image, 29 ms, and
draws them once per batch; and their random state is hidden in variables, which a resumed run has to restore.
So the geometry of one image is one matrix, applied by `keras.ops.image.affine_transform`; colours are
Pillow's, as in the papers' own code; and all numbers come from one NumPy generator made from the seed.

Sources: RandAugment (Cubuk et al. 2020, arXiv:1909.13719), MixUp (Zhang et al. 2018, arXiv:1710.09412),
CutMix (Yun et al. 2019, arXiv:1905.04899), random erasing (Zhong et al. 2020, arXiv:1708.04896).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.contract.plan import AUGMENTATIONS

Augment = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]

SHIFT = 0.1  # of the side
ZOOM = 0.15
ROTATION = np.deg2rad(10)
BRIGHTNESS = 0.15  # of 255
CONTRAST = 0.2
RANDAUGMENT_OPERATIONS = 2
RANDAUGMENT_MAGNITUDE = 0.4  # of the strongest in the paper
ERASE_PROBABILITY = 0.25
ERASE_AREA = (0.02, 0.2)
MIXUP_ALPHA = 0.2
CUTMIX_ALPHA = 1.0


def make_augment(name: str, image_size: int, *, flip: bool = True) -> Augment | None:
    """Returns the augmentation of this name.

    Args:
        name: "none"; "light": mirror, shift, zoom, small rotation, brightness and contrast; or "strong":
            light's geometry, RandAugment, random erasing, then MixUp or CutMix.
        image_size: Side of the images, in pixels.
        flip: Whether left and right may be exchanged: wrong for digits, text and road signs.

    Returns:
        None for "none"; else a function of images uint8 (batch, image_size, image_size, 3), labels one-hot
        (batch, classes) and a seed, to float32 images 0..255 and float32 labels of the same shapes. It
        changes nothing that it is given, and equal arguments give equal bytes, whatever was called before.

    Raises:
        InputError: The name is unknown.
    """
    if not wanted(name):
        return None
    change = _light if name == "light" else _strong

    def augment(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        if images.shape[1:] != (image_size, image_size, 3):
            raise ValueError(f"images of {image_size} px were announced, and {images.shape} came")
        return change(images, np.array(labels, np.float32), np.random.default_rng(seed), flip)

    return augment


def wanted(name: str) -> bool:
    """Returns whether an augmentation does anything.

    Raises:
        InputError: The name is unknown.
    """
    if name not in AUGMENTATIONS:
        next_step = did_you_mean(str(name), AUGMENTATIONS, f"--augment takes {', '.join(AUGMENTATIONS)}")
        raise InputError(Problem("unknown augmentation", repr(name), next_step))
    return name != "none"


def _light(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, flip: bool
) -> tuple[np.ndarray, np.ndarray]:
    matrices = random_matrices(len(images), rng, flip)
    return brightened(warp(images.astype(np.float32), matrices), rng), labels


def brightened(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes contrast and brightness of float32 images (batch, size, size, 3), in place, and returns them."""
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST, len(images)).astype(np.float32)[:, None, None, None]
    shift = rng.uniform(-BRIGHTNESS, BRIGHTNESS, len(images)).astype(np.float32)[:, None, None, None] * 255
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    images *= contrast
    images += mean * (1 - contrast) + shift
    return np.clip(images, 0, 255, out=images)


def _strong(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, flip: bool
) -> tuple[np.ndarray, np.ndarray]:
    colored, matrices = randaugmented(images, random_matrices(len(images), rng, flip), rng)
    warped = warp(colored, matrices)
    _erase(warped, rng)
    return (_mixup if rng.random() < 0.5 else _cutmix)(warped, labels, rng)


def random_matrices(count: int, rng: np.random.Generator, flip: bool) -> np.ndarray:
    """Returns (count, 3, 3) matrices from output to input coordinates, around the centre, in units of the side."""
    angle = rng.uniform(-ROTATION, ROTATION, count)
    zoom = np.exp(rng.uniform(-ZOOM, ZOOM, count))
    mirror = np.where(rng.random(count) < 0.5, -1.0, 1.0) if flip else np.ones(count)
    matrices = np.tile(np.eye(3), (count, 1, 1))
    matrices[:, 0, 0], matrices[:, 0, 1] = zoom * np.cos(angle) * mirror, -zoom * np.sin(angle)
    matrices[:, 1, 0], matrices[:, 1, 1] = zoom * np.sin(angle) * mirror, zoom * np.cos(angle)
    matrices[:, :2, 2] = rng.uniform(-SHIFT, SHIFT, (count, 2))
    return matrices


def warp(
    images: np.ndarray, matrices: np.ndarray, interpolation: str = "bilinear", fill: float | None = None
) -> np.ndarray:
    """Applies one matrix to each image, float32 (batch, size, size, channels).

    Beyond its edges it is mirrored, or has the value `fill`.
    """
    import keras

    size = images.shape[1]
    center = (size - 1) / 2
    to_unit = np.array([[1 / size, 0, -center / size], [0, 1 / size, -center / size], [0, 0, 1]])
    matrices = np.linalg.inv(to_unit) @ matrices @ to_unit
    with keras.device("cpu:0"):
        warped = keras.ops.image.affine_transform(
            images,
            matrices.reshape(-1, 9)[:, :8].astype(np.float32),
            interpolation=interpolation,
            fill_mode="reflect" if fill is None else "constant",
            fill_value=fill or 0.0,
            data_format="channels_last",
        )
        return np.array(keras.ops.convert_to_numpy(warped))


def _enhance(kind: type) -> Callable[[Image.Image, float], Image.Image]:
    return lambda image, amount: kind(image).enhance(1 + 0.9 * amount)


# Strengths at 1.0 are the paper's strongest; the sign of `amount` is drawn too.
_COLORS: tuple[Callable[[Image.Image, float], Image.Image], ...] = (
    lambda image, amount: ImageOps.autocontrast(image),
    lambda image, amount: ImageOps.equalize(image),
    lambda image, amount: ImageOps.solarize(image, int(256 * (1 - abs(amount)))),
    lambda image, amount: ImageOps.posterize(image, 8 - round(4 * abs(amount))),
    _enhance(ImageEnhance.Color),
    _enhance(ImageEnhance.Contrast),
    _enhance(ImageEnhance.Brightness),
    _enhance(ImageEnhance.Sharpness),
)
# Where `amount` goes in the matrix: shear x, shear y, shift x, shift y.
_GEOMETRY = (((0, 1), 0.3), ((1, 0), 0.3), ((0, 2), 0.45), ((1, 2), 0.45))
_ROTATION_STRONG = np.deg2rad(30)


def randaugmented(
    images: np.ndarray, matrices: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws operations for images uint8 (batch, size, size, 3): float32 with other colours, and matrices to apply."""
    colored, moved = np.empty(images.shape, np.float32), matrices.copy()
    for row, image in enumerate(images):
        colored[row], geometry = _randaugment(image, rng)
        moved[row] = moved[row] @ geometry
    return colored, moved


def _randaugment(image: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws operations for one image; colours are applied, geometry is returned as a matrix."""
    picture, matrix = Image.fromarray(image), np.eye(3)
    identity, rotation = len(_COLORS) + len(_GEOMETRY), len(_COLORS) + len(_GEOMETRY) + 1
    for operation in rng.integers(0, rotation + 1, RANDAUGMENT_OPERATIONS):
        amount = RANDAUGMENT_MAGNITUDE * rng.uniform(0.5, 1.5) * rng.choice((-1, 1))
        if operation < len(_COLORS):
            picture = _COLORS[operation](picture, amount)
        elif operation == rotation:
            cos, sin = np.cos(amount * _ROTATION_STRONG), np.sin(amount * _ROTATION_STRONG)
            matrix = matrix @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        elif operation != identity:
            place, strongest = _GEOMETRY[operation - len(_COLORS)]
            step = np.eye(3)
            step[place] = strongest * amount
            matrix = matrix @ step
    return np.asarray(picture), matrix


def _box(size: int, area: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A rectangle inside the image with about this share of its area: top, bottom, left, right."""
    aspect = np.exp(rng.uniform(-0.7, 0.7))
    height = int(np.clip(round(size * np.sqrt(area * aspect)), 1, size))
    width = int(np.clip(round(size * np.sqrt(area / aspect)), 1, size))
    top, left = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
    return int(top), int(top + height), int(left), int(left + width)


def _erase(images: np.ndarray, rng: np.random.Generator) -> None:
    """Overwrites a rectangle with noise in some of the images (in place)."""
    for image in images:
        if rng.random() < ERASE_PROBABILITY:
            top, bottom, left, right = _box(len(image), rng.uniform(*ERASE_AREA), rng)
            image[top:bottom, left:right] = rng.integers(0, 256, (bottom - top, right - left, 3))


def _mixup(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Mixes each image with another one of the batch; the labels in the same proportion."""
    partner = rng.permutation(len(images))
    share = rng.beta(MIXUP_ALPHA, MIXUP_ALPHA, len(images)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    weight = share[:, None, None, None]
    return images * weight + images[partner] * (1 - weight), _mix_labels(labels, labels[partner], share)


def _cutmix(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Puts a rectangle of another image of the batch into each; the labels in proportion to the areas."""
    size = images.shape[1]
    partner = rng.permutation(len(images))
    mixed, share = images.copy(), np.ones(len(images), np.float32)
    for row, other in enumerate(partner):
        top, bottom, left, right = _box(size, rng.beta(CUTMIX_ALPHA, CUTMIX_ALPHA), rng)
        mixed[row, top:bottom, left:right] = images[other, top:bottom, left:right]
        share[row] = 1 - (bottom - top) * (right - left) / size**2
    return mixed, _mix_labels(labels, labels[partner], share)


def _mix_labels(labels: np.ndarray, others: np.ndarray, share: np.ndarray) -> np.ndarray:
    return labels * share[:, None] + others * (1 - share[:, None])
