import json
import os

import pytest

from kerasft.base import files


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


def die(*args, **options):
    """Ends the process as a kill would: nothing is cleaned up."""
    os._exit(9)


def in_a_child(work):
    """Runs `work` in a process of its own and returns how it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_what_a_killed_process_left_is_removed(tmp_path, monkeypatch):
    (tmp_path / ".partial-mine").mkdir()  # not made here: a name is no proof
    monkeypatch.setattr(files, "_sync_tree", die)
    assert in_a_child(lambda: files.write_text(tmp_path / "a.txt", "half")) == 9
    assert len(names(tmp_path)) == 2
    files.clear_partial(tmp_path)
    assert names(tmp_path) == [".partial-mine"]


def test_what_a_living_process_writes_stays(tmp_path):
    with files.atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
        files.clear_partial(tmp_path)
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
@pytest.mark.parametrize(("renames", "survivor"), [(0, "one"), (1, "two"), (2, "two")])
def test_a_folder_survives_a_kill_while_it_is_replaced(tmp_path, monkeypatch, renames, survivor):
    def write(content):
        with files.atomic_path(tmp_path / "model") as temporary:
            temporary.mkdir()
            (temporary / f"{content}.txt").write_text(content)

    write("one")
    rename, done = os.replace, []

    def die_after(source, target):
        if len(done) == renames:
            die()
        done.append(target)
        rename(source, target)

    if renames < 2:
        monkeypatch.setattr(os, "replace", die_after)
    else:
        monkeypatch.setattr(files.shutil, "rmtree", die)
    assert in_a_child(lambda: write("two")) == 9
    monkeypatch.undo()
    files.clear_partial(tmp_path)
    assert names(tmp_path) == ["model"]
    assert names(tmp_path / "model") == [f"{survivor}.txt"]


def test_a_file_system_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def lacking(lock):
        raise NotImplementedError

    monkeypatch.setattr(files.FileLock, "acquire", lacking)
    assert files.write_text(tmp_path / "a.txt", "whole").read_text() == "whole"
    (tmp_path / ".partial-other").mkdir()
    (tmp_path / ".partial-other" / ".lock").touch()
    files.clear_partial(tmp_path)
    assert names(tmp_path) == [".partial-other", "a.txt"]


def test_the_temporary_path_keeps_the_suffix(tmp_path):
    with files.atomic_path(tmp_path / "best.weights.safetensors") as temporary:
        assert temporary.name.endswith(".weights.safetensors")
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


def test_json_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a.json").write_text('\ufeff{"name": "ü"}', "utf-8")
    assert files.read_json(tmp_path / "a.json") == {"name": "ü"}


def test_hash_and_size(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"0" * 999_997)
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert files.sha256_of(tmp_path / "a") == expected
    assert files.megabytes(tmp_path) == pytest.approx(1.0)
