"""The one reader of ZIP archives: what it refuses, and that memory stays with the size of the file."""

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest

from kerasft.base.zip_members import ArchiveError, open_archive
from tests.security.archives import BZIP2, DEFLATED, LZMA, archive, nested

KILO = 1000


def opened(path, content, most_members=8, most_bytes=None, stored=False):
    path.write_bytes(content)
    with open_archive(path, most_members=most_members, most_bytes=most_bytes, stored=stored) as found:
        return {name: found.read(name, 10 * KILO) for name in found.sizes}


@pytest.mark.parametrize("before", [b"", b"a model" * 99])
@pytest.mark.parametrize("method", [0, DEFLATED])
def test_what_python_reads_is_read(before, method, tmp_path):
    content = archive([("a/b.txt", b"x" * KILO, {"method": method}), ("c", b"", {})], before)
    with zipfile.ZipFile(io.BytesIO(content)) as reference:
        expected = {name: reference.read(name) for name in reference.namelist()}
    assert opened(tmp_path / "a.zip", content) == expected == {"a/b.txt": b"x" * KILO, "c": b""}
    with open_archive(tmp_path / "a.zip", most_members=2) as found:
        assert found.start == len(before)


def test_an_archive_of_python_itself_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as written:
        written.mkdir("folder")
        with written.open("folder/a", "w", force_zip64=True) as member:
            member.write(b"hello")
    assert opened(tmp_path / "a.zip", (tmp_path / "a.zip").read_bytes()) == {"folder/a": b"hello"}


def test_the_directory_of_a_zip64_archive_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as written:
        for name in "abc":
            written.writestr(name, name)
    content = (tmp_path / "a.zip").read_bytes()
    assert b"PK\x06\x07" in content and opened(tmp_path / "a.zip", content) == {
        "a": b"a",
        "b": b"b",
        "c": b"c",
    }
    with pytest.raises(ArchiveError, match="it has 3 members"):
        opened(tmp_path / "a.zip", content, most_members=2)


REFUSED = {
    "bzip2": ([("a", b"x" * KILO, {"method": BZIP2})], "'a' is compressed in a way"),
    "lzma": ([("a", b"x" * KILO, {"method": LZMA})], "'a' is compressed in a way"),
    "a method of tomorrow": ([("a", b"x", {"method": 99})], "'a' is compressed in a way"),
    "encrypted": ([("a", b"x", {"flags": 1})], "'a' is encrypted"),
    "a name twice": ([("a", b"x", {}), ("a", b"y", {})], "it holds 'a' twice"),
    "two sizes": ([("a", b"x", {"size": 9})], "'a' is stored and has two sizes"),
    "one place for two": ([("a", b"x", {}), ("b", b"x", {"at": 0})], "overlap"),
    "a body over the directory": ([("a", b"x", {"size": 50, "packed_size": 50})], "overlap"),
    "a place without a member": ([("a", b"x" * 99, {}), ("b", b"", {"at": 50})], "overlap"),
    "a place behind the end": ([("a", b"x", {"at": KILO})], "it is damaged"),
    "a link": ([("a", b"x", {"mode": stat.S_IFLNK | 0o777})], "'a' is a link or a special file"),
    "a device": ([("a", b"x", {"mode": stat.S_IFCHR})], "'a' is a link or a special file"),
    "a path upwards": ([("a/../../b", b"x", {})], "name is not plain"),
    "an absolute path": ([("/etc/passwd", b"x", {})], "name is not plain"),
    "a drive": ([("C:a", b"x", {})], "name is not plain"),
    "an escape": ([("\x1b[2J", b"x", {})], "name is not plain"),
    "a name with an end inside": ([("a\0b", b"x", {})], "name is not plain"),
    "a long name": ([("a" * 251, b"x", {})], "name is not plain"),
    "a folder that holds bytes": ([("a/", b"x", {})], "name is not plain"),
    "another content": ([("a", b"x", {"crc": 7})], "it is damaged: Bad CRC"),
    "more than it says": ([("a", b"x" * KILO, {"method": DEFLATED, "size": 9})], "it is damaged: Bad CRC"),
    "less than it says": ([("a", b"x", {"method": DEFLATED, "size": 9})], "'a' is smaller than it says"),
    "more than is taken": ([("a", b"x" * 11 * KILO, {"method": DEFLATED})], "'a' is too large: 11000 bytes"),
    "many members": ([(str(number), b"", {}) for number in range(9)], "it has 9 members"),
}


@pytest.mark.parametrize("members, message", REFUSED.values(), ids=REFUSED)
def test_what_no_archive_of_ours_has_is_refused(members, message, tmp_path):
    with pytest.raises(ArchiveError, match=message):
        opened(tmp_path / "a.zip", archive(members))


def test_the_sum_of_the_sizes_is_bounded(tmp_path):
    members = [(name, b"x" * KILO, {"method": DEFLATED}) for name in "abc"]
    assert len(opened(tmp_path / "a.zip", archive(members), most_bytes=3 * KILO)) == 3
    with pytest.raises(ArchiveError, match="it unpacks to 3000 bytes"):
        opened(tmp_path / "a.zip", archive(members), most_bytes=3 * KILO - 1)


def test_deflated_members_are_refused_where_kerasft_stores_them(tmp_path):
    with pytest.raises(ArchiveError, match="'a' is compressed .1000 bytes in"):
        opened(tmp_path / "a.zip", archive([("a", b"x" * KILO, {"method": DEFLATED})]), stored=True)


def test_a_directory_that_says_less_than_it_holds_is_refused(tmp_path):
    """zipfile believes the size of the directory, not the count."""
    content = archive([(str(number), b"", {}) for number in range(60)], count=1)
    with pytest.raises(ArchiveError, match="it has 1 members, or remarks behind them|it has 60 members"):
        opened(tmp_path / "a.zip", content)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x05\x06", b"PK\x03\x04" + bytes(500), b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_archive_is_refused(content, tmp_path):
    with pytest.raises(ArchiveError, match="it is truncated, or no ZIP|remarks behind"):
        opened(tmp_path / "a.zip", content)


def test_remarks_behind_the_directory_are_refused(tmp_path):
    content = archive([("a", b"x", {})])[:-2] + struct.pack("<H", 5) + b"hello"
    with pytest.raises(ArchiveError, match="truncated, or no ZIP"):
        opened(tmp_path / "a.zip", content)


ZEROS = 30 * KILO * KILO  # bytes: more than is read of a member
BOMBS = {  # made by the test: packing takes a second
    "thousands of names for one body": lambda: nested(3000, bytes(200 * KILO)),
    "a deflated member of 30 MB": lambda: archive([("a", bytes(ZEROS), {"method": DEFLATED})]),
    "a bzip2 member of 30 MB that says 9 bytes": lambda: archive(
        [("a", bytes(ZEROS), {"method": BZIP2, "size": 9})]
    ),
    "a deflated member of 30 MB that says 9 bytes": lambda: archive(
        [("a", bytes(ZEROS), {"method": DEFLATED, "size": 9})]
    ),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_memory_stays_with_the_size_of_the_file(make, tmp_path):
    content = make()
    (tmp_path / "a.zip").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError):
            with open_archive(tmp_path / "a.zip", most_members=10 * KILO) as found:
                for name in found.sizes:
                    found.read(name, 10 * KILO * KILO)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(content) + 3_000_000
    finally:
        tracemalloc.stop()
