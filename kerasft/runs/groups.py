"""The groups that a run was split by: which of its test examples belong together."""

from __future__ import annotations

from pathlib import Path

from kerasft.base.errors import InputError
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Split
from kerasft.contract.units import Units
from kerasft.data.group_column import group_names
from kerasft.data.grouping import units_of
from kerasft.runs.run import Run


def units_of_run(run: Run, split: Split) -> Units | None:
    """Returns what of a run's test split belongs together; None where nothing does, or everything."""
    own = own_groups(run, split)
    if own is None:
        return None
    units = Units(own[0], units_of(own[1], [each.encode() for each in split.ids]))
    return units if units.count > 1 else None


def own_groups(run: Run, split: Split) -> tuple[str, tuple[str, ...]] | None:
    """Returns the groups that a run was split by, of its test examples; None where it was not, or they aren't known."""
    group = run.config["data"].get("group")
    if not isinstance(group, str):
        return None
    try:
        return groups_of(run, group, split)
    except InputError:  # a test split of its own has none, those of arrays and of a lost file are gone
        return None


def groups_of(run: Run, group: str | Path, split: Split) -> tuple[str, tuple[str, ...]]:
    """Returns what groups are called, and that of each test example of a run: see `group_names`."""
    inputs = task_of(run.model_config.task).inputs
    return group_names(group, run.config["data"], split.ids, inputs.column_of_table)
