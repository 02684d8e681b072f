"""Images and labels in numpy arrays."""

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.tasks.image_classification.reading import read_images, read_labelled

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(20) % 2


def refused(images, labels, **options) -> str:
    with pytest.raises(InputError) as error:
        read_images(images, 8, labels=labels, **options)
    return str(error.value)


def test_rows_keep_their_labels_and_ids_and_are_not_changed():
    before = IMAGES.copy()
    splits = read_images(IMAGES, 8, labels=LABELS)
    assert splits.class_names == ("0", "1") and splits.source == "arrays"
    for split in (splits.train, splits.validation, splits.test):
        for image, label, name in zip(split.images, split.labels, split.ids, strict=True):
            row = int(name.removeprefix("train/"))
            assert np.array_equal(image, IMAGES[row]) and label == LABELS[row]
    splits.train.images[:] = 0
    assert np.array_equal(IMAGES, before)


def test_grey_and_float_arrays():
    grey = IMAGES[..., :1]
    for images in (grey, grey[..., 0], grey.astype(np.float64), grey.astype(np.int64)):
        splits = read_images(images, 8, labels=LABELS)
        row = int(splits.test.ids[0].removeprefix("train/"))
        assert np.array_equal(splits.test.images[0], np.repeat(grey[row], 3, -1))


def test_names_numbers_and_their_order():
    names = np.where(LABELS == 0, "zebra", "ant")
    assert read_images(IMAGES, 8, labels=names).class_names == ("ant", "zebra")
    splits = read_images(IMAGES, 8, labels=LABELS, class_names=("zebra", "ant"))
    assert splits.class_names == ("zebra", "ant")
    many = np.arange(44) % 11
    images = RNG.integers(0, 256, (44, 4, 4, 3), dtype=np.uint8)
    assert read_images(images, 4, labels=many).class_names == tuple(map(str, range(11)))  # 10 after 9


def test_read_labelled_from_arrays():
    split = read_labelled(IMAGES, ("zebra", "ant"), 8, labels=LABELS)
    assert np.array_equal(split.images, IMAGES) and np.array_equal(split.labels, LABELS)
    assert split.ids[3] == "train/3"


@pytest.mark.parametrize(
    ("images", "labels", "text"),
    [
        (IMAGES, None, "images in an array need labels; give labels=, one per image"),
        (IMAGES, LABELS[:3], "images and labels differ in length (received: 20 and 3)"),
        (
            IMAGES,
            np.eye(2)[LABELS],
            "labels must be one per example (received: shape (20, 2)); of one-hot rows",
        ),
        (
            IMAGES,
            LABELS + 0.5,
            "label 0 is no name and no whole number (received: 0.5); write whole numbers or names",
        ),
        (IMAGES, np.array(["a", None] * 10, object), "label 1 is empty (received: None); fill it in"),
        (IMAGES, np.array([1.0, np.nan] * 10), "label 1 is empty (received: nan); fill it in"),
        (IMAGES, "circle", "labels must be a list (received: 'circle')"),
        (IMAGES, LABELS * 0, "the data has only one class, '0'"),
        (IMAGES[..., :2], LABELS, "images must be (n, height, width), (n, height, width, 1) or"),
        (IMAGES[0], LABELS, "images and labels differ in length"),
        (IMAGES[:0], LABELS[:0], "the images are empty"),
        (IMAGES / 255, LABELS, "images look scaled to 0..1, and raw values 0..255 are needed"),
        (IMAGES * 2.0, LABELS, "images must be numbers from 0 to 255"),
        (
            np.where(IMAGES == 0, np.nan, IMAGES),
            LABELS,
            "images must be numbers from 0 to 255 (received: nan",
        ),
        (IMAGES > 5, LABELS, "images must be numbers from 0 to 255 (received: shape (20, 8, 8, 3), bool)"),
    ],
)
def test_bad_arrays(images, labels, text):
    assert text in refused(images, labels)


def test_labels_beyond_the_class_list_and_labels_of_a_folder(tmp_path):
    text = refused(IMAGES, LABELS + 1, class_names=("a", "b"))
    assert "labels must be from 0 to 1, the indexes of class_names (received: 1 to 2)" in text
    assert "labels= goes with an array only" in refused(tmp_path, LABELS)
