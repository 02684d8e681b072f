"""What is chosen on the validation split: the score from which on a box is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict, is_number
from kerasft.base.wording import plural
from kerasft.targets.boxes.curves import best_threshold
from kerasft.targets.boxes.matching import match
from kerasft.targets.boxes.schema import THRESHOLD, Boxes
from kerasft.targets.boxes.suppression import LEAST_SCORE, detections

FEWEST_BOXES = 10  # on fewer, a threshold would follow chance


@dataclass(frozen=True)
class BoxCalibration:
    """What was chosen.

    Args:
        score_threshold: Detections of at least this score are shown.
        examples: How many images it was chosen on.
        boxes: How many boxes these have.
        f1: Of their detections at IoU 0.5, over all classes together; None where it was not chosen.
        note: Why it was not chosen, where it wasn't.
    """

    score_threshold: float = THRESHOLD
    examples: int = 0
    boxes: int = 0
    f1: float | None = None
    note: str = ""

    @property
    def served(self) -> JsonFields:
        """What an exported file's description says of it."""
        return {"score_threshold": self.score_threshold}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return asdict(self)


def calibrate(answers: np.ndarray, targets: np.ndarray, schema: Boxes) -> BoxCalibration:
    """Chooses the threshold with the best F1, over all classes together, at IoU 0.5.

    Args:
        answers: float32 (n, anchors, 4 + classes), dense.
        targets: float32 (n, 1 + boxes, 6).
        schema: What both mean.
    """
    matches = match(targets, detections(answers, targets[:, 0, 2:4], schema))
    examples, boxes = len(targets), int(matches.boxes_per_image().sum())
    if boxes < FEWEST_BOXES:
        note = f"not chosen: the validation split has {plural(boxes, 'box')}, and {FEWEST_BOXES} are needed"
        return BoxCalibration(examples=examples, boxes=boxes, note=note)
    found = best_threshold(matches)
    if found is None:
        return BoxCalibration(
            examples=examples, boxes=boxes, note="not chosen: no box of the validation split is found"
        )
    return BoxCalibration(max(found[0], LEAST_SCORE), examples, boxes, found[1])


def read_calibration(values: JsonFields) -> BoxCalibration:
    """Returns what `BoxCalibration.as_dict` gave, checked.

    Raises:
        InputError: A value is of another type, or missing.
        ValueError: The threshold is no score.
    """
    found = from_dict(BoxCalibration, values)
    threshold_in(found.served)
    return found


def threshold_in(values: JsonFields) -> float:
    """Returns the threshold in a description; the default where it has none.

    Raises:
        ValueError: It is no number from 0 to 1.
    """
    found = values.get("score_threshold", THRESHOLD)
    if not is_number(found) or not 0 <= found <= 1:
        raise ValueError(f"score_threshold is {found!r:.60}, no number from 0 to 1")
    return float(found)
