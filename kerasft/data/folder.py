"""A folder of class folders, optionally below train/, validation/ (or val/) and test/.

All images below a class folder belong to that class, however deep they lie; the class is the name of the
first folder. An image is a file with a known suffix, in any case; what is inside decides how it is decoded.
Hidden files, `__MACOSX`, `._*` and thumbnails of the system are passed over in silence, other files are told.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.wording import one, plural, shorten
from kerasft.contract.answers import Place, Spelling
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import SPLIT_NAMES, Listing, listing_of, splits_by_label
from kerasft.data.products import product_of
from kerasft.data.scan import Kind, Scan, is_folder
from kerasft.data.several_folders import joined_files
from kerasft.data.table_beside import table_problems


def list_folder(
    root: str | Path,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    all_needed: bool = True,
    flag: str = "--data",
    kind: Kind,
) -> Listing:
    """Lists the files of a data folder, sorted, without opening them.

    Args:
        root: The folder.
        targets: What the names of folders mean.
        wanted: A schema that is already fixed: other folders are a problem, and its order counts.
        all_needed: Whether all of `wanted` needs examples.
        flag: The flag that holds `root`, for messages.
        kind: Which files count.

    Raises:
        InputError: The folder is missing, unreadable or empty, or its labels can't be used.
    """
    root = Path(root)
    _check_root(root, flag, kind)
    scan = Scan(root, kind)
    raise_problems(table_problems(scan, flag) if kind.beside else [])
    split_folders = _split_folders(scan)
    raise_problems(scan.problems)
    if split_folders:
        for name, folder in split_folders.items():
            scan.read_classes(folder, name)
    else:
        scan.read_classes(root, "")
    raise_problems(scan.problems)
    spelling = targets.spelling({item.label for item in scan.items}, wanted)
    scan.items = [replace(item, label=spelling.label_of_folder(item.label)) for item in scan.items]
    notes = _join(scan, spelling) if targets.several else []
    schema = _read_schema(scan, targets, wanted, all_needed, flag)
    raise_problems(scan.problems)
    given = tuple(name for name in SPLITS if name in split_folders)
    return listing_of(
        sorted(scan.items, key=lambda item: item.id), schema, given, [*scan.all_notes(), *notes]
    )


def _join(scan: Scan, spelling: Spelling) -> list[str]:
    """Joins files that lie in several class folders, and says how many they were."""
    before = len(scan.items)
    scan.items = joined_files(scan.items, spelling)
    more = before - len(scan.items)
    what = f"{plural(more, 'file')} with a further label of {one(scan.kind.noun)} that lies in another folder too"
    return [what] if more else []


def _check_root(root: Path, flag: str, kind: Kind) -> None:
    if os.path.isdir(root):
        if what := product_of(root):
            step = f"give the folder of the {kind.noun}s with {flag}"
            raise_problems([Problem(f"the folder holds {what}, not data", str(root), step)])
        return
    if not os.path.exists(root):
        raise_problems([Problem("the data folder does not exist", str(root), f"check the path in {flag}")])
    next_step = (
        f"extract it and give the folder with {flag}"
        if root.suffix in (".zip", ".gz", ".tar", ".tgz")
        else "; ".join(filter(None, (kind.layout, kind.table)))
    )
    raise_problems([Problem("the data is a file, not a folder", str(root), next_step)])


def _split_folders(scan: Scan) -> dict[str, Path]:
    """Finds train/, validation/ and test/: split name -> folder; {} when the folders are classes."""
    folders = [e for e in scan.entries(scan.root) if is_folder(e) and not product_of(e.path)]
    splits = [entry for entry in folders if entry.name.lower() in SPLIT_NAMES and _inside(scan, entry)[0]]
    if len(splits) < len(folders):  # among classes, a folder "train" with images of its own is a class too
        splits = [entry for entry in splits if not _inside(scan, entry)[1]]
    found: dict[str, Path] = {}
    for entry in splits:
        name = SPLIT_NAMES[entry.name.lower()]
        if name in found:
            both = f"{found[name].name}/ and {entry.name}/"
            scan.problems.append(Problem(f"two folders for the {name} split", both, "keep one of them"))
        found[name] = Path(entry.path)
    rest = [entry for entry in folders if entry not in splits]
    if "train" in found:
        rest = [entry for entry in rest if not _is_split_without_classes(scan, entry)]
    others = [entry.name + "/" for entry in rest]
    if not found or (others and "train" not in found):
        scan.problems += _splits_among_classes(scan, found, {entry.name.casefold() for entry in rest})
        return {}
    if others:
        what = "the data folder mixes splits and other folders"
        received = f"{shorten(entry.name + '/' for entry in splits)} beside {shorten(others)}"
        scan.problems.append(Problem(what, received, "move the other folders out, or into a split"))
    if "train" not in found:
        received = shorten(entry.name + "/" for entry in splits)
        scan.problems.append(
            Problem("the data folder has no train/", received, "add it, or give only classes")
        )
    return found


def _splits_among_classes(scan: Scan, found: dict[str, Path], classes: set[str]) -> list[Problem]:
    """Returns a problem for each folder such as test/ beside class folders that holds folders of their names."""
    problems = []
    for split, folder in found.items():
        inside = {entry.name.casefold() for entry in scan.entries(folder) if is_folder(entry)}
        if inside and inside <= classes:
            what = f"{folder.name}/ lies beside the class folders, and holds folders of the same names"
            step = f"move the class folders into train/, or move {folder.name}/ away and give it with --{split}-data"
            problems.append(Problem(what, str(folder), step))
    return problems


def _is_split_without_classes(scan: Scan, entry: os.DirEntry) -> bool:
    """Tells, and returns, whether a folder beside train/ has a split's name and no class folders."""
    if entry.name.lower() not in SPLIT_NAMES:
        return False
    name, noun = f"{entry.name}/", scan.kind.noun
    if _inside(scan, entry)[1]:
        what = f"{name} beside train/ has {noun}s and no class folders"
        step = (
            f"sort them into class folders; {noun}s without labels are for `kerasft predict`: move them out"
        )
    else:
        what = f"{name} beside train/ is empty"
        step = f"put the class folders of that split into it, or remove it: then the {noun}s are drawn from train/"
    scan.problems.append(Problem(what, entry.path, step))
    return True


def _inside(scan: Scan, folder: os.DirEntry) -> tuple[bool, bool]:
    """Whether there are folders, and whether there are files that count, directly in a folder."""
    entries = scan.entries(folder.path)
    return any(map(is_folder, entries)), any(not is_folder(e) and scan.kind.fits(e.name) for e in entries)


def _read_schema(scan: Scan, targets: Targets, wanted: Schema | None, all_needed: bool, flag: str) -> Schema:
    """Returns what the folders say the answers are; what is wrong with them is added to the problems."""
    noun = scan.kind.noun
    if not scan.items:
        raise InputError([*scan.problems, _nothing_there(scan)])
    labels: dict[str, set[str]] = {name: set() for name in scan.empty} | splits_by_label(scan.items)
    for name in sorted(name for name, splits in labels.items() if not splits):
        what, step = f"a class folder has no {noun}s", f"add {noun}s, or remove the folder"
        scan.problems.append(Problem(what, scan.empty[name][0], step))
    place = Place(str(scan.root), _one_class_step(scan), flag, noun, all_needed=all_needed, folders=True)
    schema, problems = targets.find_schema(labels, wanted, place)
    scan.problems += problems
    return schema


def _nothing_there(scan: Scan) -> Problem:
    """The problem of class folders without any file that counts, or of none."""
    noun = scan.kind.noun
    if scan.without_suffix:
        what = f"the {noun}s in the class folders have no suffix"
        received = f"{plural(len(scan.without_suffix), 'file')}, such as {scan.without_suffix[0]}"
        common = ".jpg" if ".jpg" in scan.kind.suffixes else min(scan.kind.suffixes)
        step = f"add one to their names, such as {common}, whatever the format inside"
        return Problem(what, received, step)
    found = f"no {noun}s in {plural(len(scan.empty), 'class')}" if scan.empty else "no class folders"
    if scan.others:
        found += f", but {plural(len(scan.others), 'other file')}, such as {scan.others[0]}"
    return Problem(f"the data folder has {found}", str(scan.root), scan.kind.layout)


def _one_class_step(scan: Scan) -> str:
    """The usual reason for one class is a folder in between, left by an archive."""
    folders = [entry for entry in scan.entries(scan.root) if is_folder(entry)]
    if len(folders) == 1 and sum(map(is_folder, scan.entries(folders[0].path))) >= 2:
        return f"did you mean --data {folders[0].path}?"
    return scan.kind.layout
