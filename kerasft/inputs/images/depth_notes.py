"""What a user should hear of files with 16 bits per channel, when all images have been read."""

from __future__ import annotations

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import plural
from kerasft.data.listing import Labelled
from kerasft.inputs.images.depth import FULL
from kerasft.inputs.images.loading import Loaded

_DARK = 16  # of 256 levels
_NOTED, _SUSPECT = 0.9, 0.5  # shares of values below
_SCALE = "scale the files to the range that matters, or say with --bit-depth how many bits that is"


def depth_notes(loaded: Loaded) -> list[str]:
    """Remarks on how 16-bit files are read, and whether that keeps anything of them."""
    wide, depth = _wide_rows(loaded), loaded.bit_depth
    if depth is None:
        return []
    notes = []
    if depth < FULL:
        notes.append(
            f"{plural(len(wide), '16-bit file')} read as {depth} bits: no value is above {(1 << depth) - 1}; "
            "--bit-depth says otherwise"
        )
    share = _dark_share(loaded, wide)
    if share >= _NOTED:
        notes.append(f"{_dark(share, depth)}, and little is left of them in 8 bits; {_SCALE}")
    return notes


def depth_problems(loaded: Loaded, contradictory: list[list[Labelled]]) -> list[Problem]:
    """Returns why different 16-bit files became the same image in two classes, if that is the reason."""
    wide, depth = _wide_rows(loaded), loaded.bit_depth
    share = _dark_share(loaded, wide)
    if depth is None or not contradictory or share < _SUSPECT:
        return []
    pair = " and ".join(item.id for item in contradictory[0][:2])
    return [Problem(f"different files become the same image in 8 bits: {_dark(share, depth)}", pair, _SCALE)]


def _wide_rows(loaded: Loaded) -> list[int]:
    return [row for row, bits in enumerate(loaded.depths) if bits]


def _dark_share(loaded: Loaded, rows: list[int]) -> float:
    if not rows:
        return 0.0
    return sum(np.count_nonzero(loaded.store[row] < _DARK) for row in rows) / (
        len(rows) * loaded.store[0].size
    )


def _dark(share: float, depth: int) -> str:
    return f"{share:.1%} of the values of 16-bit files lie in the lowest 16th of the range 0 to {(1 << depth) - 1}"
