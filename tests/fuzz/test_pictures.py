"""Mangled images through the decode function: pixels or BrokenImageError, in bounded time and memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kerasft.inputs.images.decode import MAX_PIXELS, decode_image
from tests.fuzz.bombs import SIDE

ROOT = Path(__file__).parent.parent.parent


TURN = (pytest.mark.slow, pytest.mark.turns(3))


def decode_all(count: int, seed: int) -> dict:
    """In a process of its own: a crash of a native library would end it, and 4 GB are all it may have."""
    limit = f"ulimit -v {4_000_000}; exec {sys.executable} -m tests.fuzz.decode_all {count} {seed}"
    done = subprocess.run(["bash", "-c", limit], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("count", "seed"), [(2000, 1), *(pytest.param(35_000, seed, marks=TURN) for seed in (1, 2, 3))]
)
def test_mangled_pictures_are_decoded_or_refused(count, seed):
    told = decode_all(count, seed)
    assert set(told["outcomes"]) == {"decoded", "refused"} and sum(told["outcomes"].values()) == count, told
    assert min(told["outcomes"].values()) > count / 50, told  # both happen
    assert told["formats"] >= 20 and told["slowest_seconds"] < 10 and told["grown_megabytes"] < 1500, told


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_the_largest_picture_takes_a_known_amount_of_memory(mode):
    """In a process of its own, whose peak is its own: at most 25 bytes per pixel beside what Python has."""
    buffer = io.BytesIO()
    Image.new(mode, (8000, MAX_PIXELS // 8000)).save(buffer, "PNG")
    code = (
        "import sys; from kerasft.inputs.images.decode import decode_image;"
        "from kerasft.benchmarking.worker import memory;"
        "data = sys.stdin.buffer.read(); before = memory('VmHWM'); decode_image(data);"
        "print(memory('VmHWM') - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=buffer.getvalue(), capture_output=True, check=True, cwd=ROOT
    )
    assert float(done.stdout) * 1e6 < 25 * MAX_PIXELS


@pytest.mark.slow
def test_small_files_of_all_formats_take_a_known_amount_of_memory():
    """Files of a few KB that are 16 million pixels, or say so."""
    command = [sys.executable, "-m", "tests.fuzz.bombs"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    decoded, refused = json.loads(done.stdout)
    assert {end for _, end in decoded.values()} == {str((SIDE, SIDE, 3))}
    too_much = {name: taken for name, (taken, _) in decoded.items() if taken * 1e6 > 25 * SIDE**2}
    assert not too_much, too_much
    assert {name: end for name, (_, end) in refused.items() if end != "refused"} == {}
    assert {name: taken for name, (taken, _) in refused.items() if taken > 60} == {}


def test_transparency_is_laid_over_white_in_bands_as_at_once():
    rng = np.random.default_rng(0)
    rgba = rng.integers(0, 256, (1100, 1000, 4), "uint8")
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG")
    alpha = rgba[..., 3:] / 255
    expected = np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha))
    assert np.abs(decode_image(buffer.getvalue()) - expected).max() <= 1
