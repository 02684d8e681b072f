"""A run as one file, and back to a folder."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from importlib import metadata
from pathlib import Path

from kerasft.base import bundle_file, files
from kerasft.base.errors import InputError, Problem
from kerasft.runs.run import Run

_DATE = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes
_CHUNK = 1 << 20


def bundle(
    run: Run | str | os.PathLike[str], path: str | Path | None = None, *, overwrite: bool = False
) -> Path:
    """Writes what is needed to predict with a run, to evaluate and to export it, into one file.

    That is the config, the best weights, the class names, the list of the splits, the history, and the tokenizer of a
    text model; not the data, not the exports. The config names the folder that the data came from.

    Args:
        run: A `Run`, or the path of its folder.
        path: The new file; default: the run folder's name with ".kerasft", beside it.
        overwrite: Whether an earlier file may be replaced.

    Returns:
        The file.

    Raises:
        InputError: The run is not whole, or the file exists.
    """
    run = Run.open(Path(run)) if isinstance(run, str | os.PathLike) else run
    run.check_weights("best")
    target = (
        Path(path) if path is not None else Path(run.run_dir).with_name(run_name(run) + bundle_file.SUFFIX)
    )
    if target.suffix != bundle_file.SUFFIX:
        raise InputError(
            Problem("a bundle's name ends in .kerasft", str(target), f"name it {target.stem}.kerasft")
        )
    if target.exists() and not (overwrite and target.is_file()):
        raise InputError(Problem("the file exists", str(target), "add --overwrite or choose another name"))
    members = _members(Path(run.run_dir))
    files.clear_partial(target.parent)
    with (
        files.atomic_path(target) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        described = {}
        for name, source in members.items():
            described[name] = {"size": source.stat().st_size, "sha256": _add(archive, name, source)}
        manifest = {
            "kerasft_bundle": bundle_file.FORMAT,
            "kerasft": metadata.version("kerasft"),
            "files": described,
        }
        archive.writestr(zipfile.ZipInfo(bundle_file.MANIFEST, _DATE), json.dumps(manifest, indent=2) + "\n")
    return target


def extract(path: str | Path, run_dir: str | Path) -> Run:
    """Makes a run folder of a bundle that anybody may have made.

    Args:
        path: The bundle.
        run_dir: A new folder, or an empty one.

    Raises:
        InputError: The bundle is damaged or not safe, or the folder isn't empty; nothing is left then.
    """
    path, run_dir = Path(path), Path(run_dir)
    if run_dir.exists() and (not run_dir.is_dir() or any(run_dir.iterdir())):
        raise InputError(Problem("the folder is not empty", str(run_dir), "choose another one"))
    with files.atomic_path(run_dir) as temporary:
        temporary.mkdir()
        bundle_file.unpack_into(path, temporary)
        Run.open(temporary)
    return Run.open(run_dir)


def run_name(run: Run) -> str:
    """Returns the name of a run's folder, also where it is "."."""
    return Path(run.run_dir).resolve().name


def _members(folder: Path) -> dict[str, Path]:
    """Returns the files that go into a bundle, by their names there."""
    names = [*bundle_file.REQUIRED, *(name for name in bundle_file.OPTIONAL if (folder / name).is_file())]
    names += sorted(f"tokenizer/{path.name}" for path in (folder / "tokenizer").glob("*"))
    problems = []
    for name in names:
        limit = bundle_file.limit_of(name)
        if not (folder / name).is_file():
            problems.append(Problem("the run lacks a file", name, "train again, or restore the file"))
        elif limit is None or (folder / name).stat().st_size > limit:
            problems.append(Problem("a file of the run is too large, or has an odd name", name, "remove it"))
    if problems:
        raise InputError(problems)
    return {name: folder / name for name in names}


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Copies a file into the archive and returns the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(name, _DATE)
    info.file_size = source.stat().st_size
    with open(source, "rb") as original, archive.open(info, "w") as member:
        while chunk := original.read(_CHUNK):
            digest.update(chunk)
            member.write(chunk)
    return digest.hexdigest()
