"""Images on a page: thumbnails, and where the evidence for an answer is."""

from __future__ import annotations

import base64
import io

import numpy as np
from markupsafe import Markup

from kerasft.base.wording import clip
from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.inputs.images.explanation import ImageExplanation
from kerasft.inputs.images.overlay import overlay

THUMBNAIL = 64  # pixels
_PIXELS = 96  # of an explanation
_LONGEST = 120  # characters of an id


class ImageShowing(Showing[ImageExplanation]):
    """Thumbnails, side by side."""

    layout = ""
    in_a_row = 8
    about = f"as the model sees them, at most {THUMBNAIL} pixels wide"
    augmented = True

    def example(self, split: Split, row: int) -> dict[str, object]:
        """Returns the id of an image, and a thumbnail of at most 64 pixels."""
        return {"id": clip(split.ids[row], _LONGEST), "src": data_url(split.examples[row])}

    def evidence(self, explanation: ImageExplanation) -> dict[str, object]:
        """Returns the map, laid over the image."""
        return {"why": _jpeg(overlay(explanation, _PIXELS), quality=85)}

    def legend(self, which: str, method: str, claim: str = "the answer") -> Markup:
        """Says what the colours of the map mean."""
        colours = "the brighter the more" if method == "grad-cam" else f"red for {claim}, blue against it"
        sentence = Markup("Beside {}: where the evidence for {} is ({}), {}.")
        return sentence.format(which, claim, method, colours)


def data_url(pixels: np.ndarray) -> str:
    """Returns an image (height, width, 3) uint8 as a JPEG of at most 64 pixels in a data URL."""
    return _jpeg(np.asarray(pixels), quality=80, longest=THUMBNAIL)


def _jpeg(pixels: np.ndarray, quality: int, longest: int | None = None) -> str:
    from PIL import Image

    image = Image.fromarray(pixels)
    if longest is not None:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


SHOWING = ImageShowing()
