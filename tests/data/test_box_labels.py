"""Boxes as text: one text for the same boxes, read back bit for bit, and refused in words where it is none."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasft.contract.answers import UnreadableError
from kerasft.targets.boxes.spelling import Box, BoxSpelling, boxes_of_label, inside, is_label, label_of_boxes

SIZE = (640, 480)


def test_boxes_are_sorted_and_their_numbers_are_short():
    boxes = [Box("dog", 1, 2, 3, 4, crowd=True), Box("cat", 12.0, 34.5, 56, 78), Box("é", 0, 0.1, 640, 480)]
    expected = '[[640,480],["cat",12,34.5,56,78],["dog",1,2,3,4,"crowd"],["é",0,0.1,640,480]]'
    assert label_of_boxes(SIZE, boxes) == label_of_boxes(SIZE, boxes[::-1]) == expected
    assert boxes_of_label(expected) == (SIZE, sorted(boxes))
    assert label_of_boxes(SIZE, []) == "[[640,480]]" and boxes_of_label("[[640,480]]") == (SIZE, [])


edges = st.floats(0, 480, width=32)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy computer
@given(st.lists(st.tuples(st.sampled_from(("cat", 'a"b', "猫")), edges, edges, edges, edges, st.booleans())))
def test_any_boxes_come_back_as_float32_has_them(rows):
    found = [inside(Box(*row), SIZE) for row in rows]
    boxes = sorted(box for box in found if box is not None)
    label = label_of_boxes(SIZE, boxes)
    size, again = boxes_of_label(label)
    assert size == SIZE and [(box.name, box.crowd) for box in again] == [
        (box.name, box.crowd) for box in boxes
    ]
    corners = [np.array([box.corners for box in each], "float32") for each in (boxes, again)]
    np.testing.assert_array_equal(*corners)
    assert is_label(label) and "\n" not in label


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("{}", "it is not a list of a size and up to 5000 boxes"),
        (
            json.dumps([[640, 480]] + [["a", 0, 0, 1, 1]] * 5001),
            "it is not a list of a size and up to 5000 boxes",
        ),
        ("[[640]]", "it does not begin with width and height"),
        ("[[640,0]]", "it does not begin with width and height"),
        ("[[640,true]]", "it does not begin with width and height"),
        ("[[640,480.5]]", "it does not begin with width and height"),
        ('[[640,480],["cat",1,2,3]]', "a box is not a class and four numbers"),
        ('[[640,480],["cat",1,2,3,"4"]]', "a box is not a class and four numbers"),
        ('[[640,480],["",1,2,3,4]]', "a box is not a class and four numbers"),
        ('[[640,480],["cat",1,2,3,4,"hard"]]', "a box is not a class and four numbers"),
        ('[[640,480],["cat",NaN,2,3,4]]', "a box does not lie in its image"),
        ('[[640,480],["cat",3,2,3,4]]', "a box does not lie in its image"),
        ('[[640,480],["cat",1,2,641,4]]', "a box does not lie in its image"),
        ('[[640,480],["cat",-1,2,3,4]]', "a box does not lie in its image"),
    ],
)
def test_what_is_no_label_says_why(text, message):
    with pytest.raises(ValueError, match=message):
        boxes_of_label(text)
    assert not is_label(text)
    with pytest.raises(UnreadableError, match=message):
        BoxSpelling().label_of(text)


@pytest.mark.parametrize(
    "text",
    [
        '[[640, 480]]',
        '[[640,480],["cat",1.0,2,3,4]]',
        '[[640,480],["dog",1,2,3,4],["cat",1,2,3,4]]',
        '[[640,480],["cat",0.10000000001,2,3,4]]',
    ],
)  # fmt: skip
def test_boxes_have_one_spelling(text):
    assert not is_label(text) and is_label(BoxSpelling().label_of(text))


def test_boxes_are_cut_at_the_edges_of_their_image():
    assert inside(Box("a", -3, 5, 700, 900, True), SIZE) == Box("a", 0, 5, 640, 480, True)
    assert inside(Box("a", -3, 5, 0, 9), SIZE) is None and inside(Box("a", 640, 5, 700, 9), SIZE) is None
    assert inside(Box("a", 7, 5, 7, 9), SIZE) is None and inside(Box("a", 9, 5, 7, 9), SIZE) is None
    assert inside(Box("a", 600, 5, 600 + 1e-6, 9), SIZE) is None  # which float32 can't tell apart
