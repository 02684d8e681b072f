"""What the headers of image files say: format, colour mode, size, orientation."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.base.wording import plural
from kerasft.contract.findings import Finding, Suspect
from kerasft.inputs.images.decode import FORMATS, read_bytes

_ORIENTATION = 0x0112
_NARROW = 3.0
_PLAIN_MODES = ("RGB", "L")
# What becomes of pixels that are not plain RGB or grey: see kerasft.inputs.images.decode.
_BECOMES = {
    "P": "palette", "1": "black and white", "LA": "grey with transparency", "RGBA": "transparency, laid over white",
    "CMYK": "CMYK", "PA": "palette with transparency", "I;16": "16 bits, of which the upper 8 are kept",
    "I;16B": "16 bits, of which the upper 8 are kept", "I": "16 or 32 bits", "YCbCr": "YCbCr",
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What the header of one image says.

    Args:
        format: As Pillow names it.
        mode: As Pillow names it.
        width: In pixels, as stored.
        height: In pixels, as stored.
        animated: Whether there are more frames than the first.
        turned: Whether EXIF says that the image has to be turned.
    """

    format: str
    mode: str
    width: int
    height: int
    animated: bool
    turned: bool


def read_header(source: str | Path | bytes | np.ndarray) -> Header | None:
    """Reads the header of an image that could be decoded; None for arrays."""
    if not isinstance(source, (bytes, str, Path)):
        return None
    encoded = source if isinstance(source, bytes) else read_bytes(source)
    Image.init()
    formats = [name for name in FORMATS if name in Image.OPEN]
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(encoded), formats=formats) as image:
            orientation = image.getexif().get(_ORIENTATION, 1)
            turned = orientation not in (0, 1)
            # not n_frames: of a GIF, it goes through all of them
            animated = bool(getattr(image, "is_animated", False))
            size = image.width, image.height
            return Header(image.format or "", image.mode, *size, animated, turned)
    return None


def header_findings(headers: Sequence[tuple[str, Header]], image_size: int) -> list[Finding]:
    """Returns the findings on modes and sizes.

    Args:
        headers: The id and the header of each image.
        image_size: Side in pixels that the model takes.
    """
    if not headers:
        return []
    return [_modes(headers), _sizes(headers, image_size), _shapes(headers)]


def _modes(headers: Sequence[tuple[str, Header]]) -> Finding:
    formats = Counter(header.format for _, header in headers)
    listed = ", ".join(f"{count} {name}" for name, count in formats.most_common())
    odd = [
        Suspect(name, _BECOMES.get(header.mode, header.mode))
        for name, header in headers
        if header.mode not in _PLAIN_MODES
    ]
    odd += [
        Suspect(name, "the first of several frames")
        for name, h in headers
        if h.animated and h.format != "MPO"
    ]
    turned = [Suspect(name, "turned as EXIF says") for name, header in headers if header.turned]
    modes = Counter(header.mode for _, header in headers)
    colours = Counter(
        "grey" if header.mode in ("L", "LA", "1", "I;16") else "colour" for _, header in headers
    )
    mixed = f", {colours['grey']} grey among {colours['colour']} in colour" if len(colours) == 2 else ""
    if not odd and not turned and not mixed:
        return Finding("formats", "ok", f"{listed}; all {', '.join(modes)}")
    what = f"{listed}; {len(odd)} of odd kinds, {len(turned)} turned{mixed}; all become upright RGB"
    return Finding("formats", "note", what, "", tuple(odd + turned))


def _sizes(headers: Sequence[tuple[str, Header]], image_size: int) -> Finding:
    sizes = Counter((header.width, header.height) for _, header in headers)
    sides = sorted(min(size) for size in sizes.elements())
    common, kinds = sizes.most_common(1)[0][0], len(sizes)
    what = f"{kinds} sizes, the shorter side from {sides[0]} to {sides[-1]} pixels, median {sides[len(sides) // 2]}"
    if kinds == 1:
        what = f"all {common[0]} x {common[1]} pixels"
    small = [
        Suspect(name, f"{header.width} x {header.height} pixels")
        for name, header in sorted(headers, key=lambda each: each[1].width * each[1].height)
        if min(header.width, header.height) < image_size
    ]
    if len(small) == len(headers):
        return Finding("sizes", "note", f"{what}: all are enlarged to {image_size}")
    if small:
        level = "warn" if 10 * len(small) > len(headers) else "note"
        next_step = "a smaller --image-size may do as well and trains faster" if level == "warn" else ""
        what += f"; {plural(len(small), 'image')} would be enlarged to {image_size}"
        return Finding("sizes", level, what, next_step, tuple(small))
    return Finding("sizes", "ok", what)


def _shapes(headers: Sequence[tuple[str, Header]]) -> Finding:
    def ratio(header: Header) -> float:
        return max(header.width, header.height) / min(header.width, header.height)

    narrow = sorted((each for each in headers if ratio(each[1]) >= _NARROW), key=lambda each: -ratio(each[1]))
    if not narrow:
        return Finding("proportions", "ok", f"none is {_NARROW:g} times as long as wide")
    suspects = tuple(Suspect(name, f"{header.width} x {header.height} pixels") for name, header in narrow)
    what = f"{plural(len(narrow), 'image')} at least {_NARROW:g} times as long as wide"
    next_step = "train with --resize letterbox or crop to keep proportions; look at them"
    return Finding("proportions", "warn", what, next_step, suspects)
