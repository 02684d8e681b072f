"""Confidence that means something: the temperature of a model, its calibration error, and when to say "unknown".

A network is surer than it is right. Dividing its logits by one number, the temperature, fitted on the validation
split, puts that right and changes no decision (Guo et al. 2017, "On Calibration of Modern Neural Networks",
https://arxiv.org/abs/1706.04599). This room does the sums; it never runs a model.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from kerasft.base import calibrating
from kerasft.base.calibrating import FEWEST_EXAMPLES
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict
from kerasft.base.statistics import softmax
from kerasft.targets.classes.moving import Moved, move, read_moved

SMALLEST_PROBABILITY = 1e-7  # without a floor one error of a quantized file is infinite
_LOWEST, _HIGHEST = 0.05, 20.0


@dataclass(frozen=True)
class Calibration:
    """What was fitted on the validation split.

    Args:
        temperature: Logits are divided by it before the softmax. Above 1 the model was too sure, below not enough.
        examples: How many it was fitted on.
        ece_before: Expected calibration error of these with temperature 1, in [0, 1].
        ece_after: The same with the temperature.
        note: Why the temperature is 1, where it is.
        moved: Of two classes, their threshold (see `kerasft.targets.classes.moving`); None: none was asked for.
    """

    temperature: float = 1.0
    examples: int = 0
    ece_before: float | None = None
    ece_after: float | None = None
    note: str = ""
    moved: Moved | None = None

    @property
    def served(self) -> JsonObject:
        """What an exported file's description says of it; a threshold is chosen by whoever exports."""
        moved = {} if self.moved is None else {"moved": self.moved.shift}
        return {"temperature": self.temperature, "score_threshold": None, **moved}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON; without what was not asked for."""
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if name != "moved" or value is not None}

    def with_threshold(self, logits: np.ndarray, labels: np.ndarray, chosen_for: str) -> Calibration:
        """Returns it with the threshold between two classes, chosen on the validation split: see `move`."""
        probabilities = softmax(logits, self.temperature)
        return dataclasses.replace(self, moved=move(probabilities, labels, chosen_for))


def calibrate(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """Fits the temperature on the validation split.

    Args:
        logits: float (examples, classes).
        labels: int (examples,), the true classes.
    """
    count = len(labels)
    if not count:
        return Calibration(note="not fitted: there is no validation split")
    if count < FEWEST_EXAMPLES:
        note = f"not fitted: the validation split has {count} examples, and {FEWEST_EXAMPLES} are needed"
        return Calibration(examples=count, note=note)
    temperature = fit_temperature(logits, labels)
    if log_loss(softmax(logits, temperature), labels) >= log_loss(softmax(logits), labels):
        # what is fitted guards against errors that were not seen; without a gain where it was fitted, it stays out
        error = calibration_error(softmax(logits), labels)
        return Calibration(1.0, count, error, error, "no other lowers the validation split's log loss")
    before, after = (calibration_error(softmax(logits, each), labels) for each in (1.0, temperature))
    return Calibration(temperature, count, before, after)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Returns the temperature with the lowest cross-entropy, between 0.05 and 20, to four digits.

    The right class has the target (n + 1) / (n + 2) and not 1, which is what Platt does for the same reason: where
    all of n examples are right, the best temperature would be 0, and the next error infinitely wrong.
    Source: Platt 1999, "Probabilistic Outputs for Support Vector Machines", section 2.2.
    """
    from scipy.optimize import minimize_scalar

    count, classes = logits.shape
    rest = 1 / (count + 2)
    targets = np.full((count, classes), rest / (classes - 1))
    targets[np.arange(count), labels] = 1 - rest
    logits = logits.astype("float64")

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(-(targets * (scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True)))).sum() / count)

    found = minimize_scalar(loss, bounds=(math.log(_LOWEST), math.log(_HIGHEST)), method="bounded")
    return float(f"{math.exp(found.x):.4g}")


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = calibrating.BINS) -> float:
    """Returns the expected calibration error, in [0, 1], of the most probable classes: see `kerasft.base.calibrating`.

    Args:
        probabilities: float (n, classes).
        labels: int (n,), the true classes.
        bins: How many.
    """
    return calibrating.calibration_error(
        probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, bins
    )


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the mean of -ln(probability of the right class), in nats: see `losses`.

    It is what the temperature minimises, and on few examples a steadier measure than the calibration error.
    """
    return float(losses(probabilities, labels).mean())


def losses(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns -ln(probability of the right class) of each example, in nats, float64 (examples,).

    Rows are floored at 1e-7 and divided by their sum first: an int8 file answers 0.0 for less than 1/512, and its rows
    do not sum to 1.

    Args:
        probabilities: float (examples, classes).
        labels: int (examples,), the true classes.
    """
    rows = np.maximum(probabilities.astype("float64"), SMALLEST_PROBABILITY)
    right = rows[np.arange(len(rows)), labels]
    return -np.log(right / rows.sum(axis=1))


def read_calibration(values: JsonFields) -> Calibration:
    """Returns a calibration that `Calibration.as_dict` gave, checked.

    Raises:
        InputError: A value is of another type.
        ValueError: The temperature can't be meant.
    """
    moved = values.get("moved")
    if moved is not None and not isinstance(moved, dict):
        raise ValueError("what it says of the threshold is no object")
    plain = {name: value for name, value in values.items() if name != "moved"}
    found = from_dict(Calibration, plain)
    if moved is not None:
        found = dataclasses.replace(found, moved=read_moved(moved))
    if not _LOWEST <= found.temperature <= _HIGHEST:
        raise ValueError(f"the temperature is {found.temperature!r:.40}")
    return found
