"""What a model of boxes learns: which anchors find which boxes, and what their outputs cost."""

import keras
import numpy as np
import pytest

from kerasft.targets.boxes.anchors import anchors_of, decoded
from kerasft.targets.boxes.assigning import assigned
from kerasft.targets.boxes.learning import LEARNING
from kerasft.targets.boxes.losses import box_loss
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.spelling import Box, label_of_boxes

SIZE, SIDES = 64, (32.0, 64.0, 128.0)
ANCHORS = anchors_of(SIZE, SIDES)
SCHEMA = Boxes(("cat", "dog"), SIZE, sides=SIDES)


def places(*boxes, crowd=()):
    """The box that each anchor is to find."""
    given = np.array([boxes], np.float32).reshape(1, -1, 4)
    counted = np.array([[place not in crowd for place in range(given.shape[1])]])
    return np.array(assigned(keras.ops.convert_to_tensor(given), counted, ANCHORS, SIZE))[0]


def rows(*boxes, most=3):
    """Boxes as the loss takes them: corners, class, crowd."""
    found = np.zeros((1, most, 6), np.float32)
    found[..., 4] = -1
    found[0, : len(boxes)] = np.reshape(boxes, (-1, 6))
    return found


def outputs_for(box, number, likely=8.0):
    """Outputs that say: at each anchor this very box, and its class wherever the loss looks for it."""
    x1, y1, x2, y2 = box
    side = ANCHORS[:, 2]
    raw = [
        ((y1 + y2) / 2 - ANCHORS[:, 1]) / side,
        ((x1 + x2) / 2 - ANCHORS[:, 0]) / side,
        np.log((y2 - y1) / side),
        np.log((x2 - x1) / side),
    ]
    logits = np.full((len(ANCHORS), 2), -likely)
    logits[places(box) == 0, number] = likely
    return np.concatenate([np.stack(raw, axis=1), logits], axis=1).astype(np.float32)[None]


def cost(boxes, outputs):
    return np.array(box_loss(2, SIZE, SIDES)(keras.ops.convert_to_tensor(boxes), outputs))


def test_a_box_like_an_anchor_is_found_by_it_and_not_by_those_far_away():
    x, y, side = ANCHORS[27]
    found = places((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
    assert found[27] == 0
    middles = ANCHORS[found == 0, :2]
    assert (np.abs(middles - (x, y)) < side / 2).all(), "their middles are in the box"
    assert found[0] == -1


@pytest.mark.parametrize("box", [(5, 5, 6, 6), (0, 0, 64, 1), (63, 0, 64, 64), (1, 1, 63, 63)])
def test_every_box_is_found_by_an_anchor(box):
    assert (places(box) == 0).any()


def test_an_anchor_of_two_boxes_finds_the_one_that_it_overlaps_most():
    small, large = (22, 22, 42, 42), (8, 8, 56, 56)
    found = places(small, large)
    assert (found == 0).any() and (found == 1).any()
    assert found[27] == 0, "a 32 pixel anchor in the middle"


def test_crowds_and_unused_rows_are_found_by_none():
    assert (places((10, 10, 40, 40), crowd=(0,)) == -1).all()


def test_right_outputs_cost_next_to_nothing_and_wrong_ones_much():
    box = (12, 16, 44, 50)
    right = outputs_for(box, 1)
    shares = decoded(right[..., :4], SIZE, SIDES)
    np.testing.assert_allclose(shares[0] * SIZE, np.tile(box, (len(ANCHORS), 1)), atol=1e-3)
    best = cost(rows((*box, 1, 0)), right)
    assert best.shape == (1,) and 0 <= best[0] < 1e-4
    assert cost(rows((*box, 0, 0)), right)[0] > 5, "another class"
    moved = right.copy()
    moved[..., 1] += 0.3
    assert cost(rows((*box, 1, 0)), moved)[0] > 0.3, "another place"
    assert cost(rows(), right)[0] > 5, "nothing there"


def test_the_score_to_be_learnt_is_how_far_the_box_is_right():
    box = (12, 16, 44, 50)
    shifted = outputs_for(box, 1, likely=8.0)
    shifted[..., 1] += 8 / ANCHORS[:, 2]  # 8 pixels of 32: an overlap of 0.6
    humble = shifted.copy()
    humble[..., 5] = np.where(humble[..., 5] > 0, np.log(0.6 / 0.4), humble[..., 5])
    assert cost(rows((*box, 1, 0)), humble)[0] < cost(rows((*box, 1, 0)), shifted)[0]


def test_nothing_is_said_of_what_lies_in_a_crowd():
    box = (12, 16, 44, 50)
    seen = outputs_for(box, 0)
    inside = cost(rows((0, 0, 64, 64, 0, 1)), seen)[0]
    assert inside < 1e-4 < cost(rows((60, 60, 64, 64, 0, 1)), seen)[0]


def test_the_loss_of_an_image_is_a_part_of_that_of_its_batch():
    one, other = rows((12, 16, 44, 50, 1, 0)), rows((4, 4, 20, 30, 0, 0), (30, 30, 60, 60, 1, 0))
    rng = np.random.default_rng(0)
    outputs = rng.normal(0, 1, (2, len(ANCHORS), 6)).astype(np.float32)
    counts = [np.sum(places(*each[0, each[0, :, 4] >= 0, :4]) >= 0) for each in (one, other)]
    alone = [cost(each, outputs[row : row + 1])[0] for row, each in enumerate((one, other))]
    both = cost(np.concatenate([one, other]), outputs)
    np.testing.assert_allclose(both.mean(), np.dot(alone, counts) / sum(counts), rtol=1e-5)


def test_encoded_boxes_lie_in_the_image_of_the_model():
    targets = SCHEMA.column(
        [
            label_of_boxes((128, 32), [Box("dog", 32, 8, 64, 16), Box("cat", 0, 0, 1, 1, crowd=True)]),
            label_of_boxes((64, 64), []),
        ]
    )
    encoded = LEARNING.encode(SCHEMA)(targets)
    assert encoded.shape == (2, 4, 6), "with room for those of mosaics"
    assert sorted(encoded[0, :2].tolist()) == [[0, 0, 0.5, 2, 0, 1], [16, 16, 32, 32, 1, 0]]
    assert (encoded[0, 2:, 4] == -1).all() and (encoded[1, :, 4] == -1).all()
    cropped = LEARNING.encode(Boxes(("cat", "dog"), SIZE, "crop", SIDES))(targets)
    dog = cropped[0][cropped[0, :, 4] == 1]
    assert dog.tolist() == [[0, 16, 32, 32, 1, 0]], "half of it is in the central square"
    assert LEARNING.encode(SCHEMA)(SCHEMA.column([label_of_boxes((8, 8), [])])).shape == (1, 1, 6)
