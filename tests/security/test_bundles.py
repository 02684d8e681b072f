"""Bundles: they carry a run whole, and whatever is wrong with one is refused before anything of it is used."""

import hashlib
import json
import os
import stat
import struct
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerasft
from kerasft.base import bundle_file
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.runs.run import Run


def test_a_bundle_holds_what_is_needed_and_the_hash_of_each(bundled, run):
    with zipfile.ZipFile(bundled) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    expected = [
        "config.json",
        "result.json",
        "splits.csv",
        "best.weights.safetensors",
        "labels.txt",
        "history.csv",
    ]
    expected += ["calibration.json"] if (run.run_dir / "calibration.json").is_file() else []
    assert names == [*expected, "manifest.json"] and manifest["kerasft_bundle"] == 1
    for name, about in manifest["files"].items():
        content = (run.run_dir / name).read_bytes()
        assert about == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_same_run_gives_the_same_bytes(bundled, run, tmp_path):
    assert kerasft.bundle(run, tmp_path / "again.kerasft").read_bytes() == bundled.read_bytes()


def test_a_bundle_predicts_and_evaluates_as_the_run_does(bundled, run, splits):
    images = splits.test.images
    np.testing.assert_array_equal(load_predictor(bundled).predict(images), as_predictor(run).predict(images))
    found, expected = kerasft.evaluate(bundled).as_dict(), kerasft.evaluate(run).as_dict()
    assert "run.kerasft" in found.pop("artifact") and expected.pop("artifact") and found == expected


def test_the_temporary_folder_lasts_as_long_as_the_run_and_no_longer(bundled):
    opened = Run.open(bundled)
    folder = opened.run_dir
    best = opened.at("head").at("head")
    del opened
    assert (folder / "config.json").is_file()
    del best
    assert not folder.exists()


def test_a_refused_bundle_leaves_nothing_in_the_temporary_folder(rewrite, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = rewrite({"labels.txt": b"other"})
    with pytest.raises(InputError):
        Run.open(path)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_moved_data_set_is_named_for_the_export(bundled, pictures, tmp_path):
    moved = Run.open(bundled).with_data(pictures)
    assert moved.splits().test.ids == Run.open(bundled).splits().test.ids
    with pytest.raises(InputError, match="not where it was"):
        Run.open(bundled).with_data(tmp_path / "nowhere").splits()


def test_the_command_writes_and_extracts(run, splits, tmp_path, capsys):
    path, folder = tmp_path / "run.kerasft", tmp_path / "again"
    assert main(["bundle", str(run.run_dir), str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "path": str(path),
        "megabytes": pytest.approx(3.6, abs=0.3),
    }
    assert main(["bundle", str(run.run_dir), str(path)]) == 2
    assert "error: the file exists" in capsys.readouterr().err
    assert main(["bundle", "--extract", str(path), str(folder)]) == 0
    assert capsys.readouterr().out == f"wrote {folder} ({path.stat().st_size / 1e6:.1f} MB)\n"
    assert {each.name for each in folder.iterdir()} - {"calibration.json"} == {
        *bundle_file.REQUIRED,
        "labels.txt",
        "history.csv",
    }
    assert Run.open(folder).load_model().count_params() == run.load_model().count_params()
    assert main(["bundle", "--extract", str(path), str(folder)]) == 2
    assert "error: the folder is not empty" in capsys.readouterr().err


def test_a_bundle_is_exported_to_the_folder_that_is_named(bundled, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(bundled), "--output", "files"]) == 0
    assert (tmp_path / "files" / "model_float32.tflite").is_file()
    assert not (tmp_path / "exports").exists()


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_run_that_is_not_whole_is_not_bundled(handed_in, damage, tmp_path):
    if damage == "missing":
        (handed_in / "splits.csv").unlink()
    else:
        (handed_in / "best.weights.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match="lacks a file .received: splits.csv|weights were changed"):
        kerasft.bundle(handed_in)
    assert not list(tmp_path.glob("*.kerasft"))


def test_a_bundle_is_named_as_one(run, tmp_path):
    with pytest.raises(InputError, match=r"ends in .kerasft .*name it run.kerasft"):
        kerasft.bundle(run, tmp_path / "run.zip")


def member(name, mode=0, **attributes):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


MEMBERS = {
    "traversal": (member("../outside.txt"), "name is not plain"),
    "traversal in the tokenizer": (member("tokenizer/../../outside.txt"), "name is not plain"),
    "backslashes": (member("..\\outside.txt"), "name is not plain"),
    "absolute path": (member("/tmp/outside.txt"), "name is not plain"),
    "drive": (member("C:/outside.txt"), "name is not plain"),
    "a folder": (member("tokenizer/"), "name is not plain"),
    "hidden file": (member("tokenizer/.bashrc"), "which is no file of a run"),
    "link": (member("tokenizer/more.txt", stat.S_IFLNK | 0o777), "is a link or a special file"),
    "named pipe": (member("tokenizer/more.txt", stat.S_IFIFO | 0o666), "is a link or a special file"),
    "twice": (member("labels.txt"), "holds 'labels.txt' twice"),
    "script": (member("run.py", stat.S_IFREG | 0o755), "holds 'run.py', which is no file of a run"),
    "pickle": (member("model.pkl"), "holds 'model.pkl', which is no file of a run"),
    "keras model": (member("model.keras"), "which is no file of a run"),
    "compressed": (member("tokenizer/more.txt", compress_type=zipfile.ZIP_DEFLATED), "is compressed"),
    "lzma": (member("tokenizer/more.txt", compress_type=zipfile.ZIP_LZMA), "is compressed"),
}


@pytest.mark.parametrize("info, message", MEMBERS.values(), ids=MEMBERS)
def test_members_that_no_bundle_has_are_refused(info, message, rewrite, canary):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, of a name that is there twice
        path = rewrite(extra=[(info, b"x")])
    with pytest.raises(InputError, match=f"the bundle can't be used: .*{message}.*make it again with"):
        Run.open(path)


def test_a_bomb_is_refused_before_it_is_unpacked(rewrite, canary, monkeypatch):
    info = member("history.csv", compress_type=zipfile.ZIP_DEFLATED)
    path = rewrite({"history.csv": None}, extra=[(info, bytes(200_000_000))])
    assert path.stat().st_size < 6_000_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *arguments: pytest.fail("it was opened"))
    with pytest.raises(InputError, match="'history.csv' is compressed .200000000 bytes in"):
        Run.open(path)


@pytest.mark.parametrize("count", [60, 70_000])
def test_thousands_of_members_are_refused_before_they_are_listed(count, rewrite, monkeypatch):
    extra = [(member(f"tokenizer/{number}"), b"") for number in range(60)]
    path = rewrite(extra=extra)
    if count > 65_535:  # the directory at the end says how many there are; here it lies, as a ZIP64 one would
        path.write_bytes(path.read_bytes()[:-42] + b"PK\x06\x07" + bytes(16) + path.read_bytes()[-22:])
    monkeypatch.setattr(zipfile, "ZipFile", lambda *arguments: pytest.fail("it was listed"))
    with pytest.raises(
        InputError, match="it has [0-9]+ members, or remarks behind them|its directory is damaged"
    ):
        Run.open(path)


def test_members_that_overlap_are_refused(bundled, tmp_path):
    """Two names in the directory lead to the same bytes."""
    content = bytearray(bundled.read_bytes())
    end = content.rfind(b"PK\x05\x06")
    (start,) = struct.unpack("<L", content[end + 16 : end + 20])
    big = content.index(b"best.weights.safetensors", start) - 46
    (offset, size) = struct.unpack("<L", content[big + 42 : big + 46])[0], content[big + 20 : big + 28]
    small = content.index(b"splits.csv", start) - 46
    content[small + 42 : small + 46], content[small + 20 : small + 28] = struct.pack("<L", offset), size
    (tmp_path / "a.kerasft").write_bytes(content)
    with pytest.raises(InputError, match="overlap|differ|can't be"):
        Run.open(tmp_path / "a.kerasft")


CHANGES = {
    "another hash": ({"labels.txt": b"circle\nnoise\nstripeZ\n"}, {}, "'labels.txt' was changed: its hash"),
    "another size": ({"labels.txt": b"x"}, {}, "'labels.txt' has another size than listed"),
    "missing weights": ({"best.weights.safetensors": None}, {}, "it lacks best.weights.safetensors"),
    "missing splits": ({"splits.csv": None}, {"true_hashes": True}, "it lacks splits.csv"),
    "missing in the manifest": (
        {},
        {"manifest": lambda m: m["files"].pop("splits.csv")},
        "differ: splits.csv",
    ),
    "extra in the manifest": ({}, {"manifest": lambda m: m["files"].update(x={})}, "differ: x"),
    "no manifest": ({"manifest.json": b""}, {}, "its manifest is damaged"),
    "a manifest of lists": ({}, {"manifest": lambda m: m.update(files=[])}, "its manifest lists no files"),
    "nesting": ({"manifest.json": b"[" * 90_000}, {}, "its manifest is damaged"),
    "newer": ({}, {"manifest": lambda m: m.update(kerasft_bundle=2)}, "made by a newer kerasft.*--upgrade"),
    "config of something": (
        {"config.json": b"[]"},
        {"true_hashes": True},
        "config.json can't be read, it holds no",
    ),
}


@pytest.mark.parametrize("changes, options, message", CHANGES.values(), ids=CHANGES)
def test_changed_bundles_are_refused(changes, options, message, rewrite, canary):
    changes = dict(changes)
    content = changes.get("manifest.json")
    path = rewrite({k: v for k, v in changes.items() if k != "manifest.json"} or None, **options)
    if content is not None:
        path = with_manifest(path, content)
    with pytest.raises(InputError, match=message):
        Run.open(path)


def with_manifest(path, content):
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, each in {**members, "manifest.json": content}.items():
            archive.writestr(zipfile.ZipInfo(name), each)
    return path


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06", b"PK\x03\x04" + bytes(500), b"\x80\x04."])
def test_what_is_no_bundle_is_refused(content, tmp_path, capsys):
    (tmp_path / "a.kerasft").write_bytes(content)
    assert main(["predict", str(tmp_path / "a.kerasft"), "x.png"]) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith("error: the bundle can't be used: it is truncated, or no ZIP")
        and error.count("\n") == 1
    )


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.999])
def test_a_truncated_bundle_is_refused(keep, bundled, tmp_path):
    content = bundled.read_bytes()
    (tmp_path / "a.kerasft").write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(InputError, match="truncated, or no ZIP"):
        Run.open(tmp_path / "a.kerasft")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.kerasft")
    with pytest.raises(InputError, match="it is no plain file"):
        Run.open(tmp_path / "a.kerasft")


def test_there_is_no_bundle(tmp_path):
    with pytest.raises(InputError, match="there is no such bundle"):
        Run.open(Path("nowhere.kerasft"))
