"""Files of anybody: never waited for, and no more of them in memory than they may hold."""

import os
import socket
import threading

import pytest

from kerasft.base import bounded, files


def test_a_plain_file_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"hello")
    (tmp_path / "link").symlink_to("a")
    assert bounded.read_bytes(tmp_path / "link", 5) == b"hello"
    with pytest.raises(bounded.RefusedFile, match="it is larger than 4 bytes"):
        bounded.read_bytes(tmp_path / "a", 4)
    with pytest.raises(FileNotFoundError):
        bounded.read_bytes(tmp_path / "b", 4)


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    before = os.getcwd()
    os.chdir(path.parent)  # the path of a socket has 108 characters at most
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


def link_to_a_device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "make", [pipe, unix_socket, link_to_a_device, os.mkdir], ids=lambda make: make.__name__
)
def test_what_is_no_plain_file_is_refused_at_once(make, tmp_path):
    make(tmp_path / "a")
    for read in (files.read_json, files.sha256_of, bounded.open_plain):
        with pytest.raises(bounded.RefusedFile, match="it is no plain file"):
            read(tmp_path / "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "a")
    monkeypatch.setattr(bounded, "require_plain", lambda path: None)  # it was a file when this was asked
    reading = threading.Thread(target=lambda: pytest.raises(OSError, bounded.open_plain, tmp_path / "a"))
    reading.start()
    reading.join(10)
    assert not reading.is_alive()


@pytest.mark.parametrize("start", [b"", b"x" * 4096])
def test_gigabytes_of_nothing_are_refused(start, tmp_path):
    with open(tmp_path / "a", "wb") as file:
        file.write(start)
        file.truncate(20_000_000_000)
    if os.stat(tmp_path / "a").st_blocks * 512 > 10**9:
        pytest.skip("no sparse files here")
    with pytest.raises(bounded.RefusedFile, match="it is a sparse file"):
        files.sha256_of(tmp_path / "a")


def test_a_file_with_some_holes_is_read(tmp_path):
    with open(tmp_path / "a", "wb") as file:
        file.write(b"x" * 20_000_000)
        file.truncate(70_000_000)
    assert bounded.read_bytes(tmp_path / "a", 80_000_000)[19_999_999:20_000_001] == b"x\0"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5000])
def test_json_that_is_none_is_a_value_error(content, tmp_path):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):
        files.read_json(tmp_path / "a.json")


def test_a_full_disk_is_told_with_the_name_of_what_was_written(tmp_path):
    with pytest.raises(OSError) as caught, files.atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("x")
        raise OSError(28, "No space left on device")
    assert caught.value.filename == str(tmp_path / "a.txt") and list(tmp_path.iterdir()) == []
