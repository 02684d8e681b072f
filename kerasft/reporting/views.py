"""Examples as training shows them to the model: a wrong flip is seen at once."""

from __future__ import annotations

import numpy as np

from kerasft.base.wording import clip
from kerasft.contract.splits import Splits
from kerasft.contract.task import Task
from kerasft.reporting.facts import Facts

MOST = 8  # examples, evenly over the training split
_LONGEST = 60  # characters of an answer


def training_views(task: Task, splits: Splits, facts: Facts) -> list[dict[str, object]]:
    """Returns examples of the training split with what the run's augmentation makes of them.

    Returns:
        For each its id, its answer as text where it is short, and two data URLs of images: `src` and `changed`. Nothing
        where training changed nothing, or as somebody's own function did, which no run keeps.
    """
    own = facts.config.get("own")
    if (isinstance(own, dict) and "augment" in own) or not len(splits.train):
        return []
    rows = np.unique(np.linspace(0, len(splits.train) - 1, MOST).round().astype(int))
    given = splits.train.subset(rows)
    seen = task.seen_in_training(given, splits, facts.training)
    if seen is None:
        return []
    show = task.inputs.showing.example
    short = (
        isinstance(given.targets, np.ndarray) and given.targets.ndim <= 2
    )  # maps and boxes are no text to read
    return [
        {
            **show(given, row),
            "changed": show(seen, row)["src"],
            "answer": clip(splits.schema.to_text(given.targets, row), _LONGEST) if short else "",
        }
        for row in range(len(given))
    ]
