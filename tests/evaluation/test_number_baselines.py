"""Ridge regression beside models of numbers: on frozen features of images, on words."""

import csv

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import Ridge

import kerasft
from kerasft.tasks.image_regression import baseline
from tests import toy_backbone


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    """Images of one grey each, with how bright they are, and the opposite in another unit."""
    folder = tmp_path_factory.mktemp("grey")
    rows = [("path", "bright", "dark")]
    for number in range(50):
        noise = np.random.default_rng(number).integers(0, 8, (16, 16, 3))
        Image.fromarray((noise + 4 * number).astype("uint8")).save(folder / f"{number}.png")
        rows.append((f"{number}.png", number / 4, 1000 - 7 * number))
    with open(folder / "grey.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return kerasft.read_images_with_numbers(folder / "grey.csv", 16, label="bright,dark")


@pytest.fixture(scope="module")
def model(splits):
    return kerasft.build_model(
        "image_regression", backbone=toy_backbone.register(), schema=splits.schema, image_size=16
    )


def test_ridge_sees_what_the_head_sees_and_leaves_the_model_alone(model, splits):
    before = model.get_weights()
    features = baseline.features_of(model, splits.test.images)
    assert features.shape == (len(splits.test), model.get_layer("number").kernel.shape[0])
    head = model.get_layer("number")
    kernel = np.random.default_rng(0).normal(size=head.kernel.shape)
    head.set_weights([kernel, np.zeros(2)])
    found = model.predict(splits.test.images.astype("float32"), verbose=0)
    np.testing.assert_allclose(found, features @ kernel, rtol=1e-3, atol=1e-3)
    head.set_weights(before[-2:])
    kerasft.ridge_on_features(model, splits)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_ridge_is_that_of_scikit_learn_on_scaled_features(model, splits, monkeypatch):
    monkeypatch.setattr(baseline, "_STRENGTHS", np.array([3.0]))
    found = kerasft.ridge_on_features(model, splits)
    train, test = (baseline.features_of(model, each.images) for each in (splits.train, splits.test))
    spread = train.std(axis=0)
    spread[spread == 0] = 1
    train, test = ((each - train.mean(axis=0)) / spread for each in (train.astype("float64"), test))
    for place, scores in enumerate(found.columns):
        answers = Ridge(3.0).fit(train, splits.train.targets[:, place]).predict(test)
        np.testing.assert_allclose(scores.answers, answers, rtol=1e-3, atol=1e-2)
    assert found.ids == splits.test.ids and found.score < found.of_the_mean / 3


def test_words_give_several_numbers(tmp_path):
    rng = np.random.default_rng(0)
    words = ["big", "old", "red", "loud"]
    rows = [("text", "price", "weight")]
    for number in range(120):
        said = rng.choice(words, 2, replace=False)
        rows.append(
            (f"a {said[0]} and {said[1]} thing {number}", 10 * ("big" in said) + 1, 500 * ("old" in said))
        )
    with open(tmp_path / "things.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    splits = kerasft.read_texts_with_numbers(tmp_path / "things.csv", label="price,weight")
    found = kerasft.tfidf_ridge(splits)
    assert [each.number for each in found.columns] == ["price", "weight"]
    assert found.score < found.of_the_mean / 3
    alone = kerasft.tfidf_ridge(kerasft.read_texts_with_numbers(tmp_path / "things.csv", label="price"))
    assert alone.score < alone.of_the_mean / 3
