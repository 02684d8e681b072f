"""The place of a letterboxed image in the square of a model."""

from fractions import Fraction

import numpy as np
import pytest

from kerasft.base.resizing import letterbox_box


@pytest.mark.parametrize(
    ("height", "width", "size", "wanted"),
    [
        (480, 640, 320, (40, 0, 240, 320)),
        (640, 480, 320, (0, 40, 320, 240)),
        (100, 100, 224, (0, 0, 224, 224)),
        (1, 3, 8, (2, 0, 3, 8)),  # 2 2/3 rows, rounded; of 5 rows beside them, 2 are above
        (5, 16, 8, (2, 0, 3, 8)),  # 2 1/2 rows are rounded up
        (1, 500, 24, (11, 0, 1, 24)),  # never fewer than one
        (10_000, 1, 8, (0, 3, 8, 1)),
        (3, 4, 1, (0, 0, 1, 1)),
    ],
)
def test_the_place_of_an_image(height, width, size, wanted):
    assert letterbox_box(height, width, size) == wanted


def test_places_of_many_images_are_those_of_each():
    heights, widths = np.random.default_rng(0).integers(1, 3000, (2, 200))
    together = letterbox_box(heights, widths, 97, np.maximum)
    for row, (height, width) in enumerate(zip(heights.tolist(), widths.tolist(), strict=True)):
        top, left, *inner = letterbox_box(height, width, 97)
        assert [int(each[row]) for each in together] == [top, left, *inner]
        longer = max(height, width)
        for side, found, before in zip((height, width), inner, (top, left), strict=True):
            exact = Fraction(side * 97, longer)
            assert found == 1 or abs(found - exact) <= Fraction(1, 2)
            assert before <= 97 - found - before <= before + 1  # in the middle
