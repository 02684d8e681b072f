"""The bundle: a run in one file, to hand in, to mail or to keep; and reading one that anybody may have made.

A bundle is a ZIP of files stored as they are, so that it takes no more room unpacked than packed. Its members are
those of `MEMBERS` and of the folder `tokenizer/`, and `manifest.json` with the size and the SHA-256 of each. All
names and sizes are checked before anything is unpacked, and what is unpacked goes into a new folder, under names
that were looked up here and not taken from the file.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import weakref
from pathlib import Path

from kerasft.base import files
from kerasft.base.bounded import RefusedFile
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.zip_members import Archive, ArchiveError, open_archive

SUFFIX = ".kerasft"
MANIFEST = "manifest.json"
FORMAT = 1
WEIGHTS = "best.weights.safetensors"
# Name: the most bytes. The texts are read into memory; the largest application's weights have 1.4 GB.
REQUIRED = {
    "config.json": 16_000_000,
    "result.json": 16_000_000,
    "splits.csv": 500_000_000,
    WEIGHTS: 3_000_000_000,
}
OPTIONAL = {
    "labels.txt": 16_000_000,
    "history.csv": 16_000_000,
    "calibration.json": 16_000_000,
    "earlier.csv": 500_000_000,
    "groups.csv": 500_000_000,
}
TOKENIZER_FILE = re.compile(r"tokenizer/[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_TOKENIZER_BYTES = 64_000_000
MOST_MEMBERS = 32
MOST_MANIFEST_BYTES = 100_000
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
        with open_archive(path, most_members=MOST_MEMBERS + 1, stored=True) as archive:
            _check_members(archive, path)
            for name, about in _manifest(archive, path).items():
                _copy(archive, name, about["sha256"], folder / name, path)
    except FileNotFoundError:
        raise InputError(Problem("there is no such bundle", str(path), "check the path")) from None
    except (RefusedFile, ArchiveError) as error:
        why = error.strerror if isinstance(error, RefusedFile) else str(error)
        raise InputError(Problem(f"the bundle can't be used: {why}", str(path), _HINT)) from error
    except OSError as error:
        if error.errno in files.DISK_IS_FULL:
            error.filename = str(folder)
            raise
        reason = error.strerror or str(error)
        raise InputError(Problem(f"the bundle can't be read: {reason}", str(path), _HINT)) from error


def _check_members(archive: Archive, path: Path) -> None:
    """Raises unless a bundle has all members that it needs, and no other ones."""
    for name, size in archive.sizes.items():
        limit = MOST_MANIFEST_BYTES if name == MANIFEST else limit_of(name)
        _require(limit is not None, f"it holds {name!r:.80}, which is no file of a run", path)
        _require(size <= (limit or 0), f"{name!r} is too large: {size} bytes", path)
    missing = [name for name in (MANIFEST, *REQUIRED) if name not in archive.sizes]
    _require(not missing, f"it lacks {', '.join(missing)}", path)


def _manifest(archive: Archive, path: Path) -> JsonFields:
    """Reads the manifest and compares names and sizes; returns its description of each member."""
    try:
        manifest = json.loads(archive.read(MANIFEST, MOST_MANIFEST_BYTES))
    except ArchiveError:
        raise
    except (ValueError, RecursionError):
        manifest = None
    version = manifest.get("kerasft_bundle") if isinstance(manifest, dict) else None
    _require(isinstance(version, int), "its manifest is damaged", path)
    if version > FORMAT:  # type: ignore[operator]
        hint = "update kerasft: pip install --upgrade kerasft"
        raise InputError(Problem("the bundle was made by a newer kerasft", str(path), hint))
    described = manifest.get("files")
    _require(isinstance(described, dict), "its manifest lists no files", path)
    sizes = {name: size for name, size in archive.sizes.items() if name != MANIFEST}
    differing = sorted({*described} ^ {*sizes})
    _require(not differing, f"members and manifest differ: {', '.join(differing)[:200]}", path)
    for name, size in sizes.items():
        about = described[name]
        good = isinstance(about, dict) and isinstance(about.get("sha256"), str)
        _require(good and about.get("size") == size, f"{name!r} has another size than listed", path)
    return described


def _copy(archive: Archive, name: str, sha256: str, target: Path, path: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "xb") as copy:
        found = archive.copy(name, copy, archive.sizes[name])
    _require(found == sha256, f"{name!r} was changed: its hash is another", path)


def _require(holds: bool, why: str, path: Path) -> None:
    if not holds:
        raise InputError(Problem(f"the bundle can't be used: {why}", str(path), _HINT))
