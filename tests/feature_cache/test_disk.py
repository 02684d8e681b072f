"""Parts of features, in memory and on disk: the same rows back, and nothing stale or broken is used."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from kerasft.base.specs import Spec
from kerasft.training.feature_cache import disk
from kerasft.training.feature_cache.disk import DiskPart
from kerasft.training.feature_cache.memory import MemoryPart

ROOT = Path(__file__).parents[2]
SPECS = {"cut_0": Spec((3, 2), "float32"), "cut_1": Spec((4,), "int32"), "cut_2": Spec((2,), "bfloat16")}
RNG = np.random.default_rng(0)
VALUES = {
    "cut_0": RNG.normal(size=(10, 3, 2)).astype("float32"),
    "cut_1": RNG.integers(0, 9, (10, 4)).astype("int32"),
    "cut_2": RNG.normal(size=(10, 2)).astype(ml_dtypes.bfloat16),
}


def rows(start, stop):
    return {name: array[start:stop] for name, array in VALUES.items()}


def disk_part(folder, key="key", **options):
    return DiskPart(folder, "train-0-3", 10, SPECS, key, **options)


def make(where, folder, **options):
    return MemoryPart(10, SPECS, **options) if where == "memory" else disk_part(folder, **options)


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_rows_come_back_in_any_order(where, tmp_path):
    part = make(where, tmp_path)
    for start in range(0, 10, 4):
        assert part.rows == start
        part.append(rows(start, start + 4))
    arrays, wanted = part.finish(), np.array([7, 0, 0, 9])
    for name, array in arrays.items():
        assert array.dtype == VALUES[name].dtype and array.shape == VALUES[name].shape
        np.testing.assert_array_equal(array[wanted], VALUES[name][wanted])


def header(folder, change):
    path = folder / "train-0-3.cut_0.npy"
    content = path.read_bytes()
    path.write_bytes(change(content[:128]) + content[128:])


def manifest(folder, **changes):
    path = folder / "train-0-3.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


DAMAGE = {
    "another count in the header": lambda f: header(f, lambda h: h.replace(b"(10,", b"(99,")),
    "another shape": lambda f: header(f, lambda h: h.replace(b"3, 2)", b"2, 3)")),
    "another type": lambda f: header(f, lambda h: h.replace(b"<f4", b"<i4")),
    "another order": lambda f: header(f, lambda h: h.replace(b"False", b"True ")),
    "objects": lambda f: header(f, lambda h: h.replace(b"'<f4'", b"'|O' ")),
    "no header": lambda f: header(f, lambda h: bytes(len(h))),
    "a link to nowhere": lambda f: (f / "train-0-3.cut_0.npy").unlink(),
    "negative rows": lambda f: manifest(f, rows=-5),
    "more rows than there are": lambda f: manifest(f, rows=11),
    "rows without end": lambda f: (f / "train-0-3.json").write_text(
        '{"key": "key", "of": 10, "rows": 1e999}'
    ),
    "sums of another kind": lambda f: manifest(f, crc32=[1]),
    "a list": lambda f: (f / "train-0-3.json").write_text("[]"),
    "brackets": lambda f: (f / "train-0-3.json").write_text("[" * 100_000),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_made_again(damage, tmp_path):
    part = disk_part(tmp_path)
    part.append(rows(0, 10))
    part.finish()
    assert disk_part(tmp_path).rows == 10
    damage(tmp_path)
    again = disk_part(tmp_path)
    assert again.rows == 0
    again.append(rows(0, 10))
    wanted = np.arange(10)
    for name, array in again.finish().items():
        np.testing.assert_array_equal(array[wanted], VALUES[name])


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_half_precision_halves_float32_and_nothing_else(where, tmp_path):
    part = make(where, tmp_path, half=True)
    part.append(rows(0, 10))
    arrays, wanted = part.finish(), np.arange(10)
    assert arrays["cut_0"][wanted].dtype == np.float32
    np.testing.assert_array_equal(arrays["cut_0"][wanted], VALUES["cut_0"].astype("float16"))
    np.testing.assert_array_equal(arrays["cut_1"][wanted], VALUES["cut_1"])
    np.testing.assert_array_equal(arrays["cut_2"][wanted], VALUES["cut_2"])
    if where == "disk":
        assert np.load(tmp_path / "train-0-3.cut_0.npy").dtype == np.float16


def test_the_files_are_numpys(tmp_path):
    part = disk_part(tmp_path)
    part.append(rows(0, 10))
    part.finish()
    np.testing.assert_array_equal(np.load(tmp_path / "train-0-3.cut_0.npy"), VALUES["cut_0"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "train-0-3.cut_0.npy", "train-0-3.cut_1.npy", "train-0-3.cut_2.npy", "train-0-3.json",
    ]  # fmt: skip


def test_a_killed_part_is_continued_from_its_safe_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "SYNC_BYTES", 1)  # a manifest after each batch
    killed = disk_part(tmp_path)
    killed.append(rows(0, 4))
    monkeypatch.setattr(disk, "SYNC_BYTES", 10**9)
    killed.append(rows(4, 8))  # in the files, and in no manifest
    for file in killed._files.values():
        file.flush()
    again = disk_part(tmp_path)
    assert again.rows == 4
    again.append(rows(4, 8))
    again.append(rows(8, 10))
    for name, array in again.finish().items():
        np.testing.assert_array_equal(array[np.arange(10)], VALUES[name])
    assert disk_part(tmp_path).rows == 10


def finished(folder):
    part = disk_part(folder)
    part.append(rows(0, 10))
    part.finish()
    return folder


def test_other_features_are_not_used(tmp_path):
    assert disk_part(finished(tmp_path), key="other weights").rows == 0
    assert not (tmp_path / "train-0-3.json").exists()


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "manifest", "count"])
def test_broken_files_are_not_used(damage, tmp_path):
    finished(tmp_path)
    path, manifest = tmp_path / "train-0-3.cut_0.npy", tmp_path / "train-0-3.json"
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-5] ^= 1
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(content[:-1])
    elif damage == "missing":
        path.unlink()
    elif damage == "manifest":
        manifest.write_text("{")
    else:
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "of": 11}))
    part = disk_part(tmp_path)
    assert part.rows == 0
    part.append(rows(0, 10))
    np.testing.assert_array_equal(part.finish()["cut_0"][np.arange(10)], VALUES["cut_0"])


@pytest.mark.slow
def test_a_hundred_thousand_examples_need_little_memory(tmp_path):
    """2.5 GB of features, written in a stream and read in full shuffle; the process stays far below 2 GB."""
    code = textwrap.dedent(f"""
        import numpy as np
        from pathlib import Path
        from kerasft.training.feature_cache.disk import DiskPart
        from kerasft.base.specs import Spec
        from kerasft.benchmarking.worker import memory
        begin = memory("VmHWM")
        count, rng = 100_000, np.random.default_rng(0)
        part = DiskPart(Path({str(tmp_path)!r}), "train", count, {{"cut_0": Spec((6250,), "float32")}}, "key")
        values = rng.normal(size=(1000, 6250)).astype("float32")
        for start in range(0, count, 1000):
            values[:, 0] = np.arange(start, start + 1000)
            part.append({{"cut_0": values}})
        array, seen = part.finish()["cut_0"], 0
        for batch in rng.permutation(count).reshape(-1, 100):
            seen += int((array[batch][:, 0] == batch).sum())
        print(seen, round(memory("VmHWM") - begin))
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    seen, megabytes = map(int, done.stdout.split())
    assert seen == 100_000
    assert megabytes < 200  # besides what the imports take
