"""What was measured on one exported file, as values for a table and for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

from kerasft.base.json_values import JsonObject, JsonValue


@dataclass(frozen=True)
class Row:
    """What was measured on one exported file.

    Args:
        file: Its name.
        quantization: "saved_model", "onnx" or a quantization of the ladder.
        score_name: What the score is: of classes "accuracy", a share.
        score: Of the file.
        keras_score: Of the Keras model on the same examples.
        interval: The 95 % interval of the file's score.
        keras_interval: The same of the Keras model's.
        agreement: Share of examples that are decided the same: of classes with the same most probable one.
        difference: Largest absolute difference of an answer: see `Targets.difference`.
        megabytes: Size in MB (10**6 bytes).
        milliseconds: Median time per example, one at a time (TFLite: on one thread).
        examples: How many examples were run.
        drawn: What the intervals draw where it isn't the examples: see `Evaluation`.
        failures: The targets missed, in words; empty when the file passed.
        in_float: For "mixed", the operations that int8 would hurt and that compute in float32.
        corrected: For "int8", how many layers were corrected for what rounding does to their answers.
        runtime: What it needs to run (see `kerasft.formats.runtime_version`).
        tolerance: How far an app's answers may be from the golden ones (see `kerasft.exporting.kernels`).
    """

    file: str
    quantization: str
    score_name: str
    score: float
    keras_score: float
    interval: tuple[float, float]
    keras_interval: tuple[float, float]
    agreement: float
    difference: float
    megabytes: float
    milliseconds: float
    examples: int
    failures: tuple[str, ...]
    in_float: tuple[str, ...] = ()
    runtime: str = ""
    tolerance: float | None = None
    drawn: str = ""
    corrected: int = 0

    def with_in_float(self, operations: tuple[str, ...]) -> Row:
        """Returns the row of a "mixed" file with the operations that are in float32."""
        return replace(self, in_float=operations)

    @property
    def accuracy(self) -> float:
        """The score, as those call it who sort examples into classes."""
        return self.score

    @property
    def keras_accuracy(self) -> float:
        """The same of the Keras model."""
        return self.keras_score

    def as_dict(self) -> JsonObject:
        """Returns the row as a value for JSON, scores by their name; numbers that are not finite become None."""
        named = {"score": self.score_name, "keras_score": f"keras_{self.score_name}"}
        return {named.get(name, name): _json(value) for name, value in asdict(self).items()}


def _json(value: JsonValue) -> JsonValue:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
