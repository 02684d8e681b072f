"""Damaged bundles and weights files: the same as before, or refused."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kerasft.base import bundle_file
from kerasft.base.errors import InputError
from tests.fuzz.mangling import mangled

ROOT = Path(__file__).parent.parent.parent
CONTENTS = {name: name.encode() * 3 for name in (*bundle_file.REQUIRED, "tokenizer/vocabulary.txt")}


def small_bundle(path: Path) -> bytes:
    described = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in CONTENTS.items()
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in CONTENTS.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.writestr(
            zipfile.ZipInfo("manifest.json"), json.dumps({"kerasft_bundle": 1, "files": described})
        )
    return path.read_bytes()


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.slow)])
def test_a_damaged_bundle_is_whole_or_refused(count, tmp_path):
    original = small_bundle(tmp_path / "original.kerasft")
    refused = 0
    for number, content in enumerate(mangled([original], count, seed=2)):
        path, folder = tmp_path / "a.kerasft", tmp_path / str(number)
        path.write_bytes(content)
        try:
            bundle_file.unpack_into(path, folder)
        except InputError as error:
            refused += 1
            assert len(error.problems) == 1 and "\n" not in str(error)
            continue
        found = {
            each.relative_to(folder).as_posix(): each.read_bytes()
            for each in folder.rglob("*")
            if each.is_file()
        }
        assert found == CONTENTS
    assert refused > count * 0.8
    assert {each.name for each in tmp_path.iterdir() if not each.name.isdigit()} == {
        "original.kerasft",
        "a.kerasft",
    }


WEIGHTS = """
import json, sys, collections, pathlib, tempfile
import h5py, numpy as np
from kerasft.base.errors import UnsafeFileError
from kerasft.networks.hdf5 import read_shapes
from tests.fuzz.mangling import mangled
folder = pathlib.Path(tempfile.mkdtemp(dir=sys.argv[2]))
with h5py.File(folder / "a.h5", "w") as file:
    for name in "abc":
        file[f"layers/{name}/vars/0"] = np.arange(12, dtype="f4").reshape(3, 4)
original, found = (folder / "a.h5").read_bytes(), collections.Counter()
for content in mangled([original], int(sys.argv[1]), 3):
    (folder / "b.h5").write_bytes(content)
    try:
        read_shapes(folder / "b.h5")
        found["read"] += 1
    except (OSError, UnsafeFileError) as error:
        found["refused"] += 1
    except BaseException as error:
        found[repr(error)[:80]] += 1
print(json.dumps(found))
"""


@pytest.mark.slow
def test_damaged_weights_are_read_or_refused(tmp_path):
    """In a process of its own: HDF5 is a native library."""
    command = [sys.executable, "-c", WEIGHTS, "3000", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(json.loads(done.stdout)) == {"read", "refused"}
