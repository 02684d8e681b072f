"""What the report of a run says of classes: data, scores, confusion matrix, mistakes, confidence and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from markupsafe import Markup

from kerasft.base.calibrating import calibration_bins
from kerasft.base.decisions import DecisionIntervals
from kerasft.base.json_values import JsonFields
from kerasft.base.pages import page_environment
from kerasft.base.statistics import RESAMPLES, Interval
from kerasft.contract.sections import Explained, Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Split, Splits
from kerasft.data.origins import origin_sentences
from kerasft.formats.reliability import reliability_diagram
from kerasft.targets.classes import confusion, samples
from kerasft.targets.classes.calibration import calibration_error
from kerasft.targets.classes.evaluation import ClassEvaluation
from kerasft.targets.classes.groups import FEWEST_EXAMPLES
from kerasft.targets.classes.intervals import bootstrap

FEW_UNITS = 20  # fewer, and intervals that draw them are too narrow


CONFIDENT = (
    "Most confident mistakes",
    "Wrong, and sure of it: look here first for wrong labels and for classes that overlap.",
)


def class_sections(
    reported: Reported,
    showing: Showing,
    tiles: Sequence[dict[str, object]] = (),
    mistakes_are: tuple[str, str] = CONFIDENT,
) -> list[Section]:
    """Returns the sections; their templates are `assets/classes/*.html`.

    Args:
        reported: The run; its evaluation is a `ClassEvaluation`.
        showing: How its examples are shown.
        tiles: Scores that stand before the others: see `tile`.
        mistakes_are: What the first mistakes are called, and why they are to be looked at.
    """
    splits, evaluation = reported.splits, cast(ClassEvaluation, reported.evaluation)
    noun, explained = splits.reading.noun, reported.explained
    examples = _examples(evaluation, splits.test, explained, showing, mistakes_are)
    mistakes = min(len(evaluation.mistakes()), samples.MOST_LISTED)
    few = 0 < len(explained.by_row) < mistakes
    which = f"the first {len(explained.by_row)}" if few else "each"
    values = {
        "phase": reported.phase,
        "noun": noun,
        "layout": f" {showing.layout}" if showing.layout else "",
        "about": showing.about,
        "data": _data(splits, origin_sentences(reported.data), showing),
        "metrics": _metrics(evaluation, noun, splits.train.labels, tiles),
        "classes": _classes(evaluation, splits),
        "confusion": _confusion(evaluation),
        "examples": examples,
        "explained": explained,
        "legend": showing.legend(which, explained.method),
        "beside": any("why" in each for each in explained.by_row.values()),
        "confidence": _confidence(evaluation),
        "calibration": reported.calibration,
        "groups": reported.groups,
        "units": evaluation.units,
        "few_units": FEW_UNITS,
        "fewest": FEWEST_EXAMPLES,
        "limits": samples,
        "resamples": RESAMPLES,
    }
    environment = page_environment()

    def section(
        anchor: str, title: str, template: str, first: bool = False, behind: JsonFields | None = None
    ) -> Section:
        html = environment.get_template(f"classes/{template}.html").render(values)
        return Section(anchor, title, Markup(html), first, behind or {})

    behind = confusion.behind_cells(evaluation, splits.test, showing)
    found = [
        section("result", "Result", "result", first=True),
        section("data", "Data", "data", first=True),
        section("classes", "Classes", "scores"),
        section("confusion", "Confusion matrix", "confusion", behind=behind),
        section("examples", "Mistakes", "examples"),
        section("confidence", "Confidence", "confidence"),
    ]
    return found if reported.groups is None else [*found, section("groups", "Groups", "groups")]


def _data(splits: Splits, origins: list[str], showing: Showing) -> dict[str, object]:
    counts = {
        name: np.bincount(getattr(splits, name).labels, minlength=len(splits.class_names)) for name in SPLITS
    }
    shown = samples.of_each_class(splits.train, len(splits.class_names), showing)
    classes: list[dict[str, object]] = [
        {"name": name, "counts": [int(counts[split][i]) for split in SPLITS], "examples": shown[i]}
        for i, name in enumerate(splits.class_names)
    ]
    largest = max(1, *counts[SPLITS[0]].tolist())
    return {
        "source": str(splits.source),
        "totals": {name: int(counts[name].sum()) for name in SPLITS},
        "classes": classes,
        "largest": largest,
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
        "shown": sum(map(len, shown)),
        "origins": origins,
    }


def _metrics(
    evaluation: ClassEvaluation, noun: str, trained_on: np.ndarray, before: Sequence[dict[str, object]]
) -> dict[str, object]:
    intervals = bootstrap(evaluation)
    count = len(evaluation.labels)
    right = int(evaluation.right.sum())
    tiles: list[dict[str, object]] = [
        *before,
        tile("accuracy", intervals["accuracy"], "share of right answers", percent=True),
        tile("macro F1", intervals["macro_f1"], "mean over the classes, each counting the same"),
    ]
    if "top5" in intervals:
        note = "the class is among the five most probable"
        tiles.append(tile("top-5 accuracy", intervals["top5"], note, percent=True))
    tiles.append(tile("log loss", intervals["log_loss"], "lower is better, in nats", expert=True))
    return {
        "count": count,
        "right": right,
        "tiles": tiles,
        "majority": float(np.mean(evaluation.labels == np.bincount(trained_on).argmax())),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(noun),
        "possible_errors": 1 - intervals["accuracy"].low if right == count else None,
    }


def tile(
    name: str, interval: Interval, note: str, percent: bool = False, expert: bool = False
) -> dict[str, object]:
    """Returns a score as the page shows it; those for experts are folded."""
    return {"name": name, "interval": interval, "note": note, "percent": percent, "expert": expert}


def _classes(evaluation: ClassEvaluation, splits: Splits) -> list[dict[str, object]]:
    wrong = evaluation.confusion.copy()
    np.fill_diagonal(wrong, 0)
    trained = np.bincount(splits.train.labels, minlength=len(wrong))
    rows, predictions = [], evaluation.predictions
    for i, each in enumerate(evaluation.classes):
        other = int(wrong[i].argmax())
        confused = {"name": evaluation.class_names[other], "count": int(wrong[i, other]), "index": other}
        rows.append(
            {
                "index": i,
                "scores": each,
                "sure": DecisionIntervals.of(
                    evaluation.labels == i, predictions == i, evaluation.unit_numbers
                ),
                "train": int(trained[i]),
                "other": confused if wrong[i].any() else None,
            }
        )
    return rows


def _confusion(evaluation: ClassEvaluation) -> dict[str, object]:
    small = len(evaluation.classes) <= confusion.MOST_IN_TABLE
    wrong = int(evaluation.confusion.sum() - np.trace(evaluation.confusion))
    return {
        "rows": confusion.rows(evaluation) if small else [],
        "flat": max(len(name) for name in evaluation.class_names) <= 3,
        "picture": "" if small else confusion.picture(evaluation),
        "pairs": confusion.pairs(evaluation),
        "wrong": wrong,
    }


def _examples(
    evaluation: ClassEvaluation,
    split: Split,
    explained: Explained,
    showing: Showing,
    mistakes_are: tuple[str, str],
) -> list[dict[str, object]]:
    wrong, unsure = evaluation.mistakes(), samples.least_certain(evaluation)
    listed = wrong[: samples.MOST_LISTED].tolist()
    return [
        {
            "title": mistakes_are[0],
            "about": mistakes_are[1],
            "total": len(wrong),
            "cards": [
                {**_card(evaluation, split, row, showing), **explained.by_row.get(row, {})} for row in listed
            ],
        },
        {
            "title": "Least certain",
            "about": "The two most probable classes are closest here: labels for more like these help most.",
            "total": len(unsure),
            "cards": [_card(evaluation, split, row, showing) for row in unsure[: samples.MOST_LISTED]],
        },
    ]


def _card(evaluation: ClassEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    names, probabilities = evaluation.class_names, evaluation.probabilities[row]
    best, answer = np.argsort(-probabilities, kind="stable")[:2].tolist(), int(evaluation.predictions[row])
    true = int(evaluation.labels[row])
    others = [index for index in (*best, true) if index != answer]
    return {
        **showing.example(split, row),
        "true": names[true],
        "answer": names[answer],
        "right": answer == true,
        "probability": float(probabilities[answer]),
        "others": [(names[index], float(probabilities[index])) for index in dict.fromkeys(others)],
    }


def _confidence(evaluation: ClassEvaluation) -> dict[str, object]:
    bins = calibration_bins(evaluation.confidence, evaluation.right)
    label = "share of right answers against their probability"
    confidence = float(evaluation.confidence.mean())
    return {
        "bins": bins,
        "curve": reliability_diagram(bins, label, "probability of the answer", "share right"),
        "ece": calibration_error(evaluation.probabilities, evaluation.labels),
        "mean": confidence,
        "surer": confidence - evaluation.accuracy,
    }
