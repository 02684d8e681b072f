"""Classes with an order in exported files: as classes are, but for the decision."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonFields
from kerasft.targets.classes.answering import ClassAnswering, some_names
from kerasft.targets.classes.schema import Classes
from kerasft.targets.order.deciding import median


class OrderAnswering(ClassAnswering):
    """Probabilities (classes,), in the order of `labels.txt`, from the lowest class to the highest."""

    best: ClassVar[str] = """val half = probabilities.sum() / 2
var upTo = 0f
val best = probabilities.indices.first { upTo += probabilities[it]; upTo >= half }"""

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns the median classes (...) of probabilities (..., classes)."""
        return median(probabilities)

    def summary(self, schema: Classes) -> str:
        """Returns the number of classes and the first ten."""
        names = schema.class_names
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        return f"Grades in {len(names)} classes, from low to high: {', '.join(names[:10])}{more}."

    def title(self, schema: Classes, nouns: str) -> tuple[str, str]:
        """Returns how many classes there are, and which."""
        names = schema.class_names
        what = f"grades {nouns}, from low to high: {some_names(names)}"
        return f"{nouns} in {len(names)} classes with an order", what

    def comes_out(self, schema: Classes) -> list[str]:
        """Returns what the probabilities are, and how they become an answer."""
        return [
            *super().comes_out(schema),
            "The answer is their median: added up from the first, the class at which they reach a half. Its mean "
            "absolute error in steps is what was measured; that of the most probable class, which clients such as "
            "MediaPipe say, may be larger.",
        ]

    def limits(self, schema: Classes, described: JsonFields) -> list[str]:
        """Says what the steps stand for."""
        steps = "Steps between neighbouring classes count alike, whatever they mean to people."
        return [*super().limits(schema, described), steps]


ANSWERING = OrderAnswering()
