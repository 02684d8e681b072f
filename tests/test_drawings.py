"""The drawings: repeatable, varied, and told apart by what their class is."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from kerasft.inputs.images.drawn import GENERATORS, draw, draw_epoch, drawn_epochs, make_classes

CLASSES = make_classes(40, seed=3)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not():
    labels = np.arange(40)
    first = draw(CLASSES, labels, seed=5)
    assert np.array_equal(first, draw(make_classes(40, seed=3), labels, seed=5))
    others = draw(CLASSES, labels, seed=6)
    assert (first != others).any(axis=(1, 2, 3)).all()
    assert not np.array_equal(first, draw(make_classes(40, seed=4), labels, seed=5))


def test_numpys_global_state_is_neither_read_nor_changed():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    first = draw(CLASSES, [0, 30, 35, 39], seed=1)
    assert np.array_equal(before, np.random.get_state()[1])
    np.random.seed(1)
    assert np.array_equal(first, draw(CLASSES, [0, 30, 35, 39], seed=1))


@pytest.mark.parametrize("image_size", [8, 16, 32, 65])
def test_pictures_are_rgb_bytes_of_the_size_asked_for(image_size):
    images = draw(CLASSES, range(40), seed=0, image_size=image_size)
    assert images.shape == (40, image_size, image_size, 3)
    assert images.dtype == np.uint8
    assert (
        images.max(axis=(1, 2, 3)) - images.min(axis=(1, 2, 3)) > 20
    ).mean() > 0.9  # there is something to see


def test_no_pictures_are_no_error():
    assert draw(CLASSES, [], seed=0).shape == (0, 32, 32, 3)


def test_the_generators_share_the_classes_as_documented():
    classes = make_classes(600)
    counts = {name: sum(each.generator == name for each in classes) for name in GENERATORS}
    assert counts == {"glyph": 360, "shapes": 96, "fractal": 60, "texture": 84}
    assert len({each.name for each in classes}) == 600
    assert classes[0].name == "glyph_0000"


def _what_stays(masks: np.ndarray) -> np.ndarray:
    """The image at 8 pixels, and its spectrum, which doesn't mind where a texture begins."""
    coarse = masks.reshape(len(masks), 8, 4, 8, 4).mean(axis=(2, 4)).reshape(len(masks), -1)
    spectrum = np.abs(np.fft.rfft2(masks - masks.mean(axis=(1, 2), keepdims=True)))[:, :, :8]
    spectrum = np.log1p(spectrum).reshape(len(masks), -1) / 4
    return np.concatenate([coarse, spectrum], axis=1)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_picture_is_nearest_to_the_mean_of_its_own_class(name):
    random = np.random.default_rng(0)
    module = GENERATORS[name]
    classes = [module.new_class(random) for _ in range(10)]
    labels = np.repeat(np.arange(10), 30)
    features = _what_stays(module.draw_masks([classes[label] for label in labels], random, 32))
    means = features.reshape(10, 30, -1)[:, :20].mean(axis=1)
    others = features.reshape(10, 30, -1)[:, 20:].reshape(100, -1)
    nearest = np.linalg.norm(others[:, None] - means[None], axis=-1).argmin(axis=1)
    assert (nearest == np.repeat(np.arange(10), 10)).mean() > 0.6  # chance is 0.1


def test_colour_says_nothing_about_a_glyph():
    labels = np.repeat([0, 1], 300)
    images = draw(CLASSES, labels, seed=0).astype(float)
    mean_colour = images.mean(axis=(1, 2)).reshape(2, 300, 3).mean(axis=1)
    assert np.abs(mean_colour[0] - mean_colour[1]).max() < 15  # of 255; one standard error is about 5


def test_masks_keep_to_0_and_1_and_fill_neither_nothing_nor_all():
    random = np.random.default_rng(1)
    for name, module in GENERATORS.items():
        masks = module.draw_masks([module.new_class(random) for _ in range(50)], random, 32)
        assert masks.dtype == np.float32 and masks.shape == (50, 32, 32), name
        assert masks.min() >= 0 and masks.max() <= 1, name
        covered = masks.mean(axis=(1, 2))
        assert ((covered > 0.005) & (covered < 0.95)).mean() > 0.9, name


def test_epochs_drawn_ahead_are_balanced_new_and_repeatable():
    epochs = list(drawn_epochs(CLASSES, drawings=80, epochs=3, image_size=16, seed=2))
    assert len(epochs) == 3
    for epoch, (images, labels) in enumerate(epochs):
        assert images.shape == (80, 16, 16, 3)
        assert np.bincount(labels).tolist() == [2] * 40
        again, labels_again = draw_epoch(CLASSES, 80, epoch, image_size=16, seed=2)
        assert np.array_equal(images, again) and np.array_equal(labels, labels_again)
    assert not np.array_equal(epochs[0][1], epochs[1][1])
    assert not np.array_equal(draw(CLASSES, [0], seed=(2, 0, 0)), draw(CLASSES, [0], seed=(2, 1, 0)))


def test_drawing_stops_when_nobody_wants_more_pictures():
    epochs = drawn_epochs(CLASSES, drawings=16, epochs=1000, image_size=16)
    next(epochs)
    started = time.perf_counter()
    epochs.close()
    assert time.perf_counter() - started < 5


def test_drawing_needs_neither_keras_nor_tensorflow():
    code = "import sys, kerasft.inputs.images.drawn; print({'keras', 'tensorflow', 'PIL'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
