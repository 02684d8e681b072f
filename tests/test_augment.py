"""Augmentation is a pure function of images, labels and seed."""

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.contract.plan import AUGMENTATIONS
from kerasft.inputs.images import augment as augmenting
from kerasft.inputs.images import augment_maps
from kerasft.inputs.images.augment import make_augment
from kerasft.inputs.images.augment_maps import make_map_augment

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (16, 24, 24, 3), dtype=np.uint8)
LABELS = np.eye(4, dtype=np.float32)[np.arange(16) % 4]
CHANGING = ("light", "strong")


def test_names():
    assert AUGMENTATIONS == ("none", "light", "strong")
    assert make_augment("none", 24) is None
    with pytest.raises(
        InputError, match=r"unknown augmentation \(received: 'ligth'\); did you mean 'light'\?"
    ):
        make_augment("ligth", 24)
    with pytest.raises(InputError, match="--augment takes none, light, strong"):
        make_augment("xyz", 24)


@pytest.mark.parametrize("name", CHANGING)
def test_equal_arguments_give_equal_bytes_whatever_came_before(name):
    augment = make_augment(name, 24)
    seeds = list(range(6))
    first = {seed: [part.tobytes() for part in augment(IMAGES, LABELS, seed)] for seed in seeds}
    for seed in reversed(seeds):
        assert [part.tobytes() for part in augment(IMAGES, LABELS, seed)] == first[seed]
    assert [part.tobytes() for part in make_augment(name, 24)(IMAGES, LABELS, 3)] == first[3]
    assert len({parts[0] for parts in first.values()}) == len(seeds)


@pytest.mark.parametrize("name", CHANGING)
def test_shapes_ranges_and_labels(name):
    augment = make_augment(name, 24)
    for seed in range(20):
        images, labels = augment(IMAGES, LABELS, seed)
        assert images.shape == IMAGES.shape and images.dtype == np.float32
        assert labels.shape == LABELS.shape and labels.dtype == np.float32
        assert images.min() >= 0 and images.max() <= 255 and images.max() > 100  # not 0..1
        np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
        assert (labels >= 0).all()
        if name == "light":
            assert np.array_equal(labels, LABELS)


@pytest.mark.parametrize("name", CHANGING)
def test_inputs_are_not_changed(name):
    images, labels = IMAGES.copy(), LABELS.copy()
    out, out_labels = make_augment(name, 24)(images, labels, 0)
    out[:], out_labels[:] = 0, 0
    assert np.array_equal(images, IMAGES) and np.array_equal(labels, LABELS)


def test_a_wrong_size_is_refused():
    with pytest.raises(ValueError, match=r"images of 32 px were announced, and \(16, 24, 24, 3\) came"):
        make_augment("light", 32)(IMAGES, LABELS, 0)


def test_flip_can_be_switched_off():
    """A ramp from dark to bright stays one without flips, and is reversed half of the time with them."""
    ramp = np.tile(np.linspace(0, 255, 24).astype(np.uint8)[None, None, :, None], (16, 24, 1, 3))

    def share_of_flipped(flip):
        augment = make_augment("light", 24, flip=flip)
        images = np.concatenate([augment(ramp, LABELS, seed)[0] for seed in range(10)])
        return np.mean(images[:, 8:16, :8].mean(axis=(1, 2, 3)) > images[:, 8:16, 16:].mean(axis=(1, 2, 3)))

    assert share_of_flipped(False) == 0
    assert 0.35 < share_of_flipped(True) < 0.65


def test_light_stays_close_to_the_picture():
    """The centre of a smooth image moves by a tenth of the side at most, and brightness by its bound."""
    y, x = np.mgrid[:24, :24]
    blob = (200 * np.exp(-((y - 11.5) ** 2 + (x - 11.5) ** 2) / 18)).astype(np.uint8)
    images, _ = make_augment("light", 24)(np.tile(blob[None, ..., None], (16, 1, 1, 3)), LABELS, 1)
    for image in images[..., 0]:
        peak = np.unravel_index(image.argmax(), image.shape)
        assert np.abs(np.array(peak) - 11.5).max() <= 0.1 * 24 * 1.17 + 1.5
        assert 200 * 0.7 - 40 < image.max() <= 255


def test_mixed_labels_follow_the_pixels():
    """Plain images, one colour per class: the share of each label is the share of its colour."""
    import kerasft.inputs.images.augment as module

    plain = np.zeros((16, 24, 24, 3), np.float32)
    plain[...] = (np.arange(16) % 4 * 60)[:, None, None, None]
    for seed in range(5):
        mixed, labels = module._cutmix(plain, LABELS, np.random.default_rng(seed))
        for image, label in zip(mixed, labels, strict=True):
            shares = [(image[..., 0] == 60 * index).mean() for index in range(4)]
            np.testing.assert_allclose(shares, label, atol=1e-6)
        mixed, labels = module._mixup(plain, LABELS, np.random.default_rng(seed))
        np.testing.assert_allclose(mixed[:, 0, 0, 0], labels @ (60 * np.arange(4)), rtol=1e-4)
        assert (labels.max(axis=1) >= 0.5).all()


def test_strong_mixes_in_both_ways_and_erases():
    augment = make_augment("strong", 24)
    mixed = [augment(IMAGES, LABELS, seed)[1] for seed in range(30)]
    assert any((labels.max(axis=1) < 0.99).any() for labels in mixed)


def test_one_picture_alone():
    for name in CHANGING:
        images, labels = make_augment(name, 24)(IMAGES[:1], LABELS[:1], 0)
        assert images.shape == (1, 24, 24, 3) and np.array_equal(labels, LABELS[:1])


MAPS = np.random.default_rng(1).integers(0, 3, (16, 4, 4), dtype=np.uint8).repeat(6, axis=1).repeat(6, axis=2)


@pytest.mark.parametrize("name", CHANGING)
def test_maps_keep_their_numbers_and_equal_arguments_give_equal_bytes(name):
    before, augment = MAPS.copy(), make_map_augment(name)
    images, maps = augment(IMAGES, MAPS, 3)
    assert (
        images.shape == IMAGES.shape
        and images.dtype == np.float32
        and 0 <= images.min() <= images.max() <= 255
    )
    assert (
        maps.shape == MAPS.shape and maps.dtype == np.uint8 and set(np.unique(maps)) <= set(np.unique(MAPS))
    )
    assert not np.array_equal(maps, MAPS) and np.array_equal(MAPS, before)
    for one, other in zip(augment(IMAGES, MAPS, 3), (images, maps), strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", CHANGING)
def test_a_map_goes_where_its_image_goes(name, monkeypatch):
    """Images that show their maps show them still: what is nearest to the colour of a pixel is its number."""
    monkeypatch.setattr(augment_maps, "brightened", lambda images, rng: images)
    monkeypatch.setattr(augmenting, "_COLORS", (lambda image, amount: image,) * 8)
    shown = np.stack([MAPS * 100] * 3, axis=-1)
    mirrored = 0
    for seed in range(8):
        images, maps = make_map_augment(name)(shown, MAPS, seed)
        nearest = np.rint(images[..., 0] / 100)
        plain = np.abs(images[..., 0] - 100 * nearest) < 1  # not between two numbers
        assert plain.mean() > 0.5 and (nearest == maps)[plain].mean() > 0.995
        mirrored += int(np.sum([np.mean(m != w) > 0.5 for m, w in zip(maps, MAPS, strict=True)]))
    assert mirrored > 0  # something did move


def test_what_is_no_map_of_the_images_is_refused():
    assert make_map_augment("none") is None
    with pytest.raises(InputError, match="unknown augmentation"):
        make_map_augment("ligth")
    with pytest.raises(ValueError, match="don't lie on each other"):
        make_map_augment("light")(IMAGES, MAPS[:, :8], 0)
