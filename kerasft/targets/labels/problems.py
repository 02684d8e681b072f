"""What keeps a task of several labels from being trained as asked."""

from __future__ import annotations

from kerasft.base.errors import Problem
from kerasft.base.wording import shorten


def label_problems(of_data: tuple[str, ...], of_model: tuple[str, ...]) -> list[Problem]:
    """Returns that data and model have other labels, if they do."""
    if of_data == of_model:
        return []
    hint = "build the model with schema=splits.schema"
    received = f"{shorten(of_data)} and {shorten(of_model)}"
    return [Problem("the data and the model have other labels", received, hint)]
