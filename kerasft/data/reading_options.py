"""What every recipe asks about its data, said once: a recipe's `Config` inherits these fields, and so these flags."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from kerasft.base.options import option


@dataclass(frozen=True)
class Reading:
    """Where the data is, and how it becomes three splits."""

    data: str = option("", "a folder, a table or tfds:NAME", kind="data")
    data_dir: str | None = option(None, "where TFDS keeps its data sets")
    validation_data: str | None = option(
        None, "a validation set of your own; nothing is then taken from --data for it", kind="data"
    )
    test_data: str | None = option(
        None, "a test set of your own; nothing is then taken from --data for it", kind="data"
    )
    validation_share: float = option(
        0.15, "share of --data for validation, if it has no such split", above=0, below=0.9
    )
    test_share: float = option(
        0.15, "share of --data for the test, if it has no such split", above=0, below=0.9
    )
    group: str | None = option(
        None,
        "keep each patient, customer or video in one split: the column that names it, "
        "or a CSV file with the columns id and group",
    )

    def reading(self) -> dict[str, Any]:
        """Returns the arguments of the task's reader, but for the data."""
        return {name: getattr(self, name) for name in reading_names(type(self)) if name != "data"}


def reading_names(kind: type) -> tuple[str, ...]:
    """Returns which fields of a config are about reading the data: those of the `Reading` that it inherits, if any."""
    readings = [
        each
        for each in kind.__mro__
        if issubclass(each, Reading) and all(issubclass(base, Reading) for base in each.__mro__[:-1])
    ]
    return tuple(field.name for field in dataclasses.fields(readings[0])) if readings else ()
