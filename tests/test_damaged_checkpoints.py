"""Checkpoints that were damaged between two runs: the one before is taken, and nothing but types that fit is used."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from kerasft.base.options import has_types
from kerasft.training.checkpoint import FILE, State, read_checkpoint, write_checkpoint
from kerasft.training.history import Epoch
from tests.fuzz.mangling import mangled

ROW = Epoch("head", 1, *[0.5] * 4, {"accuracy": 0.5, "val_accuracy": 0.5, "val_log_loss": 0.5})
BAD = (None, "x", -1.5, [], {}, [[]], True, {"a": 1})


@pytest.fixture
def two(tmp_path):
    """A folder with a checkpoint of epoch 2, and the one before it."""
    write_checkpoint(tmp_path, State(epoch=1), {"weight/0": np.zeros(3)})
    write_checkpoint(tmp_path, State(epoch=2, rows=(ROW,), score=(0.5, -1.0)), {"weight/0": np.ones(3)})
    return tmp_path


def with_state(path, changes, rehashed):
    """Writes a checkpoint again with another state in its header."""
    with safe_open(path, framework="numpy") as file:
        header, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header["state"] = json.dumps({**json.loads(header["state"]), **changes})
    if rehashed:
        header["state_sha256"] = hashlib.sha256(header["state"].encode()).hexdigest()
    save_file(arrays, path, header)


@pytest.mark.parametrize("key", [field.name for field in dataclasses.fields(State)])
def test_a_state_of_other_types_is_no_checkpoint(key, two):
    before, refused = (two / FILE).read_bytes(), 0
    for value in (*BAD, *([bad] for bad in BAD)):
        (two / FILE).write_bytes(before)
        with_state(two / FILE, {key: value}, rehashed=True)
        found = read_checkpoint(two)[0]
        assert has_types(found) and all(map(has_types, found.rows)) and found.epoch in (1, 2)
        refused += found.epoch == 1
    assert refused >= 10


def test_a_state_that_was_damaged_is_no_checkpoint(two):
    assert read_checkpoint(two)[0].epoch == 2
    with_state(two / FILE, {"epoch": 3}, rehashed=False)
    assert read_checkpoint(two)[0].epoch == 1


def test_damaged_checkpoints_are_passed_over(two):
    state, original, whole = read_checkpoint(two)[0], (two / FILE).read_bytes(), 0
    for content in mangled([original], 300, seed=7):
        (two / FILE).write_bytes(content)
        found, arrays = read_checkpoint(two)
        assert (found, arrays["weight/0"].tolist()) in ((state, [1] * 3), (State(epoch=1), [0] * 3))
        whole += found == state
    assert whole < 30
