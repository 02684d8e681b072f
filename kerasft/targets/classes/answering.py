"""Classes in exported files: labels, metadata, golden answers, thresholds, and what the model card says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract import calibration as contract
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.formats.label_file import LABELS, label_file, probability_tensor
from kerasft.formats.mediapipe import Use
from kerasft.targets.classes.calibration import Calibration
from kerasft.targets.classes.confidence import ClassConfidence, measure_confidence
from kerasft.targets.classes.deciding import most_probable
from kerasft.targets.classes.schema import Classes
from kerasft.targets.classes.unknowns import Unknowns, choose_threshold, measure_threshold

_SHOWN = 30


class ClassAnswering(Answering[Classes, np.ndarray]):
    """Probabilities (classes,), in the order of `labels.txt`."""

    output = "probabilities"
    never_unknown = ""
    best: ClassVar[str] = "val best = probabilities.indices.maxBy { probabilities[it] }"  # the same in Kotlin

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns the classes (...) that probabilities (..., classes) decide for."""
        return most_probable(probabilities)

    def files(self, schema: Classes) -> dict[str, bytes]:
        """Returns `labels.txt`: one class name per line (a newline in a name becomes a space)."""
        return label_file(schema.class_names)

    def metadata(self, writer: Writer, schema: Classes, described: JsonFields) -> list[int]:
        """Says which classes there are, and below which probability clients leave them out."""
        what = "The probability of each class; their sum is 1."
        return [probability_tensor(writer, what, "classes", described.get("score_threshold"))]

    def golden(self, schema: Classes, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns labels and probabilities."""
        return [
            {
                "label": schema.class_names[label],
                self.output: [round(float(value), 6) for value in row],
            }
            for label, row in zip(targets, answers, strict=True)
        ]

    def confidence(
        self,
        calibration: contract.Calibration,
        plain: np.ndarray,
        answers: np.ndarray,
        targets: np.ndarray,
        split: str,
    ) -> ClassConfidence:
        """Returns temperature, calibration error and log loss."""
        assert isinstance(calibration, Calibration)
        return measure_confidence(calibration, plain, answers, targets, split)

    def choose_threshold(self, answers: np.ndarray, targets: np.ndarray, precision: float) -> float | None:
        """Returns the lowest threshold whose answers are right often enough on these examples."""
        return choose_threshold(answers, targets, precision, self.decide) if len(targets) else None

    def measure_threshold(
        self, answers: np.ndarray, targets: np.ndarray, threshold: float, wanted: float, split: str
    ) -> Unknowns:
        """Returns coverage and precision."""
        return measure_threshold(answers, targets, threshold, wanted, split, self.decide)

    def summary(self, schema: Classes) -> str:
        """Returns the number of classes and the first ten."""
        names = schema.class_names
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        return f"Tells apart {len(names)} classes: {', '.join(names[:10])}{more}."

    def title(self, schema: Classes, nouns: str) -> tuple[str, str]:
        """Returns how many classes there are, and which."""
        names = schema.class_names
        return f"{nouns} in {len(names)} classes", f"sorts {nouns} into {some_names(names)}"

    def comes_out(self, schema: Classes) -> list[str]:
        """Returns what the probabilities are in which file."""
        return [
            f"Out come {len(schema.class_names)} probabilities in the order of `{LABELS}`; of int8 files as bytes, to "
            "be divided by 256 (`--io int8`: add 128 first)."
        ]

    def limits(self, schema: Classes, described: JsonFields) -> list[str]:
        """Says that there is an answer even where no class fits."""
        if described.get("score_threshold") is not None:
            return ["What is like none of its classes may still get a probability above the threshold."]
        what = "It always answers with one of its classes, also where none fits"
        return [f"{what}; `--unknown-precision` sets a threshold."]

    def kotlin(self, schema: Classes, io: str) -> Kotlin:
        """Returns the lines from the output to the class that it decides for."""
        kind, answer = {
            "float32": ("Float", "output[0]"),
            "uint8": ("Byte", "output[0].map { (it.toInt() and 255) / 256f }"),
            "int8": ("Byte", "output[0].map { (it + 128) / 256f }"),
        }[io]
        after = f"""val probabilities = {answer}
val labels = context.assets.open("{LABELS}").bufferedReader().readLines()
{self.best}
println("${{labels[best]}} ${{probabilities[best]}}")"""
        return Kotlin(f"val output = arrayOf({kind}Array({len(schema.class_names)}))", after)


def some_names(names: Sequence[str]) -> str:
    """Returns the first thirty names, as code."""
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


ANSWERING = ClassAnswering()
BEST = Use(  # of a result of MediaPipe
    kotlin="""val best = categories.firstOrNull()  // null: unknown
println("${best?.categoryName()} ${best?.score()}")""",
    swift="let best = categories.first  // nil: unknown",
)
