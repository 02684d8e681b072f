"""What earlier runs knew: so that no score is of examples that the weights were trained on.

A run that starts from another (`--from-run`) inherits what that one learnt, from its own examples and from those of the
runs before it. `splits.csv` of each run has the hash of every example; `earlier.csv` has those of the runs before it,
so that a run folder, or a bundle, tells all of it also when the others are gone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from kerasft.base.bounded import read_bytes
from kerasft.base.bundle_file import is_bundle, unpack
from kerasft.base.errors import InputError, Problem
from kerasft.base.files import write_text
from kerasft.base.wording import plural
from kerasft.contract.evaluation import Seen
from kerasft.contract.splits import SPLITS

FILE = "earlier.csv"
MOST_BYTES = 500_000_000
GROUPS = "groups.csv"
_OWN = "splits.csv"
_HEADER = ["split", "sha256"]
_HINT = "the run folder is damaged: train again, or restore the file"
Sides = Mapping[str, str]


class RunFolder(Protocol):
    """What is known of a run here: see `kerasft.runs.run.Run`."""

    @property
    def run_dir(self) -> Path:
        """The folder."""


EarlierRun = RunFolder | str | Path  # a run, its folder, or a bundle


def folder_of(run: EarlierRun) -> Path:
    """Returns the folder of a run, or the bundle."""
    return Path(run if isinstance(run, str | Path) else run.run_dir)


def read_sides(run: EarlierRun) -> dict[str, str]:
    """Returns the split of every example that a run and those before it knew, by its hash.

    An example that was in several splits has the strictest: training before validation before test.

    Args:
        run: A run folder, a bundle, or anything with a `run_dir`.

    Raises:
        InputError: A file of the run is damaged.
    """
    place = folder_of(run)
    holder = unpack(place) if is_bundle(place) else None
    folder = place if holder is None else holder.path
    sides: dict[str, str] = {}
    for name in (_OWN, FILE):
        if (folder / name).is_file():
            for split, digest in _rows(folder / name):
                sides[digest] = strictest((split, sides.get(digest, "")))
    return sides


def strictest(splits: Iterable[str]) -> str:
    """Returns the split that says most about what was learnt; "" for no split at all."""
    return min((split for split in splits if split), key=SPLITS.index, default="")


def count_seen(hashes: Sequence[str], sides: Sides) -> Seen:
    """Counts the examples that were trained on, or that chose the best epoch.

    Args:
        hashes: Of the examples of an evaluation.
        sides: Of `read_sides`.
    """
    seen = sum(sides.get(each, "test") != "test" for each in hashes)
    return Seen(seen, len(hashes))


def write_earlier(sides: Sides, folder: Path) -> None:
    """Writes what the runs before this one knew into its folder, atomically."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows((split, digest) for digest, split in sides.items())
    write_text(folder / FILE, text.getvalue())


def kept_sides(hashes: Sequence[str], keys: Sequence[bytes], earlier: EarlierRun | None) -> list[str]:
    """Returns the split that each example keeps, "" for new ones; copies go with the strictest among them.

    Args:
        hashes: Of the examples.
        keys: What makes two examples copies of each other.
        earlier: A run folder, a bundle, a run, or None.
    """
    if earlier is None:
        return [""] * len(hashes)
    sides = read_sides(earlier)
    groups: dict[bytes, list[str]] = {}
    for digest, key in zip(hashes, keys, strict=True):
        groups.setdefault(key, []).append(sides.get(digest, ""))
    chosen = {key: strictest(found) for key, found in groups.items()}
    return [chosen[key] for key in keys]


def kept_notes(kept: Sequence[str], earlier: EarlierRun | None, noun: str = "image") -> list[str]:
    """Returns a remark on how many examples the earlier run knew, where there is one."""
    known = sum(map(bool, kept))
    if earlier is None:
        return []
    if not known:
        return [f"none of the {noun}s was known to the earlier run"]
    counts = ", ".join(f"{name} {kept.count(name)}" for name in SPLITS if name in kept)
    new = len(kept) - known
    return [
        f"{plural(known, noun)} known to the earlier run, each keeping its side ({counts}); {new} are new"
    ]


def read_group_sides(run: EarlierRun | None) -> dict[str, str]:
    """Returns the split of every group that a run and those before it kept together; {} without groups or run."""
    if run is None:
        return {}
    place = folder_of(run)
    holder = unpack(place) if is_bundle(place) else None
    path = (place if holder is None else holder.path) / GROUPS
    return {group: split for split, group in _rows(path, "group")} if path.is_file() else {}


def write_group_sides(sides: Sides, folder: Path) -> None:
    """Writes the split of every group into a run's folder, atomically."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["split", "group"])
    writer.writerows((split, group) for group, split in sides.items())
    write_text(folder / GROUPS, text.getvalue())


def _rows(path: Path, key: str = "sha256") -> list[tuple[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(read_bytes(path, MOST_BYTES).decode("utf-8"), newline="")))
        found = [(row["split"], row[key]) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError) as error:
        raise InputError(Problem(f"the list of examples can't be read: {error}", str(path), _HINT)) from None
    if any(split not in SPLITS or not digest for split, digest in found):
        raise InputError(Problem("the list of examples is damaged", str(path), _HINT))
    return found
