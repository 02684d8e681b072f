"""Reading the members of ZIP archives that anybody may have made: `.tflite`, `.keras`, wheels and bundles.

An archive of some kilobytes can name a million members, unpack to more than the disk holds, or hold one body under
thousands of names. So the directory is looked at before it is read, all members before one is opened, and what is
unpacked is counted: members are stored or deflated, each lies in bytes of its own, and none gives more bytes than the
directory says and the caller takes.
"""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from stat import S_IFDIR, S_IFMT, S_IFREG
from typing import BinaryIO

from kerasft.base.bounded import open_plain

_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")  # end of central directory (APPNOTE.TXT 4.3.16)
_END64 = struct.Struct("<4sQ2H2L4Q")  # its ZIP64 form (4.3.14), which a locator of 20 bytes follows
_LOCATOR_BYTES = 20
_LOCAL = struct.Struct("<4s5H3L2H")  # local file header (4.3.7)
_ENTRY_BYTES = 600  # of the directory, for each member: 46, its name, and extra fields
_LONGEST_NAME = 250
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flag bits (4.4.4)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ArchiveError(ValueError):
    """The archive is damaged, or holds what no archive of this kind has; the text says what."""


class Archive:
    """The members of an archive that was looked at; from `open_archive`.

    Args:
        opened: The archive.
        members: Its members, by name.
        start: The place of the first member's header: what lies before it is no part of the archive.
    """

    def __init__(self, opened: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], start: int):
        self._opened, self._members, self.start = opened, members, start

    @property
    def sizes(self) -> dict[str, int]:
        """The bytes of each member when it is unpacked, by name, as the directory says."""
        return {name: info.file_size for name, info in self._members.items()}

    def read(self, name: str, most_bytes: int) -> bytes:
        """Returns the content of a member.

        Raises:
            ArchiveError: It is missing or damaged, or has more than `most_bytes`.
        """
        return b"".join(self._chunks(name, most_bytes))

    def copy(self, name: str, target: BinaryIO, most_bytes: int) -> str:
        """Writes the content of a member and returns its SHA-256; see `read`."""
        digest = hashlib.sha256()
        for chunk in self._chunks(name, most_bytes):
            digest.update(chunk)
            target.write(chunk)
        return digest.hexdigest()

    def _chunks(self, name: str, most_bytes: int) -> Iterator[bytes]:
        info = self._members.get(name)
        if info is None:
            raise ArchiveError(f"it has no {name!r}")
        _require(info.file_size <= most_bytes, f"{name!r} is too large: {info.file_size} bytes")
        left = info.file_size
        with _damage():
            source = self._opened.open(info)
        with source:
            while True:
                with _damage():
                    chunk = source.read(_CHUNK)
                if not chunk:
                    break
                left -= len(chunk)
                _require(left >= 0, f"{name!r} is larger than it says")
                yield chunk
        _require(left == 0, f"{name!r} is smaller than it says")


@contextmanager
def open_archive(
    path: str | Path,
    *,
    most_members: int,
    most_bytes: int | None = None,
    stored: bool = False,
) -> Iterator[Archive]:
    """Opens an archive once all of its members may be what they say.

    Args:
        path: A file that ends in a ZIP; it may begin with something else, as a `.tflite` does.
        most_members: How many it may have.
        most_bytes: What they may unpack to together; None: as much as the caller reads.
        stored: Whether deflated members are refused too.

    Raises:
        ArchiveError: It is damaged or no archive; or has too many members, or one that is packed in another way,
            encrypted, there twice, a link, not plainly named, or laid over another.
        OSError: The file can't be read, or is no plain file.
    """
    with open_plain(path) as file:
        with _damage():
            directory = _directory(file, most_members)
            opened = zipfile.ZipFile(file)
        with opened:
            with _damage():
                infos = opened.infolist()
                _require(len(infos) <= most_members, f"it has {len(infos)} members")
                members: dict[str, zipfile.ZipInfo] = {}
                for info in infos:
                    _check_member(info, stored)
                    _require(info.filename not in members, f"it holds {info.filename!r} twice")
                    members[info.filename] = info
                files = {name: info for name, info in members.items() if not info.is_dir()}
                total = sum(info.file_size for info in infos)
                _require(most_bytes is None or total <= most_bytes, f"it unpacks to {total} bytes")
                _check_places(file, infos, directory)
            yield Archive(opened, files, min((each.header_offset for each in infos), default=directory))


def _directory(file: BinaryIO, most_members: int) -> int:
    """Looks at the last bytes: a directory of millions of members would fill the memory; returns where it begins."""
    size = file.seek(0, 2)
    end = size - _END.size
    _require(end >= 0, "it is truncated, or no ZIP")
    file.seek(end)
    signature, *_, count, length, _, comment = _END.unpack(file.read(_END.size))
    _require(signature == b"PK\x05\x06", "it is truncated, or no ZIP")
    long = end - _LOCATOR_BYTES - _END64.size
    if long >= 0:
        file.seek(long)
        tail = file.read(_END64.size + _LOCATOR_BYTES)
        if tail[_END64.size :].startswith(b"PK\x06\x07"):
            found = _END64.unpack(tail[: _END64.size])
            _require(found[0] == b"PK\x06\x06", "its directory is damaged")
            count, length, end = found[7], found[8], long
    few = count <= most_members and length <= _ENTRY_BYTES * (count + 1) and comment == 0
    _require(few, f"it has {count} members, or remarks behind them")
    _require(length <= end, "it is truncated, or no ZIP")
    return end - length


def _check_member(info: zipfile.ZipInfo, stored: bool) -> None:
    name = info.filename
    _require(
        name == info.orig_filename and _is_plain(name.removesuffix("/") if info.file_size == 0 else name),
        f"a member's name is not plain: {info.orig_filename!r:.80}",
    )
    _require(
        S_IFMT(info.external_attr >> 16) in (0, S_IFDIR if info.is_dir() else S_IFREG),
        f"{name!r} is a link or a special file",
    )
    _require(not info.flag_bits & _ENCRYPTED, f"{name!r} is encrypted")
    packed = f"({info.file_size} bytes in {info.compress_size})"
    _require(
        info.compress_type in _METHODS, f"{name!r} is compressed in a way that kerasft doesn't read {packed}"
    )
    same = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
    _require(same or not stored, f"{name!r} is compressed {packed}, which kerasft never does here")
    deflated = info.compress_type == zipfile.ZIP_DEFLATED
    _require(same or deflated, f"{name!r} is stored and has two sizes {packed}")


def _is_plain(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and not set(name) & set('\\:*?"<>|')
        and not name.startswith("/")
        and not name.endswith("/")
        and ".." not in parts
    )


def _check_places(file: BinaryIO, infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Raises if a member lies over another one, or over the directory."""
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        _require(info.header_offset >= end, "its members overlap")
        file.seek(info.header_offset)
        signature, *_, name_bytes, extra_bytes = _LOCAL.unpack(file.read(_LOCAL.size))
        _require(signature == b"PK\x03\x04", f"{info.filename!r} is not where it should be")
        end = info.header_offset + _LOCAL.size + name_bytes + extra_bytes + info.compress_size
    _require(end <= directory, "its members overlap with its directory")


@contextmanager
def _damage() -> Iterator[None]:
    """Turns what `zipfile` says to a damaged archive, a dozen kinds of exception, into `ArchiveError`."""
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ArchiveError(f"it is damaged: {reason}") from error


def _require(holds: object, why: str) -> None:
    if not holds:
        raise ArchiveError(why)
