"""The image of the confusion matrix, for few and many classes and for awkward names."""

import sys

import numpy as np
import pytest
from PIL import Image

from kerasft.targets.classes.measuring import measure
from kerasft.targets.classes.plots import plot_confusion_matrix, shorten


def confusion(num_classes):
    counts = np.random.default_rng(0).integers(0, 3, (num_classes, num_classes))
    return counts + 20 * np.eye(num_classes, dtype=int)


@pytest.mark.parametrize("num_classes", (2, 25, 26, pytest.param(100, marks=pytest.mark.slow), 130))
def test_numbers_and_names_as_far_as_they_can_be_read(num_classes):
    names = [f"class {number}" for number in range(num_classes)]
    counts = confusion(num_classes)
    axes = plot_confusion_matrix(counts, names).axes[0]
    written = [int(text.get_text()) for text in axes.texts]
    assert written == (counts[counts > 0].tolist() if num_classes <= 25 else [])
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == (names if num_classes <= 120 else names[::2])
    assert axes.get_ylabel() == "true class" and axes.get_xlabel() == "predicted class"


def test_colours_are_shares_of_the_true_class():
    axes = plot_confusion_matrix(np.array([[1, 3], [0, 0]]), ["a", "b"]).axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.25, 0.75], [0, 0]])


def test_it_is_a_png_that_can_be_opened(tmp_path):
    labels = np.arange(30) % 10
    folder = measure(labels, np.eye(10)[labels], [str(number) for number in range(10)]).write(tmp_path)
    with Image.open(folder / "confusion_matrix.png") as image:
        assert image.format == "PNG" and min(image.size) > 600
        assert len(image.convert("L").getcolors(256)) > 10


@pytest.mark.filterwarnings("error")
def test_awkward_names_are_drawn_as_they_are(tmp_path):
    names = ["$5 note_x^2$", "\\frac{", "日本語", "a\nb", "x" * 300]
    counts = confusion(5)
    figure = plot_confusion_matrix(counts, names)
    figure.savefig(tmp_path / "plot.png")
    written = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert written == ["$5 note_x^2$", "\\frac{", "日本語", "a b", "x" * 21 + "…"]


def test_no_global_state_of_pyplot_is_touched():
    plot_confusion_matrix(confusion(3), ["a", "b", "c"])
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_shorten_keeps_short_names():
    assert (
        shorten("rose") == "rose"
        and shorten("  two \n words ") == "two words"
        and len(shorten("y" * 50)) == 22
    )
