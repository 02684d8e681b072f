"""Several labels in exported files: names, metadata, golden answers, and what the model card says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.calibrating import calibration_error
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.thresholds import HALF
from kerasft.base.wording import plural, shorten
from kerasft.contract import calibration as contract
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.formats.label_file import LABELS, label_file, probability_tensor
from kerasft.formats.mediapipe import Use
from kerasft.targets.labels.calibration import LabelCalibration, macro_f1
from kerasft.targets.labels.scaling import log_loss
from kerasft.targets.labels.schema import Labels

_SHOWN = 30


@dataclass(frozen=True)
class LabelConfidence:
    """What calibration and thresholds do on a split that they were not fitted on.

    Args:
        calibration: What was fitted.
        macro_f1: Mean F1 of the labels with 0.5 for all, and with the thresholds.
        ece: Expected calibration errors, in [0, 1], of the Keras model's probabilities as trained, and of the file's.
        log_loss: Means of -ln(probability of what is true) over all labels, in nats, of both.
        split: What it is measured on.
    """

    calibration: LabelCalibration
    macro_f1: tuple[float, float]
    ece: tuple[float, float]
    log_loss: tuple[float, float]
    split: str

    def __str__(self) -> str:
        cuts = self.calibration.thresholds
        (before, after), (error, error_after), (loss, loss_after) = self.macro_f1, self.ece, self.log_loss
        decided = f"thresholds {min(cuts):.3g} to {max(cuts):.3g}: macro F1 {before:.4f} -> {after:.4f}"
        if self.calibration.note:
            return f"{decided}; probabilities as trained, {self.calibration.note}; calibration error {error_after:.4f}"
        changes = (
            f"calibration error {error:.4f} -> {error_after:.4f}, log loss {loss:.4f} -> {loss_after:.4f}"
        )
        return f"{changes}; {decided}"

    def as_dict(self) -> JsonObject:
        """Returns the numbers as a value for JSON."""
        return {
            "test_macro_f1_with_half": self.macro_f1[0],
            "test_macro_f1_with_thresholds": self.macro_f1[1],
            "test_ece_before": self.ece[0],
            "test_ece_after": self.ece[1],
            "test_log_loss_before": self.log_loss[0],
            "test_log_loss_after": self.log_loss[1],
        }

    def card(self) -> str:
        """Returns sentences for the model card."""
        chosen, (before, after) = self.calibration, self.macro_f1
        kept = (
            f" {plural(chosen.left_at_half, 'label')} kept 0.5, for want of examples."
            if chosen.left_at_half
            else ""
        )
        return f"{self._calibrated} " + (
            "A label is said to be there where its probability reaches its threshold, `thresholds` in `kerasft.json`, "
            f"chosen by the F1 of each label on {plural(chosen.examples, 'validation example')}.{kept} "
            f"Macro F1 on the {self.split} split: {before:.4f} with 0.5 for all, {after:.4f} with the thresholds."
        )

    @property
    def _calibrated(self) -> str:
        calibration, (error, after), (loss, loss_after) = self.calibration, self.ece, self.log_loss
        if calibration.note:
            return f"Probabilities are as trained: their calibration is {calibration.note}."
        return (
            "The logits of each label are multiplied by a slope and moved by an offset inside the file, fitted on "
            f"{plural(calibration.examples, 'validation example')} (Platt 1999; held together by those of all labels). "
            f"Expected calibration error on the {self.split} split: {error:.4f} without it, {after:.4f} as shipped; "
            f"log loss: {loss:.4f} and {loss_after:.4f}."
        )


class LabelAnswering(Answering[Labels, np.ndarray]):
    """Probabilities (labels,), each by itself, in the order of `labels.txt`."""

    output = "probabilities"
    never_unknown = "each label has a threshold of its own, and an answer may have no label"

    def files(self, schema: Labels) -> dict[str, bytes]:
        """Returns `labels.txt`."""
        return label_file(schema.class_names)

    def metadata(self, writer: Writer, schema: Labels, described: JsonFields) -> list[int]:
        """Says which labels there are. Thresholds per label have no place there: they are in `kerasft.json`."""
        what = "The probability of each label, each by itself: several may be there, or none."
        return [probability_tensor(writer, what, "labels")]

    def golden(self, schema: Labels, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns the right labels and probabilities."""
        return [
            {
                "labels": list(schema.names_of(present)),
                self.output: [round(float(value), 6) for value in row],
            }
            for present, row in zip(targets, answers, strict=True)
        ]

    def confidence(
        self,
        calibration: contract.Calibration,
        plain: np.ndarray,
        answers: np.ndarray,
        targets: np.ndarray,
        split: str,
    ) -> LabelConfidence:
        """Returns what the calibration does to a file's answers."""
        assert isinstance(calibration, LabelCalibration)
        truth, cuts = np.asarray(targets) > 0, np.array(calibration.thresholds, np.float32)
        before, after = (macro_f1(answers >= each, truth) for each in (HALF, cuts))
        (error, loss), (error_after, loss_after) = (
            (calibration_error(each.ravel(), truth.ravel()), log_loss(each, truth))
            for each in (plain, answers)
        )
        return LabelConfidence(calibration, (before, after), (error, error_after), (loss, loss_after), split)

    def summary(self, schema: Labels) -> str:
        """Returns the number of labels and the first ten."""
        names = shorten(schema.class_names, 10)
        return f"Says which of {plural(len(schema.class_names), 'label')} are there: {names}."

    def title(self, schema: Labels, nouns: str) -> tuple[str, str]:
        """Returns how many labels there are, and which."""
        names = shorten([f"`{name}`" for name in schema.class_names], _SHOWN)
        return f"labels of {nouns}", f"says of {nouns} which of these labels they have: {names}"

    def comes_out(self, schema: Labels) -> list[str]:
        """Returns what the probabilities are in which file."""
        count = len(schema.class_names)
        return [
            f"Out come {count} probabilities in the order of `{LABELS}`, each by itself, so their sum is not 1; of "
            "int8 files as bytes, to be divided by 256 (`--io int8`: add 128 first).",
            "A label is there where its probability reaches its number of `thresholds` in `kerasft.json`.",
            "Two answers agree by the share of labels that both decide the same.",
        ]

    def limits(self, schema: Labels, described: JsonFields) -> list[str]:
        """Says that labels it has not learned are not told apart from none."""
        return [
            "It knows no labels but its own: what has another one, or is like nothing in training, may get any."
        ]

    def kotlin(self, schema: Labels, io: str) -> Kotlin:
        """Returns the lines from the output to the labels that are there."""
        kind, answer = {
            "float32": ("Float", "output[0]"),
            "uint8": ("Byte", "output[0].map { (it.toInt() and 255) / 256f }"),
            "int8": ("Byte", "output[0].map { (it + 128) / 256f }"),
        }[io]
        after = f"""val probabilities = {answer}
val labels = context.assets.open("{LABELS}").bufferedReader().readLines()
val thresholds = floatArrayOf({_cuts(schema, "f")})
for (i in labels.indices) if (probabilities[i] >= thresholds[i]) println("${{labels[i]}} ${{probabilities[i]}}")"""
        return Kotlin(f"val output = arrayOf({kind}Array({len(schema.class_names)}))", after)


def found_labels(schema: Labels) -> Use:
    """Returns what an app does with a result of MediaPipe: it compares the probability of each label."""
    return Use(
        kotlin=f"""val thresholds = floatArrayOf({_cuts(schema, "f")})
for (each in categories)
    if (each.score() >= thresholds[each.index()]) println("${{each.categoryName()}} ${{each.score()}}")""",
        swift=f"""let thresholds: [Float] = [{_cuts(schema)}]
let labels = categories.filter {{ $0.score >= thresholds[$0.index] }}.map {{ $0.categoryName ?? "" }}""",
    )


def _cuts(schema: Labels, suffix: str = "") -> str:
    return ", ".join(f"{value:.6g}{suffix}" for value in schema.cuts)


ANSWERING = LabelAnswering()
