"""The lock of a run folder: what a killed process left half written goes, when the next one takes the lock."""

import os

import pytest

from kerasft.base import files
from kerasft.base.locking import locked


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_the_next_owner_finds_no_half_written_file(tmp_path):
    if (child := os.fork()) == 0:
        with locked(tmp_path), files.atomic_path(tmp_path / "best.weights.safetensors") as temporary:
            temporary.write_bytes(b"half")
            os._exit(9)
    os.waitpid(child, 0)
    assert any(path.name.startswith(files.PARTIAL_PREFIX) for path in tmp_path.iterdir())
    with locked(tmp_path):
        assert not any(path.name.startswith(files.PARTIAL_PREFIX) for path in tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
