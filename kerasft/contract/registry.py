"""Finding tasks: the folders of `kerasft.tasks`, and what other packages have under the entry point of that name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from kerasft.contract.task import Task

GROUP = "kerasft.tasks"


@cache
def task_names() -> tuple[str, ...]:
    """Returns the names of all tasks, sorted; none of them is imported."""
    package = importlib.import_module(GROUP)
    found = {module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg}
    return tuple(sorted(found | {point.name for point in entry_points(group=GROUP)}))


def task_of(name: str) -> Task:
    """Returns a task by its name, such as "image_classification".

    Raises:
        InputError: There is no such task.
    """
    if name not in task_names():
        hint = did_you_mean(str(name), task_names(), "use one of " + ", ".join(task_names()))
        raise InputError(Problem("the task is unknown", repr(name), hint))
    return _load(name)


@cache
def _load(name: str) -> Task:
    for point in entry_points(group=GROUP):
        if point.name == name:
            return point.load()
    return importlib.import_module(f"{GROUP}.{name}.task").TASK
