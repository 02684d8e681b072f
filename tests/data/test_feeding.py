"""Batches for backends without `tf.data`."""

import numpy as np
import pytest

from kerasft.data.batches import Batches
from kerasft.data.feeding import Feed, feed
from kerasft.targets.classes.encoding import one_hot


@pytest.fixture
def batches():
    images = np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), np.uint8)
    labels = np.arange(10, dtype=np.int32) % 2
    return Batches(images, labels, one_hot(2), 4, shuffle=True, compact=True)


def test_a_feed_gives_the_batches_in_their_order_epoch_after_epoch(batches):
    given = Feed(batches)
    assert len(given) == 3
    for epoch in (0, 1, 0):
        batches.begin_epoch(epoch)
        for step in range(3):
            for found, expected in zip(given[step], batches.batch(epoch, step), strict=True):
                np.testing.assert_array_equal(found, expected)


def test_a_batch_made_ahead_for_another_epoch_is_not_used(batches):
    given = Feed(batches)
    given[0]  # makes batch 1 of epoch 0 ahead
    batches.begin_epoch(5)
    np.testing.assert_array_equal(given[1][0], batches.batch(5, 1)[0])


def test_compact_pictures_stay_bytes(batches):
    inputs, labels = batches.batch(0, 0)
    assert inputs.dtype == np.uint8 and labels.dtype == np.float32


def test_the_pipeline_has_no_thread_that_waits_by_the_system_clock(batches):
    """That of autotuning does, and an epoch may wait for it for an hour: `python -m tests.clock_jumps`."""
    assert feed(batches).options().autotune.enabled is False
