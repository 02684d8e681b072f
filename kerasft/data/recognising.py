"""How likely a table is meant for a task whose answers can be told by looking at them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from kerasft.base.errors import KerasftError
from kerasft.contract.examination import Examination
from kerasft.data.samples import sample_of


def likelihood_of_table(
    wish: Examination, sample: str, of_inputs: Callable[[Examination], float], fits: Callable[[Path], bool]
) -> float:
    """Returns 1.0 for the task's own sample data and for a table whose answers fit, else 0.0.

    Args:
        wish: What is examined.
        sample: The name of the sample data.
        of_inputs: How likely data is of the task's kind of example.
        fits: Whether the answers in a table look like the task's; a table that can't be read does not, and its reader
            tells why.
    """
    if sample_of(str(wish.source), (sample,)):
        return 1.0
    path = Path(wish.source).expanduser()
    if not path.is_file() or not of_inputs(wish):
        return 0.0
    with contextlib.suppress(KerasftError):
        return float(fits(path))
    return 0.0
