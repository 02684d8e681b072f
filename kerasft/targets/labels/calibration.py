"""What is fitted for each label on the validation split: its line of logits, and its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from kerasft.base.calibrating import FEWEST_EXAMPLES, calibration_error
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict, is_number
from kerasft.base.statistics import sigmoid
from kerasft.base.thresholds import FEWEST, HALF, best_threshold
from kerasft.targets.labels.scaling import FARTHEST, STEEPEST, fit_lines, log_loss, scaled

_EDGE = 1e-7  # of a threshold, whose log odds have to be finite


@dataclass(frozen=True)
class LabelCalibration:
    """What was chosen on the validation split.

    Args:
        thresholds: One for each label, between 0 and 1.
        examples: How many they were chosen on.
        left_at_half: How many labels kept 0.5, for too few examples with or without them.
        macro_f1_before: Mean F1 of the labels on these examples with 0.5.
        macro_f1_after: The same with the thresholds.
        slopes: Logits are multiplied by them before the sigmoid, one for each label; () is 1 for all.
        offsets: And these are added; () is 0 for all.
        log_loss: Of these examples with the logits as trained, and with slopes and offsets; () where none were fitted.
        ece: Their expected calibration errors, of the decisions on all labels.
        note: Why there are no slopes, where there are none.
    """

    thresholds: tuple[float, ...]
    examples: int = 0
    left_at_half: int = 0
    macro_f1_before: float | None = None
    macro_f1_after: float | None = None
    slopes: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    log_loss: tuple[float, ...] = ()
    ece: tuple[float, ...] = ()
    note: str = ""

    @property
    def served(self) -> JsonObject:
        """What an exported file's description says of it."""
        lines: JsonObject = (
            {"slopes": list(self.slopes), "offsets": list(self.offsets)} if self.slopes else {}
        )
        return {"thresholds": list(self.thresholds), **lines}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return asdict(self)


def calibrate(logits: np.ndarray, targets: np.ndarray) -> LabelCalibration:
    """Fits the line of each label's logits, and chooses its threshold.

    Thresholds are chosen by the probabilities as trained and moved with the lines, so that these change no decision:
    the mean of several thresholds lies elsewhere where probabilities are stretched, and was worse (docs/labels.md).
    Only a label with too few examples is decided at 0.5 of what is calibrated.

    Args:
        logits: float (n, labels).
        targets: (n, labels) of 0 and 1.
    """
    truth, count = np.asarray(targets) > 0, len(targets)
    before = sigmoid(logits)
    if count < FEWEST_EXAMPLES:
        note = f"not fitted: the validation split has {count} examples, and {FEWEST_EXAMPLES} are needed"
        return replace(choose_thresholds(before, truth), note=note)
    slopes, offsets = fit_lines(logits, truth)
    after = sigmoid(scaled(logits, slopes, offsets))
    both = before, after
    cuts = np.clip(choose_thresholds(before, truth).thresholds, _EDGE, 1 - _EDGE)
    moved = sigmoid(scaled(np.log(cuts / (1 - cuts))[None], slopes, offsets))[0]
    return replace(
        _with_thresholds(np.where(_enough(truth), moved, HALF), after, truth),
        slopes=slopes,
        offsets=offsets,
        log_loss=tuple(log_loss(each, truth) for each in both),
        ece=tuple(calibration_error(each.ravel(), truth.ravel()) for each in both),
    )


def choose_thresholds(probabilities: np.ndarray, truth: np.ndarray) -> LabelCalibration:
    """Chooses the threshold of each label by its F1: see `best_threshold`.

    Args:
        probabilities: float (n, labels).
        truth: (n, labels) of 0 and 1.
    """
    enough = _enough(truth)
    found = [
        best_threshold(probabilities[:, k], truth[:, k] > 0) if enough[k] else HALF
        for k in range(truth.shape[1])
    ]
    return _with_thresholds(np.array(found), probabilities, truth)


def _enough(truth: np.ndarray) -> np.ndarray:
    """Returns bool (labels,): which labels have examples enough with and without them for a threshold of their own."""
    there = (truth > 0).sum(axis=0)
    return np.minimum(there, len(truth) - there) >= FEWEST


def _with_thresholds(cuts: np.ndarray, probabilities: np.ndarray, truth: np.ndarray) -> LabelCalibration:
    thresholds = tuple(float(f"{cut:.6g}") for cut in cuts)
    left = int((~_enough(truth)).sum())
    if not len(truth):
        return LabelCalibration(thresholds, 0, left)
    before, after = (macro_f1(probabilities >= each, truth > 0) for each in (HALF, np.array(thresholds)))
    return LabelCalibration(thresholds, len(truth), left, before, after)


def f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Returns the F1 of decisions, bool (n,); 0 where nothing is right."""
    total = int(decided.sum() + truth.sum())
    return 2 * float((decided & truth).sum()) / total if total else 0.0


def macro_f1(decided: np.ndarray, truth: np.ndarray) -> float:
    """Returns the mean F1 of the labels that are there, of decisions, bool (n, labels)."""
    scores = [f1(decided[:, k], truth[:, k]) for k in range(truth.shape[1]) if truth[:, k].any()]
    return float(np.mean(scores)) if scores else 0.0


def read_calibration(values: JsonFields) -> LabelCalibration:
    """Returns what `LabelCalibration.as_dict` gave, checked.

    Raises:
        InputError: A value is of another type.
        ValueError: A number can't be meant.
    """
    found = from_dict(LabelCalibration, values)
    if not all(0 <= value <= 1 for value in found.thresholds):
        raise ValueError("a threshold is not between 0 and 1")
    check_lines(found.slopes, found.offsets, len(found.thresholds))
    return found


def lines_of(values: JsonFields, labels: int) -> JsonObject:
    """Returns the slopes and offsets in a description, checked; nothing where it has none.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    slopes, offsets = values.get("slopes") or (), values.get("offsets") or ()
    if not isinstance(slopes, list | tuple) or not isinstance(offsets, list | tuple):
        raise ValueError("slopes and offsets are not lists of numbers")
    check_lines(slopes, offsets, labels)
    return {"slopes": list(slopes), "offsets": list(offsets)} if slopes else {}


def check_lines(slopes: Sequence[object], offsets: Sequence[object], labels: int) -> None:
    """Refuses slopes and offsets that were not fitted here: `LabelCalibration.slopes`.

    Raises:
        ValueError: The text says which.
    """
    for name, values, low, high in (
        ("slopes", slopes, 0.9 / STEEPEST, 1.1 * STEEPEST),
        ("offsets", offsets, -1.1 * FARTHEST, 1.1 * FARTHEST),
    ):
        if len(values) not in (0, labels) or len(slopes) != len(offsets):
            raise ValueError(f"{name} is not a list of {labels} numbers")
        if odd := [value for value in values if not (is_number(value) and low <= value <= high)]:
            raise ValueError(f"{name} holds {odd[0]!r:.60}")
