"""That a thing is in a box, to be explained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.odds import own_log_odds
from kerasft.base.wording import clip, plural
from kerasft.contract.explanation import Claim
from kerasft.targets.boxes.geometry import overlaps
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import suppressed

_LONGEST = 40  # characters of a title
_SAME = 0.5  # intersection over union of boxes that are taken for one


@dataclass(frozen=True)
class BoxClaim(Claim):
    """That a thing of a class is in a box: the score of the anchor that found it.

    Files of finished boxes have no anchors: there it is the score of the best box of the class at that place.

    Args:
        class_name: The class.
        score: From 0 to 1.
        corners: x1, y1, x2, y2 in pixels of the model's image.
        size: Side of that image, in pixels.
        shown: Whether the answer shows the box.
        anchor: Which anchor found it; None where the answer has finished boxes.
        target: The number of the class.
    """

    local = True

    class_name: str
    score: float
    corners: tuple[float, float, float, float]
    size: int
    shown: bool = True
    anchor: int | None = field(default=None, kw_only=True)
    target: int = field(default=0, kw_only=True)

    def __str__(self) -> str:
        x1, y1, x2, y2 = self.corners
        found = f"{self.class_name} {self.score:.3f} at {x1:.0f},{y1:.0f} {x2 - x1:.0f}x{y2 - y1:.0f}"
        return found if self.shown else f"{found} (not in the answer)"

    @property
    def title(self) -> str:
        """The class with its score, and that the answer doesn't show it."""
        found = f"{clip(self.class_name, _LONGEST)}  {self.score:.2f}"
        return found if self.shown else f"{found}   (not in the answer)"

    @property
    def region(self) -> np.ndarray:
        """The box, bool (height, width)."""
        left, top, right, bottom = np.rint(np.clip(self.corners, 0, self.size)).astype(int)
        found = np.zeros((self.size, self.size), bool)
        found[top : max(bottom, top + 1), left : max(right, left + 1)] = True
        return found

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """Returns 1 at the logit of the anchor's class, in (anchors, 4 + classes)."""
        found = np.zeros(shape, np.float32)
        found[self.anchor, 4 + self.target] = 1
        return found

    def needed(self, answers: np.ndarray) -> np.ndarray:
        """Returns the scores (n,) of the anchor's class."""
        scores = answers[..., 4 + self.target]
        if self.anchor is not None:
            return scores[:, self.anchor]
        there = overlaps(np.array(self.corners)[None] / self.size, answers[..., :4])[:, 0] >= _SAME
        return np.where(there, scores, 0).max(axis=1)

    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns the log-odds of the scores."""
        return own_log_odds(needed)

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON; the box is in pixels of the model's image."""
        box = [round(each, 2) for each in self.corners]
        return {"class": self.class_name, "score": self.score, "box": [*box], "in_answer": self.shown}


def claim_of(answer: np.ndarray, schema: Boxes, wanted: str | None = None) -> BoxClaim:
    """Returns the best box of an answer (anchors, 4 + classes), or the best of the class that is wanted.

    Where no box has been found, it is the one with the highest score of all anchors.
    """
    scores, names = answer[:, 4:], schema.class_names
    if wanted is not None:
        scores = np.where(np.arange(len(names)) == names.index(wanted), scores, -1)
    anchor, number = (int(each) for each in np.unravel_index(int(scores.argmax()), scores.shape))
    return _claim(answer, schema, anchor, number)


def claim_of_nth(answer: np.ndarray, schema: Boxes, wanted: str | None, nth: int) -> BoxClaim:
    """Returns the nth of the boxes that were found, or of those of the class that is wanted, from the best, 1, on.

    Raises:
        InputError: There are fewer.
    """
    found = suppressed(answer)
    if wanted is not None:
        found = found[found[:, 5] == schema.class_names.index(wanted)]
    if nth > len(found):
        what = f"there is no box --nth {nth}" + ("" if wanted is None else f" of {wanted!r}")
        step = f"use --nth 1 to {len(found)}" if len(found) else "leave --nth out"
        raise InputError(Problem(what, f"{plural(len(found), 'box')} found", step))
    *corners, score, number = found[nth - 1].tolist()
    same = (answer[:, 4 + int(number)] == score) & (answer[:, :4] == corners).all(axis=1)
    return _claim(answer, schema, int(np.argmax(same)), int(number))


def _claim(answer: np.ndarray, schema: Boxes, anchor: int, number: int) -> BoxClaim:
    score, names = float(answer[anchor, 4 + number]), schema.class_names
    x1, y1, x2, y2 = (schema.image_size * answer[anchor, :4].astype(float)).tolist()
    return BoxClaim(
        names[number], score, (x1, y1, x2, y2), schema.image_size,
        score >= schema.threshold, anchor=None if schema.form == "boxes" else anchor, target=number,
    )  # fmt: skip
