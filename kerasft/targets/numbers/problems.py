"""What keeps a task whose answers are numbers from being trained as asked."""

from __future__ import annotations

from kerasft.base.errors import Problem
from kerasft.base.options import flag
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema

_OF_CLASSES = {"label_smoothing": 0, "focal_gamma": 0, "class_weight": "none"}  # and what they are without


def training_problems(training: Training) -> list[Problem]:
    """Returns what only classes have."""
    return [
        Problem(f"numbers have no {name.replace('_', ' ')}", str(given), f"leave out {flag(name)}")
        for name, without in _OF_CLASSES.items()
        if (given := getattr(training, name)) != without
    ]


def number_problems(of_data: Schema, of_model: Schema) -> list[Problem]:
    """Returns that data and model have another number, if they do."""
    if of_data == of_model:
        return []
    hint = "build the model with schema=splits.schema"
    return [Problem("the data and the model have another number", str(of_model), hint)]
