"""Batches: order and augmentation depend on seed and epoch; evaluation keeps the order (traps 9, 16, 22)."""

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from kerasft.data.batches import Batches
from kerasft.inputs.images.augment import make_augment
from kerasft.targets.classes.encoding import class_weigher, class_weights, one_hot

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (23, 8, 8, 3), dtype=np.uint8)
LABELS = RNG.integers(0, 3, 23).astype(np.int32)
SPLIT = IMAGES, LABELS, one_hot(3)


def collect(batches: Batches) -> list[tuple[np.ndarray, ...]]:
    return [tuple(part.numpy() for part in batch) for batch in batches.dataset()]


def test_without_shuffle_everything_comes_once_and_in_order():
    batches = Batches(*SPLIT, 5)
    found = collect(batches)
    assert batches.steps == 5 == len(found)
    assert [len(images) for images, _ in found] == [5, 5, 5, 5, 3]
    images, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
    assert images.dtype == labels.dtype == np.float32
    assert np.array_equal(images, IMAGES) and np.array_equal(labels, np.eye(3)[LABELS])
    assert batches.dataset().cardinality().numpy() == 5


def test_a_batch_larger_than_the_data():
    ((images, _),) = collect(Batches(*SPLIT, 500, shuffle=True))
    assert sorted(map(bytes, images)) == sorted(map(bytes, IMAGES.astype(np.float32)))
    with pytest.raises(ValueError, match=r"a batch size of 1 or more \(got 23, 0\)"):
        Batches(*SPLIT, 0)


@pytest.mark.parametrize("augment", [None, "light", "strong"])
def test_same_seed_and_epoch_same_bytes(augment):
    def make(seed=1):
        function = augment and make_augment(augment, 8)
        return Batches(
            *SPLIT,
            5,
            shuffle=True,
            seed=seed,
            augment=function,
            weigh=lambda rows: rows @ np.float32([1, 2, 3]),
        )

    def bytes_of(batches, epoch):
        batches.epoch = epoch
        return [part.tobytes() for batch in collect(batches) for part in batch]

    one = make()
    first, second = bytes_of(one, 0), bytes_of(one, 1)
    assert first != second
    assert bytes_of(one, 0) == first  # not the third of a sequence
    assert bytes_of(make(), 1) == second  # a resumed run starts in the middle
    assert bytes_of(make(seed=2), 0) != first
    one.epoch = 1
    assert [part.tobytes() for part in one.batch(1, 3)] == second[9:12]


def test_every_epoch_is_a_full_shuffle():
    batches = Batches(*SPLIT, 5, shuffle=True)
    orders = [batches.order(epoch).tolist() for epoch in range(4)]
    assert all(sorted(order) == list(range(23)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4 and orders[0] != list(range(23))


def test_labels_follow_their_pictures_when_shuffled():
    label_of = {image.tobytes(): label for image, label in zip(IMAGES, LABELS, strict=True)}
    for images, labels in collect(Batches(*SPLIT, 4, shuffle=True)):
        for image, label in zip(images, labels, strict=True):
            assert label_of[image.astype(np.uint8).tobytes()] == label.argmax()


def test_inputs_are_never_changed():
    before = IMAGES.copy(), LABELS.copy()
    collect(Batches(*SPLIT, 5, shuffle=True, augment=make_augment("strong", 8)))
    for images, _ in (batches.batch(0, 0) for batches in [Batches(*SPLIT, 5)]):
        images[:] = 0
    assert np.array_equal(IMAGES, before[0]) and np.array_equal(LABELS, before[1])


def test_class_weights_and_sample_weights():
    weights = class_weights(LABELS, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert class_weights(np.array([0, 0, 2]), 3).tolist() == [0.5, 0, 1]
    found = np.concatenate(
        [batch[2] for batch in collect(Batches(*SPLIT, 5, weigh=class_weigher(LABELS, 3)))]
    )
    np.testing.assert_allclose(found, weights[LABELS], rtol=1e-6)


def test_targets_of_other_kinds_keep_their_shape_names_and_type():
    import tensorflow as tf

    heights = Batches(IMAGES, LABELS / 2, lambda rows: rows[:, None].astype(np.float32), 5)
    assert heights.dataset().element_spec[1] == tf.TensorSpec((None, 1), tf.float32)
    assert np.array_equal(np.concatenate([part[1] for part in collect(heights)])[:, 0], LABELS / 2)

    def encode(rows):
        return {"class": one_hot(3)(rows), "box": np.zeros((len(rows), 2, 4), np.float32), "count": rows}

    several = Batches(IMAGES, LABELS, encode, 5, shuffle=True, weigh=lambda encoded: encoded["class"][:, 0])
    _, targets, weights = several.dataset().element_spec
    assert targets["box"] == tf.TensorSpec((None, 2, 4), tf.float32) and targets["count"].dtype == tf.int32
    assert weights == tf.TensorSpec((None,), tf.float32)
    for _, targets, weights in several.dataset():
        assert np.array_equal(targets["class"], one_hot(3)(targets["count"].numpy()))
        assert np.array_equal(weights, targets["count"].numpy() == 0)


def test_keras_fit_sees_the_epochs_in_order():
    """The dataset as Keras iterates over it: one pass per epoch, with the epoch set by a callback."""
    import keras

    batches, seen = Batches(*SPLIT, 5, shuffle=True, seed=3), []

    class SetEpoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            batches.epoch = epoch

    class Spy(keras.layers.Layer):
        def call(self, x):
            import tensorflow as tf

            tf.py_function(lambda value: seen.append(value.numpy()) or 0, [x[:, 0, 0, 0]], tf.int32)
            return x

    model = keras.Sequential([keras.Input((8, 8, 3)), Spy(), keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True), run_eagerly=True)
    model.fit(batches.dataset(), epochs=2, verbose=0, callbacks=[SetEpoch()])
    expected = [IMAGES[batches.order(epoch), 0, 0, 0] for epoch in range(2)]
    assert np.array_equal(np.concatenate(seen[-10:]), np.concatenate(expected))
