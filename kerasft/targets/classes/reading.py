"""From the labels of a source to its classes, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kerasft.base.class_names import class_name_problems, in_order
from kerasft.base.errors import Problem, did_you_mean
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place

Labels = Mapping[
    str, Collection[str]
]  # the splits that each is in, "" for one to be drawn; none: no examples


def as_class_names(
    class_names: str | Iterable[object] | None, problems: list[Problem]
) -> tuple[str, ...] | None:
    """Returns a caller's class list as a tuple; what is wrong with it is added to `problems`."""
    if class_names is None:
        return None
    names = tuple(str(name) for name in ([class_names] if isinstance(class_names, str) else class_names))
    if len(names) < 2 or len(set(names)) < len(names):
        what = "class_names must be two or more different names"
        problems.append(Problem(what, shorten(names), "give the class list of the model"))
    problems += class_name_problems(sorted(set(names)), "class_names")
    return names


def read_class_names(
    labels: Labels, wanted: tuple[str, ...] | None, place: Place
) -> tuple[tuple[str, ...], list[Problem]]:
    """Returns the classes in label order, and what is wrong with them; see `Targets.find_schema`."""
    found = [name for name, splits in labels.items() if splits]
    names = tuple(found) if place.in_order else in_order(found)
    problems = class_name_problems(in_order(labels), place.flag)
    if wanted is not None:
        return wanted, problems + _saved_class_problems(names, wanted, place)
    if place.complete and (place.folders or not problems):
        unseen = [name for name in names if not {"", "train"} & set(labels[name])]
        if place.folders or len(unseen) < len(names):  # else it isn't the classes that lack training examples
            problems += [_unseen_class_problem(name, labels[name], place) for name in sorted(unseen)]
        in_training = tuple(name for name in names if name not in unseen)
        problems += _few_classes_problem(in_training if place.folders else names, place)
    return names, problems


def _saved_class_problems(found: tuple[str, ...], saved: tuple[str, ...], place: Place) -> list[Problem]:
    """Compares the classes of a source with a class list that is already fixed (trap 17)."""
    problems = [
        Problem(
            "a class is not in the saved class list",
            repr(name),
            did_you_mean(name, saved, f"remove or rename it in {place.flag}; the list is: {shorten(saved)}"),
        )
        for name in sorted(found)
        if name not in saved
    ]
    missing = [name for name in saved if name not in found] if place.all_needed else []
    if missing:
        what = f"classes of the saved class list have no {place.noun}s"
        problems.append(Problem(what, shorten(missing), f"add them to {place.flag}"))
    return problems


def _unseen_class_problem(name: str, splits: Collection[str], place: Place) -> Problem:
    """Returns the problem of a class that only validation or test examples have."""
    if place.folders:
        where = f"{name!r} in {' and '.join(sorted(splits))}"
        return Problem("a class is not among the training classes", where, "add it to train/, or remove it")
    what = "a label is not among the training labels"
    return Problem(what, repr(name), "add rows of it with the split train, or remove it")


def _few_classes_problem(names: tuple[str, ...], place: Place) -> list[Problem]:
    if len(names) >= 2:
        return []
    found = f"only one class, {names[0]!r}" if names else "no classes"
    return [Problem(f"the data has {found}: at least two are needed", place.received, place.next_step)]
