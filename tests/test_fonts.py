"""Names in a script that matplotlib's font lacks are written with an installed one that has it."""

import warnings

import numpy as np
import pytest

from kerasft.base.fonts import families_for
from kerasft.targets.classes.plots import plot_confusion_matrix


@pytest.fixture
def cats_and_dogs(tmp_path):
    """A font with two Chinese characters, installed for matplotlib as others are."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from matplotlib import font_manager

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(point)
    pen.closePath()
    glyph, names = pen.glyph(), [".notdef", "cat", "dog"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord("猫"): "cat", ord("狗"): "dog"})
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics({name: (600, 0) for name in names})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Cats and Dogs", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    path = tmp_path / "cats.ttf"
    builder.save(path)
    before = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(path)
    yield "Cats and Dogs"
    font_manager.fontManager.ttflist[:] = before


def test_an_installed_font_is_taken_where_matplotlibs_lacks_a_character(cats_and_dogs):
    assert families_for(["cat", "naïve", "кошка"]) == ["DejaVu Sans"]
    assert families_for(["猫 1"]) == ["DejaVu Sans", cats_and_dogs]
    assert families_for(["\U000f0000"]) == ["DejaVu Sans"], "nobody has it, but a font of boxes"


def test_class_names_are_no_boxes_in_the_confusion_matrix(cats_and_dogs, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plot_confusion_matrix(np.array([[3, 1], [0, 4]]), ["猫", "狗"])
        figure.savefig(tmp_path / "confusion.png")  # 'Glyph ... missing' would be an error
    assert cats_and_dogs in figure.axes[0].get_xticklabels()[0].get_fontfamily()
