"""A number in exported files, and what the model card says of it."""

from __future__ import annotations

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.targets.numbers.schema import Numbers


class NumberAnswering(Answering[Numbers, np.ndarray]):
    """The number, float32 (1,), in the unit of the training data."""

    output = "number"

    def metadata(self, writer: Writer, schema: Numbers, described: JsonFields) -> list[int]:
        """Says what the number is."""
        return [writer.table(name=self.output, description=self.summary(schema))]

    def golden(self, schema: Numbers, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns right numbers and those of a file."""
        return [
            {"expected": float(target), self.output: float(f"{answer[0]:.7g}")}
            for target, answer in zip(targets, answers, strict=True)
        ]

    def summary(self, schema: Numbers) -> str:
        """Returns what the number is called, and what it was in training."""
        return f"Gives {schema.number}, a number: {schema.mean:.4g} +- {schema.deviation:.4g} in training."

    def title(self, schema: Numbers, nouns: str) -> tuple[str, str]:
        """Returns what is given of which."""
        return f"{schema.number} of {nouns}", f"gives `{schema.number}`, a number, of {nouns}"

    def comes_out(self, schema: Numbers) -> list[str]:
        """Returns what the output is."""
        return [
            f"Out comes `{schema.number}`, one float32 as `{self.output}`, in the unit of the training data, whose "
            f"mean was {schema.mean:.4g} and whose standard deviation {schema.deviation:.4g}.",
            f"Two answers count as the same decision within {AGREE:g} standard deviations; the largest difference is "
            "in standard deviations, too.",
        ]

    def limits(self, schema: Numbers, described: JsonFields) -> list[str]:
        """Says that there always is a number."""
        return ["It always gives a number, also for what is like nothing in training."]

    def kotlin(self, schema: Numbers, io: str) -> Kotlin:
        """Returns the lines that print the number."""
        return Kotlin("val output = arrayOf(FloatArray(1))", "println(output[0][0])")


AGREE = 0.05  # standard deviations
ANSWERING = NumberAnswering()
