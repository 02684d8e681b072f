"""How far the probabilities of an exported file can be believed, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.targets.classes.calibration import Calibration, calibration_error, log_loss


@dataclass(frozen=True)
class ClassConfidence:
    """Calibration error and log loss on one split, of the Keras model with temperature 1, and of the file.

    Args:
        calibration: The temperature in the file.
        ece: Expected calibration errors, in [0, 1].
        log_loss: Means of -ln(probability of the right class), in nats.
        split: What they are measured on.
    """

    calibration: Calibration
    ece: tuple[float, float]
    log_loss: tuple[float, float]
    split: str

    def __str__(self) -> str:
        (before, after), (loss_before, loss_after) = self.ece, self.log_loss
        moved = self.calibration.moved
        if moved is not None:
            return f"{moved}; calibration error {after:.4f}"
        if self.calibration.note:
            return f"temperature 1, {self.calibration.note}; calibration error {after:.4f}"
        changes = (
            f"calibration error {before:.4f} -> {after:.4f}, log loss {loss_before:.4f} -> {loss_after:.4f}"
        )
        return f"temperature {self.calibration.temperature:.4g}: {changes}"

    def as_dict(self) -> JsonObject:
        """Returns the numbers as a value for JSON."""
        return {
            "test_ece_before": self.ece[0],
            "test_ece_after": self.ece[1],
            "test_log_loss_before": self.log_loss[0],
            "test_log_loss_after": self.log_loss[1],
        }

    def card(self) -> str:
        """Returns sentences for the model card."""
        calibration, moved = self.calibration, self.calibration.moved
        if moved is not None and not moved.note:
            return (
                f"The rarer class is the answer from a probability of {moved.threshold:.3g} on, which was chosen for "
                f"its {moved.score} on {calibration.examples} validation examples ({moved.before:.4f} with 0.5, "
                f"{moved.after:.4f} with it) and moved to 0.5 inside the file: the most probable class is the answer, "
                "and probabilities don't say how often it is right. "
                f"Expected calibration error on the {self.split} split: {self.ece[1]:.4f}."
            )
        if calibration.note:
            return f"Probabilities are as trained: the temperature is 1, {calibration.note}."
        return (
            f"The logits are divided by a temperature of {calibration.temperature:.4g} inside the file, fitted on "
            f"{calibration.examples} validation examples (Guo et al. 2017). Expected calibration error on the "
            f"{self.split} split: {self.ece[0]:.4f} without it, {self.ece[1]:.4f} as shipped; "
            f"log loss: {self.log_loss[0]:.4f} and {self.log_loss[1]:.4f}."
        )


def measure_confidence(
    calibration: Calibration, plain: np.ndarray, answers: np.ndarray, labels: np.ndarray, split: str
) -> ClassConfidence:
    """Measures probabilities (n, classes) without calibration and of a file, on labels (n,)."""
    both = (plain, answers)
    before_after = [(calibration_error(each, labels), log_loss(each, labels)) for each in both]
    (ece_before, loss_before), (ece_after, loss_after) = before_after
    return ClassConfidence(calibration, (ece_before, ece_after), (loss_before, loss_after), split)
