"""A class for each pixel: which classes there are, and which number each has in the files of masks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.options import is_number
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Memberships
from kerasft.targets.masks.colours import Colours, are_codes
from kerasft.targets.masks.resizing import framed
from kerasft.targets.masks.store import MaskStore, digest_of

IGNORED = 255  # of targets: a pixel that counts for nothing
MOST_CLASSES = 255
_FEWEST = 6  # examples with a class, from which on every split gets some
_DIGEST = re.compile("mask [0-9a-f]{20}")
_MOSTLY = 0.5  # of the pixels that count for nothing, to be told


@dataclass(frozen=True)
class Masks:
    """The classes of pixels.

    Args:
        class_names: Their names, in the order of the outputs.
        values: The number that each has in files of masks.
        image_size: Side of the masks, in pixels: that of the images that the model sees.
        ignored: The number of pixels that don't count; None: all do.
        shares: Of the training pixels that count, that are of each class; () where that isn't known.
        colours: In files, of the numbers from 0 on, as "#804080"; () where files have the numbers themselves.
    """

    noun: ClassVar[str] = "classes"
    conflict: ClassVar[str] = "there with two masks"

    class_names: tuple[str, ...]
    values: tuple[int, ...]
    image_size: int
    ignored: int | None = None
    shares: tuple[float, ...] = ()
    colours: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{plural(len(self.class_names), 'class')} of pixels"

    @property
    def outside(self) -> int:
        """The number in a file of what counts for nothing; where all numbers do, the highest that is no class."""
        return max(set(range(256)) - {*self.values}) if self.ignored is None else self.ignored

    @property
    def coloured(self) -> Colours | None:
        """The colours of the numbers, with the names of their classes; None where files have numbers."""
        names = dict(zip(self.values, self.class_names, strict=True))
        called = tuple(names.get(place, "what is left out") for place in range(len(self.colours)))
        return Colours(self.colours, called) if self.colours else None

    @property
    def numbers(self) -> np.ndarray:
        """uint8 (256,): the number in a file of each number of targets."""
        table = np.full(256, self.outside, np.uint8)
        table[: len(self.values)] = self.values
        return table

    @property
    def places(self) -> np.ndarray:
        """uint8 (256,): the class of each number in a file; what is no class counts for nothing."""
        table = np.full(256, IGNORED, np.uint8)
        table[list(self.values)] = np.arange(len(self.values))
        return table

    def allows(self, label: str) -> bool:
        """Returns whether it stands for a mask."""
        return _DIGEST.fullmatch(label) is not None

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Raises `InputError`: a hash doesn't tell what it is of. See `StoredMasks`."""
        raise InputError(
            Problem("masks are read from files", "", "give the folder or the table of the masks")
        )

    def to_text(self, targets: np.ndarray, row: int) -> str:
        """Returns the hash of a mask, as it was listed with."""
        return digest_of(self.numbers[targets[row]])

    def present(self, targets: np.ndarray) -> np.ndarray:
        """Returns bool (n, classes): which classes each mask of targets (n, height, width) has."""
        count = len(self.class_names)
        rows = [np.bincount(mask.ravel(), minlength=256)[:count] > 0 for mask in targets]
        return np.array(rows, bool).reshape(len(rows), count)

    def strata(self, targets: np.ndarray) -> Memberships | None:
        """Returns the classes that are in enough examples for every split to get some; None where no class is."""
        present = self.present(targets)
        common = np.flatnonzero(present.sum(axis=0) >= _FEWEST)
        if not len(common):
            return None
        return Memberships("class", tuple(self.class_names[each] for each in common), present[:, common])

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns no hint."""
        return ""

    def notes(self, targets: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on classes that a split lacks, and on pixels that don't count."""
        names, notes = np.array(self.class_names), []
        for name, masks in targets.items():
            if len(masks) and len(missing := names[~self.present(masks).any(axis=0)]):
                notes.append(f"the {name} split has no pixels of: {shorten(missing)}")
        ignored = float(np.mean(targets["train"] == IGNORED)) if len(targets["train"]) else 0.0
        if ignored > _MOSTLY:
            why = "beside letterboxed images" + ("" if self.ignored is None else f" or {self.ignored}")
            notes.append(f"{ignored:.0%} of the training pixels don't count, being {why}")
        return notes

    def fitted(self, train: np.ndarray) -> Masks:
        """Returns the plain schema with the shares of the training masks (n, height, width)."""
        counts = np.bincount(train.ravel(), minlength=256)[: len(self.class_names)]
        shares = tuple(float(each) for each in counts / max(int(counts.sum()), 1))
        return replace(self.plain(), shares=shares)

    def plain(self) -> Masks:
        """Returns the schema without masks that were read."""
        return Masks(**{each.name: getattr(self, each.name) for each in fields(Masks)})


@dataclass(frozen=True)
class StoredMasks(Masks):
    """The same while data is read: it knows the masks that hashes stand for.

    Args:
        store: These.
    """

    store: MaskStore = field(default_factory=lambda: MaskStore(1), compare=False, repr=False)

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Returns uint8 (n, size, size): the class of each pixel, 255 where it counts for nothing."""
        listed, size = list(labels), self.image_size
        found, places = np.empty((len(listed), size, size), np.uint8), self.places
        for row, label in enumerate(listed):
            found[row] = framed(places[self.store.pixels[label]], size, IGNORED)
        return found


def stored(schema: Masks, store: MaskStore) -> StoredMasks:
    """Returns a schema that knows masks."""
    plain = {each.name: getattr(schema, each.name) for each in fields(Masks)}
    return StoredMasks(**plain, store=store)


def fields_of(values: JsonFields) -> Masks:
    """Returns the schema in a config or a description.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    names, numbers, size = (values.get(key) for key in ("class_names", "values", "image_size"))
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names is not a list of names")
    problems = class_name_problems(names, "class_names")
    if problems or not 2 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
        raise ValueError(
            f"class_names is not a list of 2 to {MOST_CLASSES} different names ({shorten(names)})"
        )
    if not isinstance(numbers, list | tuple) or not all(map(_is_byte, numbers)):
        raise ValueError("values is not a list of numbers from 0 to 255")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
        raise ValueError(f"image_size is {size!r:.60}")
    ignored = values.get("ignored")
    if ignored is not None and not _is_byte(ignored):
        raise ValueError(f"ignored is {ignored!r:.60}")
    if len(set(numbers)) != len(names) or len(numbers) != len(names) or ignored in numbers:
        raise ValueError("values are not as many different numbers as there are classes")
    shares = _shares_of(values.get("shares") or (), len(names))
    colours = values.get("colours") or ()
    if not are_codes(colours) or (colours and max(numbers) >= len(colours)):
        raise ValueError("colours is not a list of a colour for each number")
    return Masks(tuple(names), tuple(numbers), size, ignored, shares, tuple(colours))


def _is_byte(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _shares_of(shares: object, count: int) -> tuple[float, ...]:
    if not isinstance(shares, list | tuple) or len(shares) not in (0, count):
        raise ValueError(f"shares is not a list of {count} numbers")
    if not all(is_number(each) and 0 <= each <= 1 for each in shares):
        raise ValueError("shares holds something else than numbers from 0 to 1")
    return tuple(map(float, shares))
