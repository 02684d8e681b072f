"""Decoded images in memory or in a temporary file: the same splits, and nothing left behind."""

import os
import tempfile
from contextlib import contextmanager

import numpy as np
import pytest

from kerasft.base import terminal
from kerasft.base.errors import InputError
from kerasft.base.memory import available_memory
from kerasft.inputs.images import loading
from kerasft.inputs.images.store import arrange, new_store
from kerasft.tasks.image_classification.reading import read_images


def test_above_the_limit_pictures_are_in_a_file_that_leaves_nothing(make, tmp_path, monkeypatch):
    root = make.classes(tmp_path / "data", {"a": 8, "b": 8})
    (tmp_path / "temporary").mkdir()
    in_memory = read_images(root, 8)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    on_disk = read_images(root, 8, memory_limit=0)
    assert isinstance(on_disk.train.images, np.memmap) and not isinstance(in_memory.train.images, np.memmap)
    for name in ("train", "validation", "test"):
        one, other = getattr(on_disk, name), getattr(in_memory, name)
        assert np.array_equal(one.images, other.images) and one.ids == other.ids
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system only finds out later")
def test_a_full_disk_is_an_error_before_decoding():
    with pytest.raises(InputError) as error:
        new_store(10**9, 4096, memory_limit=0)
    text = str(error.value)
    assert text.startswith("the decoded images need 50331648.0 GB, more than memory or temporary folder have")
    assert text.endswith("set TMPDIR to a larger disk, or use a smaller --image-size")


def test_arrange_is_indexing_in_place():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        store = rng.integers(0, 256, (17, 2, 2, 3), dtype=np.uint8)
        order = rng.permutation(17)
        expected, kept = store[order], order.copy()
        arrange(store, order)
        assert np.array_equal(store, expected) and np.array_equal(order, kept)


def test_available_memory_is_plausible():
    assert 10**6 < available_memory() < 10**14


def test_a_command_shows_how_far_the_reading_is(make, tmp_path, monkeypatch):
    root, counted = make.classes(tmp_path / "data", {"a": 3, "b": 3}), []

    @contextmanager
    def counter(what, enabled, after):
        yield lambda done, total: counted.append((what, enabled, done, total))

    monkeypatch.setattr(loading, "counter", counter)
    read_images(root, 8)
    with terminal.screen():
        read_images(root, 8)
    assert counted == [("reading images", False, 6, 6), ("reading images", True, 6, 6)]


def test_progress_is_reported_to_the_end(make, tmp_path):
    make.classes(tmp_path, {"a": 4, "b": 4})
    seen = []
    read_images(tmp_path, 8, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8, 8)
