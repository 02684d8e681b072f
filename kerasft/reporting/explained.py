"""Why the worst mistakes were made: their explanations, small enough for the page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import Any

from kerasft.explaining import automatic_method, explain_arrays, explain_texts
from kerasft.inputs.images.overlay import overlay
from kerasft.inputs.texts.page import coloured
from kerasft.reporting import samples
from kerasft.targets.classes.evaluation import Evaluation

MOST = 12  # mistakes
MOST_BY_STEPS = 6  # by a method that runs the network STEPS times for each of them
STEPS = 16  # of integrated gradients: a quarter of the default
_PIXELS = 96
_LONGEST = 700  # characters of a text


@dataclass(frozen=True)
class Explained:
    """The explanations of a report.

    Args:
        by_row: By row of the test split, what its card gets: `why`, a picture in a data URL, or `words`, the text, or
            both texts of a pair, with its words marked.
        method: How they were made.
        note: Why there are none, where they failed.
    """

    by_row: dict[int, dict[str, Any]] = field(default_factory=dict)
    method: str = ""
    note: str = ""


def explain_mistakes(predictor: Any, split: Any, evaluation: Evaluation) -> Explained:
    """Explains the answers to the most confident mistakes. It never raises: a report is worth having without them.

    Args:
        predictor: Of the run.
        split: Its test split.
        evaluation: On this split.
    """
    rows = samples.mistakes(evaluation)[:MOST].tolist()
    if not rows:
        return Explained()
    cards: list[dict[str, Any]]
    try:
        method = automatic_method(predictor)
        rows = rows if method == "grad-cam" else rows[:MOST_BY_STEPS]
        if hasattr(split, "images"):
            names = [split.ids[row] for row in rows]
            pictures = explain_arrays(predictor, split.images[rows], names, method=method, steps=STEPS)
            cards = [{"why": _data_url(each)} for each in pictures]
        else:
            texts = [split.texts[row] for row in rows]
            pairs = None if split.pairs is None else [split.pairs[row] for row in rows]
            found = explain_texts(predictor, texts, pairs, method=method, steps=STEPS)
            cards = [{"words": coloured(each, _LONGEST)} for each in found]
    except Exception as error:  # whatever a backbone may do that nobody thought of
        return Explained(note=(str(error).strip() or type(error).__name__).splitlines()[0][:300])
    return Explained(dict(zip(rows, cards, strict=True)), method)


def _data_url(explanation: Any) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(overlay(explanation, _PIXELS)).save(buffer, "JPEG", quality=85, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
