"""Boxes of an image: their targets, where they lie for a model, and which of a model's many are found."""

import numpy as np
import pytest

from kerasft.targets.boxes.anchors import STRIDES, anchors_of, decoded
from kerasft.targets.boxes.geometry import overlaps, to_image, to_model
from kerasft.targets.boxes.schema import Boxes, fields_of
from kerasft.targets.boxes.spelling import Box, label_of_boxes
from kerasft.targets.boxes.suppression import MOST, detections, suppressed

SCHEMA = Boxes(("cat", "dog"), 64, sides=(32.0, 64.0, 128.0))
LABELS = [
    label_of_boxes((640, 480), [Box("dog", 1, 2, 30.1, 40), Box("cat", 0, 0, 640, 480, crowd=True)]),
    label_of_boxes((10, 1000), []),
]


def test_targets_are_read_back_bit_for_bit():
    targets = SCHEMA.column(LABELS)
    assert targets.shape == (2, 3, 6) and targets.dtype == np.float32
    assert [SCHEMA.to_text(targets, row) for row in range(2)] == LABELS
    assert targets[1].tolist() == [[0, 0, 10, 1000, -2, 0], [0, 0, 0, 0, -1, 0], [0, 0, 0, 0, -1, 0]]
    assert SCHEMA.present(targets).tolist() == [[False, True], [False, False]], "a crowd is none of its class"
    assert SCHEMA.column([]).shape == (0, 1, 6)


def test_only_boxes_of_known_classes_are_allowed():
    assert all(map(SCHEMA.allows, LABELS))
    assert not SCHEMA.allows(label_of_boxes((9, 9), [Box("cow", 1, 1, 2, 2)])) and not SCHEMA.allows("cat")


@pytest.mark.parametrize(
    ("resize", "expected"),
    [
        ("stretch", [16, 32, 32, 64]),
        ("crop", [0, 32, 32, 64]),
        ("letterbox", [16, 32, 32, 48]),
    ],
)
def test_boxes_lie_where_their_pixels_lie(resize, expected):
    sizes = np.array([[200, 100]])
    box = np.array([[[50, 50, 100, 100]]], np.float32)
    placed = to_model(box, sizes, 64, resize)
    assert placed[0, 0].tolist() == expected
    assert to_image(placed, sizes, 64, resize)[0, 0].tolist() == [50, 50, 100, 100]


def test_boxes_that_come_back_are_cut_at_the_edges_of_the_image():
    found = to_image(np.array([[[-5, 0, 70, 64]]]), np.array([[200, 100]]), 64, "letterbox")
    assert found[0, 0].tolist() == [0, 0, 200, 100]


def test_raw_zeros_are_the_anchors():
    anchors = anchors_of(64, SCHEMA.sides)
    assert len(anchors) == sum((64 // stride) ** 2 for stride in STRIDES)
    assert anchors[0].tolist() == [4, 4, 32] and anchors[1].tolist() == [12, 4, 32], "row by row"
    boxes = decoded(np.zeros((1, len(anchors), 4)), 64, SCHEMA.sides)[0] * 64
    middle = np.flatnonzero((anchors == (28, 36, 32)).all(axis=1))
    assert boxes[middle].tolist() == [[12, 20, 44, 52]]


def test_raw_boxes_are_y_x_height_width():
    raw = np.zeros((1, 84, 4))
    raw[0, 27] = (0.25, -0.25, np.log(0.5), np.log(0.25))  # of the anchor at (28, 28) with a side of 32
    assert (decoded(raw, 64, SCHEMA.sides)[0, 27] * 64).round(4).tolist() == [16, 28, 24, 44]


def test_overlap_of_boxes():
    one = np.array([[0, 0, 10, 10]])
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 9]])
    assert overlaps(one, others)[0].round(4).tolist() == [1, 0.3333, 0, 0]


def dense(*rows):
    """An answer (anchors, 4 + 2) of boxes in shares of the image with the score of each class."""
    return np.array(rows, np.float32)


def test_the_best_of_boxes_on_each_other_stays_in_each_class():
    answer = dense(
        (0.1, 0.1, 0.5, 0.5, 0.6, 0.3),
        (0.1, 0.1, 0.5, 0.52, 0.7, 0.0),  # on the first: better for cat, nothing for dog
        (0.6, 0.6, 0.9, 0.9, 0.0, 0.8),
        (0.6, 0.6, 0.9, 0.9, 0.001, 0.0),  # too little to count
    )
    found = suppressed(answer)
    assert found[:, 4].round(4).tolist() == [0.8, 0.7, 0.3] and found[:, 5].tolist() == [1, 0, 1]
    assert found[1, :4].round(2).tolist() == [0.1, 0.1, 0.5, 0.52]


def test_boxes_that_were_found_are_found_again_in_themselves():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 0.7, (300, 2))
    answer = dense(*np.concatenate([corners, corners + 0.3, rng.uniform(0, 1, (300, 2))], axis=1))
    found = suppressed(answer)
    again = np.zeros((len(found), 6), np.float32)
    again[:, :4] = found[:, :4]
    again[np.arange(len(found)), 4 + found[:, 5].astype(int)] = found[:, 4]
    assert np.array_equal(suppressed(again), found)


def test_detections_are_in_pixels_of_the_original_image_and_padded():
    answers = np.zeros((2, 3, 6), np.float32)
    answers[0, 1] = (0.25, 0.5, 0.5, 1.0, 0.0, 0.75)
    found = detections(answers, np.array([[200, 100], [9, 9]]), SCHEMA)
    assert found.shape == (2, MOST, 6)
    assert found[0, 0].tolist() == [50, 50, 100, 100, 0.75, 1]
    assert (found[0, 1:, 5] == -1).all() and (found[1, :, 5] == -1).all() and not found[1, :, :5].any()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("class_names", ()),
        ("class_names", ("cat", "cat")),
        ("class_names", "cat"),
        ("image_size", 100),
        ("image_size", True),
        ("resize", "squeeze"),
        ("sides", (1.0,)),
        ("sides", (1.0, 2.0, float("nan"))),
        ("sides", (1.0, 2.0, -1.0)),
        ("counts", (1.5, 2)),
        ("counts", (1,)),
    ],
)
def test_a_schema_that_cant_be_used_is_refused(name, value):
    good = {"class_names": ("cat", "dog"), "image_size": 64, "resize": "stretch", "counts": (3, 4)}
    good["sides"] = (32.0, 64.0, 128.0)
    assert fields_of(good) == Boxes(("cat", "dog"), 64, "stretch", (32.0, 64.0, 128.0), (3, 4))
    with pytest.raises(ValueError, match=name):
        fields_of({**good, name: value})


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (33, (33, 66, 132)),
        (60, (30, 60, 120)),
        (130, (32.5, 65, 130)),
        (500, (125, 250, 500)),
        (12, (12, 24, 48)),
        (2, (8, 16, 32)),
    ],
)
def test_the_middle_box_has_anchors_of_its_size(side, expected):
    size = (512, 512)
    boxes = [Box("cat", 0, 0, each, each) for each in (side / 2, side, side, min(512, side * 2))]
    ignored = Box("dog", 0, 0, 512, 512, crowd=True)
    train = SCHEMA.column([label_of_boxes(size, [box, ignored]) for box in boxes])
    found = Boxes(("cat", "dog"), 512).fitted(train)
    assert found.sides == expected and found.counts == (4, 0)
