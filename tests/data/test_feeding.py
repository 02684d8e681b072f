"""Batches for backends without `tf.data`."""

import numpy as np
import pytest

from kerasft.data.batches import Batches
from kerasft.data.feeding import Feed
from kerasft.targets.classes.encoding import one_hot


@pytest.fixture
def batches():
    images = np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), np.uint8)
    labels = np.arange(10, dtype=np.int32) % 2
    return Batches(images, labels, one_hot(2), 4, shuffle=True, compact=True)


def test_a_feed_gives_the_batches_in_their_order_epoch_after_epoch(batches):
    feed = Feed(batches)
    assert len(feed) == 3
    for epoch in (0, 1, 0):
        batches.begin_epoch(epoch)
        for step in range(3):
            for found, expected in zip(feed[step], batches.batch(epoch, step), strict=True):
                np.testing.assert_array_equal(found, expected)


def test_a_batch_made_ahead_for_another_epoch_is_not_used(batches):
    feed = Feed(batches)
    feed[0]  # makes batch 1 of epoch 0 ahead
    batches.begin_epoch(5)
    np.testing.assert_array_equal(feed[1][0], batches.batch(5, 1)[0])


def test_compact_pictures_stay_bytes(batches):
    inputs, labels = batches.batch(0, 0)
    assert inputs.dtype == np.uint8 and labels.dtype == np.float32
