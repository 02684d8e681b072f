"""Augmentation of images with boxes: a box lies around its thing before and after."""

import numpy as np
import pytest

from kerasft.inputs.images.augment_boxes import make_box_augment, mosaics

SIZE = 96


def scenes(count, seed=0):
    """Dark images with bright rectangles, each of a brightness of its own, and their boxes; most rows are unused."""
    rng = np.random.default_rng(seed)
    images, boxes = np.full((count, SIZE, SIZE, 3), 10, np.uint8), np.zeros((count, 8, 6), np.float32)
    boxes[..., 4] = -1
    for row in range(count):
        for place, left in enumerate((8, 52)):
            top, width, height = (int(each) for each in rng.integers(20, 36, 3))
            images[row, top : top + height, left : left + width, place] = 250
            boxes[row, place] = (left, top, left + width, top + height, place, 0)
    return images, boxes


def bounds(image, channel):
    """The box around what is bright in a channel."""
    rows, columns = np.nonzero(image[..., channel] - image[..., 2] > 50)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("seed", range(3))
def test_boxes_move_with_what_is_in_them(seed):
    images, boxes = scenes(8)
    moved, found = make_box_augment("light")(images, boxes, seed)
    assert moved.shape == images.shape and moved.dtype == found.dtype == np.float32
    compared = 0
    for image, each in zip(moved, found, strict=True):
        for box in each[each[:, 4] >= 0]:
            corners = bounds(image, int(box[4]))
            np.testing.assert_allclose(box[:4], corners, atol=1.5)
            compared += 1
    assert compared >= 12
    assert not np.allclose(found, boxes)


def test_nothing_is_flipped_where_it_must_not_be():
    images, boxes = scenes(16)
    for flip, sides in ((True, {True, False}), (False, {True})):
        _, found = make_box_augment("light", flip=flip)(images, boxes, 1)
        both = (found[:, :2, 4] >= 0).all(axis=1)
        assert set((found[both, 0, 0] < found[both, 1, 0]).tolist()) == sides


def test_parts_of_mosaics_bring_their_boxes():
    images, boxes = scenes(24)
    made, found = mosaics(images, boxes, np.random.default_rng(0))
    changed = [row for row in range(24) if not np.array_equal(made[row], images[row])]
    assert len(changed) >= 4
    bare = lit = 0
    for row in changed:
        used = found[row][found[row, :, 4] >= 0]
        for channel in (0, 1):
            bright = made[row, ..., channel].astype(int) - made[row, ..., 2] > 120
            covered = np.zeros_like(bright)
            for x1, y1, x2, y2 in used[used[:, 4] == channel, :4]:
                covered[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = True
                assert bright[int(y1) + 2 : int(y2) - 2, int(x1) + 2 : int(x2) - 2].all()
            bare, lit = bare + (bright & ~covered).sum(), lit + bright.sum()
    assert bare <= 0.1 * lit, "only what is hardly left has no box"


def test_a_mosaic_with_too_many_boxes_is_none():
    images, boxes = scenes(12)
    made, found = mosaics(images, boxes[:, :2], np.random.default_rng(0))
    same = [np.array_equal(made[row], images[row]) for row in range(12)]
    assert all(same) or all((found[row, :, 4] >= 0).sum() <= 2 for row in range(12))
    assert np.array_equal(found[same], boxes[:, :2][same])


@pytest.mark.parametrize("name", ["light", "strong"])
def test_equal_seeds_give_equal_bytes_and_nothing_given_changes(name):
    images, boxes = scenes(6)
    before = images.copy(), boxes.copy()
    augment = make_box_augment(name)
    first, again, other = augment(images, boxes, 5), augment(images, boxes, 5), augment(images, boxes, 6)
    assert all(map(np.array_equal, first, again)) and not np.array_equal(first[0], other[0])
    assert np.array_equal(images, before[0]) and np.array_equal(boxes, before[1])
    assert make_box_augment("none") is None


def test_images_without_boxes_stay_without():
    images, boxes = scenes(4)
    boxes[..., 4] = -1
    _, found = make_box_augment("strong")(images, boxes, 0)
    assert (found[..., 4] == -1).all()
