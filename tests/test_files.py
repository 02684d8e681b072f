import json
import os

import pytest

from kerasft import files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole(tmp_path):
    files.write_text(tmp_path / "deep" / "a.txt", "häß\n")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == "häß\n".encode()
    assert names(tmp_path / "deep") == ["a.txt"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = files.write_text(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError), files.atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_text(tmp_path / "a.txt", "text")
    assert names(tmp_path) == []


def test_a_folder_replaces_a_folder(tmp_path):
    for content in ("one", "two"):
        with files.atomic_path(tmp_path / "model") as temporary:
            (temporary / "inner").mkdir(parents=True)
            (temporary / "inner" / f"{content}.txt").write_text(content)
    assert names(tmp_path) == ["model"]
    assert names(tmp_path / "model" / "inner") == ["two.txt"]


def test_a_folder_survives_when_its_replacement_cannot_be_renamed(tmp_path, monkeypatch):
    with files.atomic_path(tmp_path / "model") as temporary:
        temporary.mkdir()
        (temporary / "one.txt").write_text("one")
    rename, calls = os.replace, []

    def fail_the_second(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", fail_the_second)
    with pytest.raises(OSError), files.atomic_path(tmp_path / "model") as temporary:
        temporary.mkdir()
    assert names(tmp_path) == ["model"]
    assert names(tmp_path / "model") == ["one.txt"]


def test_the_temporary_path_keeps_the_suffix(tmp_path):
    with files.atomic_path(tmp_path / "best.weights.h5") as temporary:
        assert temporary.name.endswith(".weights.h5")
        temporary.write_bytes(b"x")


def test_json_refuses_nan(tmp_path):
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert names(tmp_path) == []
    files.write_json(tmp_path / "a.json", {"name": "ü"})
    assert (
        json.loads((tmp_path / "a.json").read_text("utf-8"))
        == files.read_json(tmp_path / "a.json")
        == {"name": "ü"}
    )


def test_hash_and_size(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"0" * 999_997)
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert files.sha256_of(tmp_path / "a") == expected
    assert files.megabytes(tmp_path) == pytest.approx(1.0)
