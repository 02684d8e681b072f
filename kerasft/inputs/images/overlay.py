"""An explained image as a PNG: the image, the map on it, the class and a legend. No display is needed."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base import files, fonts
from kerasft.contract.explanation import MARK
from kerasft.inputs.images.explanation import ImageExplanation

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

# Perceptually uniform: equal steps of the map look equal. For signs one with a dark middle, so that both shine.
_PLAIN, _SIGNED = "inferno", "berlin"
_BRIGHTEST = (
    99.5  # percentile of the map that gets the brightest colour: a single pixel must not darken the rest
)


def overlay(explanation: ImageExplanation, pixels: int | None = None) -> np.ndarray:
    """Returns the map laid over the image in grey, uint8 (height, width, 3).

    What is said of a part of the image has a white line around that part.

    Args:
        explanation: The explained image.
        pixels: Height and width of the result; None: the image's.
    """
    from matplotlib import colormaps
    from PIL import Image

    image = Image.fromarray(explanation.image)
    map_of = Image.fromarray(_scaled(explanation), mode="F")
    if pixels is not None:
        image = image.resize((pixels, pixels), _filter(image.width, pixels))
        map_of = map_of.resize((pixels, pixels), _filter(image.width, pixels))
    values = np.asarray(map_of)
    place = (values + 1) / 2 if explanation.signed else values
    colours = colormaps[_SIGNED if explanation.signed else _PLAIN](np.clip(place, 0, 1))[..., :3]
    grey = np.asarray(image.convert("L"), "float32")[..., None] / 255
    grey = 0.06 + 0.6 * grey  # dimmed, so that the colours shine on white as well
    strength = 0.1 + 0.8 * np.clip(np.abs(values), 0, 1)[..., None]  # where nothing is, the image is seen
    found = np.round(255 * np.clip((1 - strength) * grey + strength * colours, 0, 1)).astype("uint8")
    region = explanation.claim.region
    if region is not None:
        found[_edge(region, len(found))] = 255
    return found


def _edge(region: np.ndarray, pixels: int) -> np.ndarray:
    """Returns the edge of a region bool (height, width), inside of it, in an image of so many pixels to a side."""
    from PIL import Image

    size = (pixels, pixels)
    there = np.asarray(Image.fromarray(region).resize(size, Image.Resampling.NEAREST), bool)
    inside = there.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inside &= np.roll(there, step, axis)
    inside[[0, -1]] = inside[:, [0, -1]] = False
    return there & ~inside


def draw(explanation: ImageExplanation) -> Figure:
    """Draws the image beside the map, with a title and a legend; `figure.savefig(path)` writes it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 3.75), dpi=150, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    smooth = "nearest" if explanation.image.shape[0] < 128 else "bilinear"
    left.imshow(explanation.image, interpolation=smooth)
    right.imshow(overlay(explanation), interpolation=smooth)
    for axes in (left, right):
        axes.set_axis_off()
    low = -1 if explanation.signed else 0
    colours = ScalarMappable(Normalize(low, 1), _SIGNED if explanation.signed else _PLAIN)
    bar = figure.colorbar(colours, ax=[left, right], shrink=0.82, aspect=26, pad=0.02)
    bar.outline.set_visible(False)
    bar.set_ticks([-1, 0, 1] if explanation.signed else [0, 1])
    against, speaks_for = explanation.claim.ends
    bar.set_ticklabels([against, "0", speaks_for] if explanation.signed else ["0", "most"])
    bar.ax.tick_params(length=0, labelsize=9)
    title = explanation.claim.title
    with fonts.covering([title]):
        figure.suptitle(title, fontsize=13, fontweight="bold", parse_math=False)
    note = f"{explanation.method}: {explanation.about}"
    if explanation.completeness is not None:
        note += f"; gap {explanation.completeness.relative_error:.1%}"
    figure.supxlabel(note, fontsize=8, color="0.35", parse_math=False)
    return figure


def write_png(explanation: ImageExplanation, path: str | Path) -> Path:
    """Writes the PNG, in one step, and returns its path."""
    figure, buffer = draw(explanation), io.BytesIO()
    with warnings.catch_warnings():
        # class names in a script that no installed font has are drawn as boxes; that is no reason to stop
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="png", metadata={"Software": MARK})
    with files.atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    return Path(path)


def _scaled(explanation: ImageExplanation) -> np.ndarray:
    """Returns the map between -1 and 1, float32; all 0 where it says nothing."""
    values = explanation.attribution.astype("float32")
    brightest = float(np.percentile(np.abs(values), _BRIGHTEST))
    brightest = brightest or float(np.abs(values).max())
    return np.clip(values / brightest, -1, 1) if brightest > 0 else np.zeros_like(values)


def _filter(before: int, after: int) -> Image.Resampling:
    from PIL import Image

    return Image.Resampling.NEAREST if before < after and before < 48 else Image.Resampling.BILINEAR
