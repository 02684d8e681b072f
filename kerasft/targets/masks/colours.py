"""Classes by their colours: lists of both, and masks whose pixels are such colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_CODE = re.compile("#[0-9a-f]{6}")
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<name>[^:]+):(?P<red>\d{1,3}),(?P<green>\d{1,3}),(?P<blue>\d{1,3})(?::.*)?",  # labelmap.txt of CVAT
        r"(?P<red>\d{1,3})[\s,]+(?P<green>\d{1,3})[\s,]+(?P<blue>\d{1,3})[\s,]+(?P<name>.*\S)",  # of CamVid
        r"(?P<name>.*\S)\s*[\s,;]\s*(?P<red>\d{1,3})[\s,;]+(?P<green>\d{1,3})[\s,;]+(?P<blue>\d{1,3})",
        r"(?P<name>.*\S)\s*[\s,;:]\s*#(?P<code>[0-9a-fA-F]{6})",
    )
)
_HEADERS = re.compile(r"#\s*label\s*:.*|name\s*,\s*r\s*,\s*g\s*,\s*b", re.IGNORECASE)


class UnlistedColourError(ValueError):
    """A mask has a colour that no class has; the text says which, and the nearest one that is listed."""


@dataclass(frozen=True)
class Colours:
    """The colours of masks.

    Args:
        codes: As "#804080"; the place of each is its number.
        names: Of the classes that have them.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def table(self) -> np.ndarray:
        """uint8 (colours, 3): red, green and blue of each number."""
        return np.array([tuple(bytes.fromhex(code[1:])) for code in self.codes], np.uint8)

    def numbers_of(self, pixels: np.ndarray) -> np.ndarray:
        """Returns the number of each pixel, uint8 (height, width), of colours uint8 (height, width, 3).

        Raises:
            UnlistedColourError: There is another colour.
        """
        listed, found = _joined(self.table), _joined(pixels)
        order = np.argsort(listed)
        places = order[np.minimum(np.searchsorted(listed[order], found), len(order) - 1)]
        unlisted = found[listed[places] != found]
        if len(unlisted):
            raise UnlistedColourError(self._unlisted(unlisted))
        return places.astype(np.uint8)

    def _unlisted(self, found: np.ndarray) -> str:
        codes, counts = np.unique(found, return_counts=True)
        most = int(codes[counts.argmax()])
        colour = np.array([most >> 16, most >> 8 & 255, most & 255])
        nearest = int(((self.table.astype(int) - colour) ** 2).sum(axis=1).argmin())
        more = f", one of {len(codes)} such colours" if len(codes) > 1 else ""
        pixels = f"{counts.max()} pixel{'s' if counts.max() > 1 else ''}"
        return (
            f"the colour {_written(colour)} of {pixels} is not listed{more}; "
            f"the nearest is {self.names[nearest]} {_written(self.table[nearest])}"
        )


def colours_in(lines: Sequence[str]) -> Colours | None:
    """Returns classes and colours of a list's lines; None where none has a colour: then they are names alone.

    Lines are `road 128,64,128`, `road #804080`, `road:128,64,128::` as in CVAT's labelmap.txt, or `128 64 128 road`
    as CamVid has them.

    Raises:
        ValueError: Some have a colour and others don't, or two have the same; the text names the line.
    """
    rows = [line.strip() for line in lines if line.strip() and not _HEADERS.fullmatch(line.strip())]
    found = [_read(row) for row in rows]
    if not any(found):
        return None
    for row, one in zip(rows, found, strict=True):
        if one is None:
            raise ValueError(f"{row[:60]!r} has no colour of three numbers up to 255")
    names, codes = zip(*(one for one in found if one is not None), strict=True)
    if twice := next((place for place, code in enumerate(codes) if code in codes[:place]), 0):
        raise ValueError(f"{names[twice]} has the colour of {names[codes.index(codes[twice])]}")
    return Colours(codes, names)


def are_codes(values: object) -> bool:
    """Whether it is a list of different colours, as `Colours.codes`."""
    if not isinstance(values, list | tuple) or len(values) > 256 or len(set(values)) < len(values):
        return False
    return all(isinstance(each, str) and _CODE.fullmatch(each) for each in values)


def _read(line: str) -> tuple[str, str] | None:
    """Returns the class and the colour of a line, or None."""
    match = next((found for form in _FORMS if (found := form.fullmatch(line))), None)
    if match is None:
        return None
    parts = match.groupdict()
    if code := parts.get("code"):
        return parts["name"].strip(), f"#{code.lower()}"
    numbers = [int(parts[each]) for each in ("red", "green", "blue")]
    if max(numbers) > 255:
        return None
    return parts["name"].strip(), "#" + bytes(numbers).hex()


def _joined(pixels: np.ndarray) -> np.ndarray:
    """Returns one number for each colour of (..., 3)."""
    parts = pixels.astype(np.int32)
    return parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]


def _written(colour: np.ndarray) -> str:
    return ",".join(str(int(each)) for each in colour)
