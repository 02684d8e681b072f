"""Logistic regression on pixels beside models of images: with labels, and with an order."""

import csv

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.inputs.images.pixels import pixel_components


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images whose halves are bright or dark, with which are bright, and how many of four rows are."""
    folder = tmp_path_factory.mktemp("halves")
    rng, rows = np.random.default_rng(0), [("path", "bright", "level")]
    for number in range(160):
        left, right, level = number % 2, number // 2 % 2, number % 5
        image = rng.integers(0, 60, (20, 20, 3))
        image[:, :10] += 90 * left
        image[:, 10:] += 90 * right
        image[: 5 * level] += 100
        Image.fromarray(image.astype("uint8")).save(folder / f"{number}.png")
        labels = [name for name, there in (("left", left), ("right", right)) if there]
        rows.append((f"{number}.png", "|".join(labels), level))
    with open(folder / "halves.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_labels_are_told_from_pixels_with_thresholds_from_the_validation_split(folder):
    splits = kerasft.read_images_with_labels(folder / "halves.csv", 10, label="bright")
    found = kerasft.one_vs_rest_of_pixels(splits)
    assert found.ids == splits.test.ids and found.score > 0.9
    assert found.meant.thresholds and found.meant.class_names == ("left", "right")
    right, truth = found.probabilities >= np.array(found.meant.thresholds, "float32"), splits.test.targets > 0
    assert (found.decided == right).all() and (found.truth == truth).all()


def test_grades_are_told_from_pixels_better_than_by_always_the_middle(folder):
    splits = kerasft.read_images_with_order(folder / "halves.csv", 10, label="level")
    found = kerasft.logistic_of_pixels(splits)
    assert found.ids == splits.test.ids and found.score < found.of_the_middle / 3


def test_components_are_found_on_the_training_split_alone_and_keep_their_deviations(folder):
    splits = kerasft.read_images_with_order(folder / "halves.csv", 10, label="level")
    components = pixel_components(splits.train, 0)
    train, test = components(splits.train), components(splits.test)
    assert train.shape == (len(splits.train), len(splits.train) - 1) and len(test) == len(splits.test)
    assert np.allclose(train.mean(axis=0), 0, atol=1e-3)
    deviations = train.std(axis=0)
    assert (np.diff(deviations) <= 1e-4).all() and deviations[0] > 10 * deviations[-2]
