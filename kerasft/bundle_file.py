"""The bundle: a run in one file, to hand in, to mail or to keep; and reading one that anybody may have made.

A bundle is a ZIP of files stored as they are, so that it takes no more room unpacked than packed. Its members are
those of `MEMBERS` and of the folder `tokenizer/`, and `manifest.json` with the size and the SHA-256 of each. All
names and sizes are checked before anything is unpacked, and what is unpacked goes into a new folder, under names
that were looked up here and not taken from the file.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import struct
import tempfile
import weakref
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasft.errors import InputError, Problem

SUFFIX = ".kerasft"
MANIFEST = "manifest.json"
FORMAT = 1
WEIGHTS = "best.weights.h5"
# Name: the most bytes. The texts are read into memory; the largest application's weights have 1.4 GB.
REQUIRED = {
    "config.json": 16_000_000,
    "result.json": 16_000_000,
    "labels.txt": 16_000_000,
    "splits.csv": 500_000_000,
    WEIGHTS: 3_000_000_000,
}
OPTIONAL = {"history.csv": 16_000_000, "calibration.json": 16_000_000, "earlier.csv": 500_000_000}
TOKENIZER_FILE = re.compile(r"tokenizer/[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_TOKENIZER_BYTES = 64_000_000
MOST_MEMBERS = 32
MOST_MANIFEST_BYTES = 100_000
_CHUNK = 1 << 20
_END = struct.Struct("<4s4H2LH")  # end of central directory (APPNOTE.TXT 4.3.16)
_ZIP64_LOCATOR = b"PK\x06\x07"
_HINT = "get it again from where it came, or make it again with kerasft bundle RUN"


class TemporaryFolder:
    """A new folder that is removed when nobody holds this object any more, at the latest when Python ends."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.path = Path(tempfile.mkdtemp(prefix="kerasft-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def limit_of(name: str) -> int | None:
    """Returns the most bytes that a member of this name may have, or None if a bundle has no such member."""
    if TOKENIZER_FILE.fullmatch(name) and not name.endswith("."):
        return MOST_TOKENIZER_BYTES
    return {**REQUIRED, **OPTIONAL}.get(name)


def is_bundle(path: Path) -> bool:
    """Returns whether a file is meant as a bundle: by its name, whatever it holds."""
    return path.suffix == SUFFIX and not path.is_dir()


def unpack(path: Path) -> TemporaryFolder:
    """Checks a bundle and unpacks it into a new temporary folder: all of it or nothing.

    Raises:
        InputError: It is damaged, of another version, or holds anything but what `kerasft bundle` puts into one.
    """
    folder = TemporaryFolder(path)
    unpack_into(path, folder.path)
    return folder


def unpack_into(path: Path, folder: Path) -> None:
    """Checks a bundle and unpacks it into an empty folder; see `unpack`."""
    try:
        # a named pipe would wait for ever
        _require(stat.S_ISREG(path.stat().st_mode), "it is no plain file", path)
        with open(path, "rb") as file:
            _check_directory(file, path)
            with zipfile.ZipFile(file) as archive:
                members = _members(archive, path)
                described = _manifest(archive, members, path)
                for name, info in members.items():
                    _copy(archive, info, described[name]["sha256"], folder / name, path)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(Problem("there is no such bundle", str(path), "check the path")) from None
    except Exception as error:  # zipfile has a dozen answers to a damaged or hostile archive
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(Problem(f"the bundle can't be read: {reason}", str(path), _HINT)) from error


def _check_directory(file: Any, path: Path) -> None:
    """Looks at the last bytes: a directory of millions of members would fill the memory before it can be checked."""
    size = file.seek(0, 2)
    tail_bytes = min(size, _END.size + 20)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    _require(
        len(tail) >= _END.size and tail[-_END.size :][:4] == b"PK\x05\x06", "it is truncated, or no ZIP", path
    )
    _, _, _, _, count, directory_bytes, _, comment = _END.unpack(tail[-_END.size :])
    few = count <= MOST_MEMBERS + 1 and directory_bytes <= 100_000 and comment == 0
    _require(
        few and not tail.startswith(_ZIP64_LOCATOR), f"it has {count} members, or remarks behind them", path
    )


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """Returns the members by name, the manifest left out, once each may be what it says."""
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name, limit = info.filename, limit_of(info.filename)
        limit = MOST_MANIFEST_BYTES if name == MANIFEST else limit
        _require(
            info.orig_filename == name, f"a member's name is not plain: {info.orig_filename!r:.80}", path
        )
        _require(limit is not None, f"it holds {name!r:.80}, which is no file of a run", path)
        _require(name not in members, f"it holds {name!r} twice", path)
        kind = stat.S_IFMT(info.external_attr >> 16)
        _require(kind in (0, stat.S_IFREG), f"{name!r} is a link or a special file", path)
        _require(not info.flag_bits & 0x1, f"{name!r} is encrypted", path)
        stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        packed = (
            f"{name!r} is compressed ({info.file_size} bytes in {info.compress_size}), which no bundle does"
        )
        _require(stored, packed, path)
        _require(info.file_size <= (limit or 0), f"{name!r} is too large: {info.file_size} bytes", path)
        members[name] = info
    total = sum(info.file_size for info in members.values())
    _require(total <= path.stat().st_size, "its members overlap", path)
    missing = [name for name in (MANIFEST, *REQUIRED) if name not in members]
    _require(not missing, f"it lacks {', '.join(missing)}", path)
    return members


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], path: Path) -> Mapping[str, Any]:
    """Reads the manifest and compares names and sizes; returns its description of each member."""
    try:
        manifest = json.loads(archive.read(members.pop(MANIFEST)))
    except (ValueError, RecursionError):
        manifest = None
    version = manifest.get("kerasft_bundle") if isinstance(manifest, dict) else None
    _require(isinstance(version, int), "its manifest is damaged", path)
    if version > FORMAT:  # type: ignore[operator]
        hint = "update kerasft: pip install --upgrade kerasft"
        raise InputError(Problem("the bundle was made by a newer kerasft", str(path), hint))
    described = manifest.get("files")
    _require(isinstance(described, dict), "its manifest lists no files", path)
    differing = sorted({*described} ^ {*members})
    _require(not differing, f"members and manifest differ: {', '.join(differing)[:200]}", path)
    for name, info in members.items():
        about = described[name]
        good = isinstance(about, dict) and isinstance(about.get("sha256"), str)
        _require(good and about.get("size") == info.file_size, f"{name!r} has another size than listed", path)
    return described


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, sha256: str, target: Path, path: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), info.file_size
    with archive.open(info) as source, open(target, "xb") as copy:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            _require(left >= 0, f"{info.filename!r} is larger than it says", path)
            digest.update(chunk)
            copy.write(chunk)
    _require(
        left == 0 and digest.hexdigest() == sha256,
        f"{info.filename!r} was changed: its hash is another",
        path,
    )


def _require(holds: bool, why: str, path: Path) -> None:
    if not holds:
        raise InputError(Problem(f"the bundle can't be used: {why}", str(path), _HINT))
