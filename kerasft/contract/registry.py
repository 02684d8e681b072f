"""Finding tasks: the folders of `kerasft.tasks`, and what other packages have under the entry point of that name."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.contract.catalogue import Catalogue, Entry

if TYPE_CHECKING:
    from kerasft.contract.task import Task

GROUP = "kerasft.tasks"
KINDS = "kerasft.inputs"


@cache
def task_names() -> tuple[str, ...]:
    """Returns the names of all tasks, sorted; none of them is imported."""
    package = importlib.import_module(GROUP)
    found = {module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg}
    return tuple(sorted(found | _elsewhere().keys()))


@cache
def catalogues() -> tuple[Catalogue, ...]:
    """Returns the lists of backbones of all kinds of inputs; neither Keras nor a task is imported."""
    package = importlib.import_module(KINDS)
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg]
    found = [f"{KINDS}.{name}.backbones.catalog" for name in sorted(names)]
    return tuple(cast(Catalogue, importlib.import_module(name)) for name in found)


def entries_of(backbone: str) -> list[Entry]:
    """Returns what the catalogues say of a backbone that was named; nothing if none knows it."""
    found = []
    for each in catalogues():
        with contextlib.suppress(InputError):
            found.append(each.find(backbone))
    return found


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
    point = _elsewhere().get(name)
    if point is not None:
        return point.load()
    return importlib.import_module(f"{GROUP}.{name}.task").TASK


@cache
def _elsewhere() -> dict[str, EntryPoint]:
    """Returns the tasks of other packages by name; all that is installed has to be looked at for it."""
    return {point.name: point for point in entry_points(group=GROUP)}
