"""Boxes are drawn where they are, in the colours of their classes, with words that can be read."""

import io

import numpy as np
from PIL import Image

from kerasft.base.fonts import file_for
from kerasft.targets.boxes.painting import (
    LEAST,
    Mark,
    boxes_png,
    colour_of,
    css_colour,
    data_url,
    marks_of,
    paint,
)
from kerasft.targets.boxes.schema import Boxes
from tests.box_scenes import found_of

GREY = np.full((48, 96, 3), 127, np.uint8)
SCHEMA = Boxes(("cat", "dog"), 96)
FOUND = found_of([(10, 20, 40, 44, 0.93, 0), (60, 24, 90, 40, 0.4, 1), (0, 0, 9, 9, 0.1, 1)])[0]


def drawn(image=GREY, threshold=0.3):
    return np.array(Image.open(io.BytesIO(boxes_png(image, FOUND, SCHEMA, threshold))))


def test_frames_lie_where_boxes_are_and_have_the_colours_of_their_classes():
    scale, picture = LEAST // 96, drawn()
    assert picture.shape == (48 * scale, 96 * scale, 3)  # enlarged, so that words can be read
    for (x1, y1, x2, y2), number in (((10, 20, 40, 44), 0), ((60, 24, 90, 40), 1)):
        middle = (y1 + y2) // 2 * scale
        for x in (x1 * scale, x2 * scale - 1):
            assert tuple(picture[middle, x]) == colour_of(number)
        assert (picture[middle, (x1 + x2) // 2 * scale] == 127).all()  # what is in a box stays to be seen


def test_what_scores_less_than_the_threshold_is_not_drawn():
    assert [mark.words for mark in marks_of(FOUND, SCHEMA, 0.3)] == ["cat 0.93", "dog 0.40"]
    assert (drawn(threshold=0.95) == 127).all()
    assert (GREY == 127).all()  # nothing is drawn on the image itself


def test_large_images_keep_their_size():
    assert drawn(np.zeros((500, 700, 3), np.uint8)).shape == (500, 700, 3)


def test_words_of_boxes_on_each_other_do_not_cover_each_other():
    marks = [Mark((20 + each, 20 + each, 60 + each, 40 + each), each, f"number {each}") for each in range(3)]
    picture = np.array(paint(GREY, marks))
    written = [int((picture == colour_of(number)).all(axis=-1).sum()) for number in range(3)]
    alone = [
        int((np.array(paint(GREY, [mark])) == colour_of(mark.number)).all(axis=-1).sum()) for mark in marks
    ]
    assert all(each > 0.9 * some for each, some in zip(written, alone, strict=True))


def test_boxes_beyond_the_image_and_empty_ones_are_drawn_at_its_edge():
    marks = [Mark((-50, -50, 500, 500), 0, "all"), Mark((200, 200, 200, 200), 1, "x" * 200)]
    picture = np.array(paint(GREY, marks))
    assert tuple(picture[120, 0]) == colour_of(0) == tuple(picture[120, -1])


def test_colours_differ_and_have_a_name_for_pages():
    colours = [colour_of(number) for number in range(24)]
    apart = [np.abs(np.subtract(one, other)).sum() for k, one in enumerate(colours) for other in colours[:k]]
    assert min(apart) > 60
    assert css_colour(0) == "#{:02x}{:02x}{:02x}".format(*colour_of(0))


def test_a_page_gets_a_small_jpeg_and_any_name_a_font():
    assert data_url(GREY, marks_of(FOUND, SCHEMA, 0.3), 192).startswith("data:image/jpeg;base64,/9j/")
    assert "DejaVuSans" in file_for("cat 0.93")
    paint(GREY, marks_of(FOUND, Boxes(("\x1b[31m\n" + "n" * 300, "猫"), 96), 0.0))
