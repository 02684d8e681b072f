"""Building and loading models: what the weights depend on, and what else of the process changes."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasft
from kerasft.inputs.images.backbones.building import build_backbone


def build(seed):
    return kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=("a", "b"),
        image_size=16,
        weights=None,
        seed=seed,
    )


def numbers():
    return random.random(), float(np.random.rand()), float(tf.random.uniform(()))


def test_a_model_depends_on_its_seed_alone_and_random_numbers_go_on_as_if_it_were_not_built(run):
    random.seed(5)
    np.random.seed(5)
    tf.random.set_seed(5)
    expected = [numbers() for _ in range(3)]
    random.seed(5)
    np.random.seed(5)
    tf.random.set_seed(5)
    found = [numbers()]
    first = build(1).get_weights()
    found.append(numbers())
    run.load_model()
    found.append(numbers())
    assert found == expected
    second, other = build(1).get_weights(), build(2).get_weights()
    assert all(np.array_equal(*each) for each in zip(first, second, strict=True))
    assert not all(np.array_equal(*each) for each in zip(first, other, strict=True))


def test_no_random_weights_are_drawn_where_all_are_loaded(run, loading_anew, monkeypatch):
    model = run.load_model()
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", None)
    again = run.load_model()
    assert all(np.array_equal(*each) for each in zip(again.get_weights(), model.get_weights(), strict=True))
    build_backbone("starter", 16)
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        build_backbone("starter", 16, None)
