"""Classes with an order: which there are, and how far apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.wording import clip, plural
from kerasft.targets.classes.schema import Classes
from kerasft.targets.order.deciding import median


@dataclass(frozen=True)
class Order(Classes):
    """The classes of a data set or model, from the lowest to the highest: their order is that of their names."""

    def __str__(self) -> str:
        ends = (clip(name, 30) for name in (self.class_names[0], self.class_names[-1]))
        return f"{plural(len(self.class_names), 'class')} in order, from {' to '.join(map(repr, ends))}"

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Returns the median classes (...) of probabilities (..., classes)."""
        return median(probabilities)


def order_problems(of_data: Classes, of_model: Classes) -> list[Problem]:
    """Returns that data and model have other classes, or the same in another order, if they do."""
    if of_data == of_model:
        return []
    received = f"{list(of_data.class_names)} and {list(of_model.class_names)}"
    return [
        Problem(
            "the data and the model have other classes, or another order",
            received,
            "build the model with schema=splits.schema",
        )
    ]
