"""One walk over a folder of class folders: images (or texts), other files, empty classes, what can't be read."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kerasft.base.errors import Problem
from kerasft.base.wording import plural, shorten
from kerasft.data.listing import Item
from kerasft.data.products import product_of

_SILENT = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}


@dataclass(frozen=True)
class Kind:
    """What a folder holds.

    Args:
        noun: For messages: "image" or "text".
        suffixes: Of the files that count, in lower case.
        layout: How a folder has to look, with an example.
        by_content: Whether a file without a suffix would count, from its path: downloaders and old data sets give none.
        unlabelled: Names of folders beside class folders that are known to hold what has no label.
        table: Which tables are read, for whoever gives another file.
        beside: Names of folders that a table beside them may hold the labels of, so that they are no classes.
    """

    noun: str
    suffixes: frozenset[str]
    layout: str
    by_content: Callable[[str], bool]
    unlabelled: frozenset[str] = frozenset()
    table: str = ""
    beside: frozenset[str] = frozenset()

    def fits(self, name: str) -> bool:
        """Whether a file counts, by its suffix: what is inside decides how it is decoded."""
        return os.path.splitext(name)[1].lower() in self.suffixes

    def lacks_suffix(self, name: str, path: str) -> bool:
        """Whether a file has no suffix, and would count if it had one."""
        return not os.path.splitext(name)[1] and self.by_content(path)


class Scan:
    """What one walk over the tree has found."""

    def __init__(self, root: Path, kind: Kind):
        self.root = root
        self.kind = kind
        self.items: list[Item] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.others: list[str] = []
        self.empty: dict[str, list[str]] = {}
        self.products: list[str] = []
        self.nested = 0
        self.without_suffix: list[str] = []

    def entries(self, folder: str | Path) -> list[os.DirEntry]:
        """The visible entries of a folder, sorted by name."""
        try:
            with os.scandir(folder) as found:
                visible = [entry for entry in found if not _is_silent(entry.name)]
        except OSError as error:
            what = f"a folder can't be read: {error.strerror or error}"
            self.problems.append(Problem(what, str(folder), "check its permissions"))
            return []
        return sorted(visible, key=lambda entry: entry.name)

    def read_classes(self, parent: Path, split: str) -> None:
        """Reads each folder in `parent` as a class."""
        loose = []
        for entry in self.entries(parent):
            if is_folder(entry) and self.is_product(entry.path):
                continue
            if is_folder(entry) and entry.name.lower() in self.kind.unlabelled:
                self.notes.append(f"{self.id_of(entry.path)}/ left out: {self.kind.noun}s without a label")
            elif is_folder(entry):
                self.read_class(entry, split)
            elif self.kind.fits(entry.name):
                loose.append(entry.name)
            else:
                self.others.append(self.id_of(entry.path))
        if loose:
            where = self.id_of(parent) if parent != self.root else "the data folder"
            found = plural(len(loose), self.kind.noun)
            self.notes.append(f"{found} directly in {where} without a class left out: {shorten(loose, 3)}")

    def read_class(self, entry: os.DirEntry, split: str) -> None:
        """Reads all images below one class folder, each real folder once: links may form loops."""
        before, products = len(self.items), len(self.products)
        seen = {_identity(self.root), _identity(Path(entry.path).parent)}
        # NFC, because macOS hands out names in another Unicode form than Linux does.
        label = unicodedata.normalize("NFC", entry.name)
        folders = [entry.path]
        while folders:
            folder = folders.pop()
            identity = _identity(folder)
            if identity in seen:
                continue
            seen.add(identity)
            for each in self.entries(folder):
                if is_folder(each) and self.is_product(each.path):
                    continue
                if is_folder(each):
                    folders.append(each.path)
                    self.nested += 1
                else:
                    self.read_file(each, label, split)
        if len(self.items) == before and len(self.products) == products:
            self.empty.setdefault(label, []).append(self.id_of(entry.path))

    def read_file(self, entry: os.DirEntry, label: str, split: str) -> None:
        """Takes one file as an image (or text) of the class, or remembers it as another file."""
        name = self.id_of(entry.path)
        if self.kind.lacks_suffix(entry.name, entry.path):
            self.without_suffix.append(name)
        elif not self.kind.fits(entry.name):
            self.others.append(name)
        elif _is_utf8(name):
            self.items.append(Item(name, label, Path(entry.path), split))
        else:
            self.problems.append(Problem("a file name is not UTF-8", ascii(name), "rename the file"))

    def is_product(self, folder: str) -> bool:
        """Whether kerasft itself made a folder; such a folder is remembered, to be told."""
        what = product_of(folder)
        if what:
            self.products.append(f"{self.id_of(folder)}/ ({what})")
        return bool(what)

    def id_of(self, path: str | Path) -> str:
        """The path relative to the data folder, with "/"."""
        return Path(path).relative_to(self.root).as_posix()

    def all_notes(self) -> list[str]:
        """Remarks on all that was found and is not used."""
        notes = list(self.notes)
        if self.nested:
            notes.append(
                f"{plural(self.nested, 'folder')} inside class folders: "
                f"their {self.kind.noun}s belong to the class"
            )
        if self.without_suffix:
            found = plural(len(self.without_suffix), self.kind.noun)
            shown = shorten(self.without_suffix, 3)
            notes.append(f"{found} without a suffix left out, to be read once they have one: {shown}")
        if self.products:
            notes.append(f"left out, since kerasft made it: {shorten(self.products, 3)}")
        if self.others:
            notes.append(f"{plural(len(self.others), 'other file')} left out: {shorten(self.others, 3)}")
        return notes


def _is_silent(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SILENT


def is_folder(entry: os.DirEntry) -> bool:
    """Whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # bytes that the file system could not decode
        return False
    return True


def share_below(folder: Path, kind: Kind, most: int = 2000) -> float:
    """Returns the share of files that count, among the first ones below a folder."""
    names = list(islice((name for _, _, names in os.walk(folder) for name in names), most))
    return sum(map(kind.fits, names)) / max(1, len(names))


def _identity(folder: str | Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino
