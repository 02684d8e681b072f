"""What of a test split belongs together: such examples are right or wrong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Units:
    """Which test examples belong together, since the run was split by groups.

    Args:
        column: What the groups are called.
        numbers: int64 (n,), the unit of each example; an example without a group is one by itself.
    """

    column: str
    numbers: np.ndarray

    @property
    def count(self) -> int:
        """How many units there are."""
        return len(np.unique(self.numbers))

    def __str__(self) -> str:
        """Returns "12 groups (patient)"."""
        return f"{self.count} groups ({self.column})"
