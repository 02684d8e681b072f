"""Checks of classes with an order, beside those of classes: whether the examples know of the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from kerasft.base.class_names import are_numbers
from kerasft.base.wording import plural, shorten
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Finding, Suspect
from kerasft.data.listing import Labelled
from kerasft.data.samples import sample_of
from kerasft.data.suspects import Judged, suspicions_of
from kerasft.targets.classes.examining import label_finding

_HARDLY = 0.6  # area under the ROC curve of two neighbours: 0.5 is chance
_FEWEST = 20  # examples of a class: of fewer, what is mistaken for what follows chance
_LEAST_GAIN = 0.1  # of the steps between classes that are mistaken for each other
_MANY = 0.01  # a share of labels that are suspected by more than a step
_MOST = 30  # classes whose order is looked for


def likelihood_of_order(wish: Examination, sample: str, of_inputs: Callable[[Examination], float]) -> float:
    """Returns how likely data is of classes with an order, which no data tells: it is meant by whoever gives an order.

    Args:
        wish: What is examined.
        sample: The name of the task's sample data.
        of_inputs: How likely data is of the task's kind of example.
    """
    if sample_of(str(wish.source), (sample,)):
        return 1.0
    return of_inputs(wish) if wish.order else 0.0


def gap_finding(names: Sequence[str], noun: str) -> list[Finding]:
    """Returns the finding on whole numbers between the classes that no example has; none where they are no numbers."""
    if not are_numbers(names) or any("." in name for name in names):
        return []
    numbers = sorted(map(int, names))
    missing = sorted(set(range(numbers[0], numbers[-1])) - set(numbers)) if numbers[-1] < 1000 else []
    if not missing or len(missing) >= len(numbers):
        return [Finding("gaps", "ok", "no class between two others is missing")]
    what = f"no {noun} is {shorten(map(str, missing))}, which lies between others"
    return [Finding("gaps", "note", what, "fine if there is no such class; else collect examples of it")]


def judged_findings(
    judged: Judged | None,
    items: Sequence[Labelled],
    names: tuple[str, ...],
    kept: Sequence[int],
    by: str,
    better: str = "",
) -> list[Finding]:
    """Returns the findings on the order, on neighbours, and on labels that are probably wrong, by many steps first.

    Args:
        judged: What a classifier says of examples that it has not seen; None: nothing could be judged.
        items: All examples.
        names: The classes, from the lowest to the highest.
        kept: The rows that are no copies of others: the examples that were judged.
        by: The judge.
        better: What would judge better.
    """
    if judged is None:
        return [order_finding(names, None, by), label_finding([], 1.0, items, names, by, 0, len(kept))]
    places = {name: place for place, name in enumerate(names)}
    found = [replace(each, row=int(kept[each.row])) for each in suspicions_of(judged)]
    steps = [abs(each.claimed - places[items[each.row].label]) for each in found]
    found = [found[k] for k in np.argsort(-np.array(steps, int), kind="stable")]
    labels = label_finding(found, judged.agreement, items, names, by, len(judged.rows), len(kept))
    if found:
        far = sum(step > 1 for step in steps)
        step = "look at those first" if far else "look at the worst"
        better = f"; {better}" if better else ""
        labels = replace(
            labels,
            what=f"{labels.what}; {far or 'none'} of them by two steps or more",
            level="warn" if far >= _MANY * len(items) else "note",
            next_step=f"{step}: one step may be a matter of taste{better}",
        )
    return [order_finding(names, judged, by), neighbour_finding(names, judged, by), labels]


def order_finding(names: Sequence[str], judged: Judged | None, by: str) -> Finding:
    """Returns whether classes that are mistaken for each other lie side by side in the order, as they should."""
    falling = are_numbers(names) and all(float(a) > float(b) for a, b in zip(names, names[1:], strict=False))
    if judged is not None and (found := better_order(judged)) is not None:
        order = [names[k] for k in found]
        what = f"classes that {by} takes for each other lie apart; it looks as if the order were {shorten(order, 12)}"
        return Finding(
            "order",
            "warn",
            what,
            "look at --order: the lowest first, or the highest first where that is the best",
        )
    if falling:
        what = f"the numbers fall: {names[0]} is the lowest, and {names[-1]} the highest"
        return Finding(
            "order", "note", what, "right where the smaller number is the better one; else leave out --order"
        )
    return Finding("order", "ok", f"from {names[0]} to {names[-1]}")


def neighbour_finding(names: Sequence[str], judged: Judged, by: str) -> Finding:
    """Returns which neighbours the judge hardly tells apart."""
    from sklearn.metrics import roc_auc_score

    near = []
    for k, (low, high) in enumerate(zip(judged.present, judged.present[1:], strict=False)):
        rows = np.isin(judged.labels, (k, k + 1))
        own = judged.probabilities[rows][:, k : k + 2]
        area = roc_auc_score(judged.labels[rows] == k + 1, own[:, 1] / own.sum(axis=1))
        if area < _HARDLY:
            near.append((area, Suspect(f"{names[low]}, {names[high]}", f"{area:.2f}, and 0.5 is chance")))
    if not near:
        return Finding("neighbours", "ok", f"{by} tells each class from the next")
    what = (
        f"{plural(len(near), 'pair')} of neighbours that {by} hardly tells apart (area under the ROC curve)"
    )
    step = "join them, or write down where one ends and the next begins"
    return Finding(
        "neighbours", "note", what, step, tuple(each for _, each in sorted(near, key=lambda each: each[0]))
    )


def better_order(judged: Judged) -> tuple[int, ...] | None:
    """Returns an order in which classes that are mistaken for each other lie closer, or None where there is none.

    Each half of the examples finds an order, and both must be better than the given one on the other half; on all
    examples the steps between what is mistaken for each other must be fewer by a tenth.
    """
    count = len(judged.present)
    if not 3 <= count <= _MOST or np.bincount(judged.labels).min() < _FEWEST:
        return None
    given, places = np.arange(count), np.zeros(len(judged.labels), int)
    for k in given:
        rows = np.flatnonzero(judged.labels == k)
        places[rows] = np.arange(len(rows)) % 2
    halves = [_mistaken(judged, places == half) for half in (0, 1)]
    for one, other in (halves, halves[::-1]):
        if _steps(other, _arranged(one)) >= _steps(other, given):
            return None
    everything = _mistaken(judged, places >= 0)
    best = _arranged(everything)
    if _steps(everything, best) > (1 - _LEAST_GAIN) * _steps(everything, given):
        return None
    ranks = np.argsort(best)  # class to place
    best = best[::-1] if np.corrcoef(ranks, given)[0, 1] < 0 else best
    return tuple(int(judged.present[k]) for k in best)


def _mistaken(judged: Judged, rows: np.ndarray) -> np.ndarray:
    """Returns how much two classes are mistaken for each other, float (classes, classes)."""
    count = len(judged.present)
    means = [judged.probabilities[rows & (judged.labels == k)].mean(axis=0) for k in range(count)]
    return np.array(means) + np.array(means).T


def _steps(mistaken: np.ndarray, order: np.ndarray) -> float:
    """Returns the steps between classes that are mistaken for each other, in an order (classes,)."""
    places = np.argsort(order)
    return float((mistaken * np.abs(places[:, None] - places)).sum())


def _arranged(mistaken: np.ndarray) -> np.ndarray:
    """Returns an order (classes,) with few steps: by the Fiedler vector, then one class after the other is moved."""
    degrees = np.diag(mistaken.sum(axis=1)) - mistaken
    order = np.argsort(np.linalg.eigh(degrees)[1][:, 1])
    while True:
        moved = [
            np.insert(np.delete(order, place), target, order[place])
            for place in range(len(order))
            for target in range(len(order))
        ]
        best = min(moved, key=lambda each: _steps(mistaken, each))
        if _steps(mistaken, best) >= _steps(mistaken, order) - 1e-12:
            return order
        order = best
