"""Token arrays in batches: the full shuffle of every epoch (trap 19), and the order of evaluation (trap 22)."""

import numpy as np
import pytest

from kerasft.data.batches import Batches
from kerasft.targets.classes.encoding import one_hot

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 23).astype(np.int32)
IDS = RNG.integers(0, 1000, (23, 7))
TOKENS = {"token_ids": IDS, "padding_mask": IDS > 500}, LABELS, one_hot(3)


def collect(batches):
    return list(batches.dataset())


def test_a_dictionary_of_int32_in_order():
    import tensorflow as tf

    batches = Batches(*TOKENS, 5)
    inputs_spec, labels_spec = batches.dataset().element_spec
    assert inputs_spec == {
        "token_ids": tf.TensorSpec((None, 7), tf.int32),
        "padding_mask": tf.TensorSpec((None, 7), tf.int32),
    }
    assert labels_spec == tf.TensorSpec((None, 3), tf.float32)
    found = collect(batches)
    assert [len(labels) for _, labels in found] == [5, 5, 5, 5, 3] and batches.steps == 5
    assert np.array_equal(np.concatenate([inputs["token_ids"] for inputs, _ in found]), IDS)
    assert np.array_equal(np.concatenate([inputs["padding_mask"] for inputs, _ in found]), IDS > 500)
    assert np.array_equal(np.concatenate([labels for _, labels in found]), np.eye(3)[LABELS])


def test_each_epoch_is_a_full_shuffle_that_depends_on_seed_and_epoch_alone():
    def rows(batches, epoch):
        batches.epoch = epoch
        return [inputs["token_ids"].numpy().tolist() for inputs, _ in collect(batches)]

    one = Batches(*TOKENS, 5, shuffle=True, seed=1)
    first, second = rows(one, 0), rows(one, 1)
    flat = [row for batch in first for row in batch]
    assert flat != IDS.tolist() and sorted(flat) == sorted(IDS.tolist())
    # Not a shuffle of batches, nor of a buffer: the first batch comes from all over the table.
    assert max(IDS.tolist().index(row) for row in first[0]) > 10
    assert first != second and rows(one, 0) == first
    assert rows(Batches(*TOKENS, 5, shuffle=True, seed=1), 1) == second


def test_labels_and_weights_follow_their_texts():
    label_of = {row.tobytes(): label for row, label in zip(IDS.astype(np.int32), LABELS, strict=True)}
    weights = np.array([1, 2, 3], np.float32)
    batches = Batches(*TOKENS, 4, shuffle=True, weigh=lambda rows: rows @ weights)
    for inputs, labels, sample_weights in collect(batches):
        for row, label, weight in zip(inputs["token_ids"].numpy(), labels, sample_weights, strict=True):
            assert label_of[row.tobytes()] == np.argmax(label) and weight == weights[np.argmax(label)]


def test_keras_takes_the_dictionary_by_input_name():
    import keras

    ids = keras.Input((7,), dtype="int32", name="token_ids")
    mask = keras.Input((7,), dtype="int32", name="padding_mask")
    outputs = keras.layers.Dense(3)(keras.ops.cast(ids * mask, "float32"))
    model = keras.Model({"token_ids": ids, "padding_mask": mask}, outputs)
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    model.fit(Batches(*TOKENS, 5, shuffle=True).dataset(), epochs=1, verbose=0)
    found = model.predict(Batches(*TOKENS, 5).dataset(), verbose=0)
    expected = model.predict_on_batch({"token_ids": IDS, "padding_mask": (IDS > 500).astype("int32")})
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_rows_and_types_are_checked():
    with pytest.raises(
        ValueError, match=r"token_ids must be \(23, ...\) whole numbers \(got int64 \(22, 7\)"
    ):
        Batches({"token_ids": IDS[1:]}, *TOKENS[1:], 5)
    with pytest.raises(ValueError, match="whole numbers .got float64"):
        Batches({"token_ids": IDS * 1.0}, *TOKENS[1:], 5)
