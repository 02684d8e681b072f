"""From the labels of a source to its schema, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kerasft.base.class_names import class_name_problems, in_order
from kerasft.base.errors import Problem, did_you_mean
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place
from kerasft.targets.labels.schema import Labels, label_list_problems
from kerasft.targets.labels.spelling import KEPT, names_in

Texts = Mapping[str, Collection[str]]  # the splits that each text of labels is in, "" for one to be drawn


def as_labels(given: Labels | str | Iterable[object] | None, problems: list[Problem]) -> Labels | None:
    """Returns a caller's schema or list of labels as a schema; what is wrong with it is added to `problems`."""
    if given is None or isinstance(given, Labels):
        return given
    names = tuple(str(name) for name in ([given] if isinstance(given, str) else given))
    problems += label_list_problems(names)
    return Labels(names)


def find_labels(texts: Texts, wanted: Labels | None, place: Place) -> tuple[Labels, list[Problem]]:
    """Returns the labels in their order, and what is wrong with them; see `Targets.find_schema`."""
    found: dict[str, set[str]] = {}
    for text, splits in texts.items():
        for name in names_in(text):
            found.setdefault(name, set()).update(splits)
    if wanted is not None:
        return wanted, _unknown_problems(found, wanted, place)
    schema = Labels(in_order(found))
    problems = class_name_problems(schema.class_names, place.flag)
    if place.folders and not any(KEPT in text for text in texts):
        what = (
            f"no {place.noun} is in two folders, so that each has one label, and this model is about several"
        )
        step = f"put each {place.noun} into the folder of each of its labels, or give a table with a column of labels"
        problems.append(Problem(what, place.received, step))
    elif place.complete:
        problems += _training_problems(found, place)
    return schema, problems


def _unknown_problems(found: Mapping[str, set[str]], wanted: Labels, place: Place) -> list[Problem]:
    known = wanted.class_names
    problems = [
        Problem(
            "a label is not among those of the model",
            repr(name),
            did_you_mean(name, known, f"remove or rename it in {place.flag}; they are: {shorten(known)}"),
        )
        for name in sorted(found)
        if name not in known
    ]
    missing = [name for name in known if name not in found]
    if place.all_needed and missing:
        what = f"labels of the model are on no {place.noun}"
        problems.append(Problem(what, shorten(missing), f"add them to {place.flag}"))
    return problems


def _training_problems(found: Mapping[str, set[str]], place: Place) -> list[Problem]:
    if not found:
        return [Problem(f"no {place.noun} has a label", place.received, place.next_step)]
    return [
        Problem(
            "a label is not among the training labels",
            f"{name!r} in {' and '.join(sorted(splits))}",
            "add rows of it with the split train, or remove it",
        )
        for name, splits in sorted(found.items())
        if not {"", "train"} & splits
    ]
