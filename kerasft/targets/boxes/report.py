"""What the report of a run says of boxes: scores, data, each class, the kinds of errors, and the worst answers."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.base.decisions import FEWEST
from kerasft.base.statistics import RESAMPLES, Interval
from kerasft.contract.sections import Reported, Section, rendered_sections
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Splits
from kerasft.data.origins import origin_sentences
from kerasft.targets.boxes.anchors import STRIDES
from kerasft.targets.boxes.cards import MOST_LISTED, card
from kerasft.targets.boxes.charts import precision_recall
from kerasft.targets.boxes.errors import KINDS
from kerasft.targets.boxes.evaluation import BoxEvaluation
from kerasft.targets.boxes.geometry import areas, to_model
from kerasft.targets.boxes.painting import css_colour
from kerasft.targets.boxes.schema import Boxes

MOST_CHARTS = 30  # classes with a chart, those with the most boxes
MOST_IN_TABLE = 25  # classes of a confusion matrix
ABOUT = dict(
    zip(
        KINDS,
        (
            "on a box, but of another class",
            "of the right class, but overlapping its box by less than half",
            "near a box of another class, and not on it",
            "on a box that a better detection has found",
            "where no box is near",
            "a box that nothing found, not even with another class or beside it",
        ),
        strict=True,
    )
)


def box_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections; their templates are `assets/boxes/*.html`."""
    splits, evaluation = reported.splits, cast(BoxEvaluation, reported.evaluation)
    mistakes = evaluation.mistakes()
    values = {
        "phase": reported.phase,
        "noun": splits.reading.noun,
        "evaluation": evaluation,
        "coco": evaluation.coco,
        "decided": evaluation.decided,
        "calibration": reported.calibration,
        "score": Interval(evaluation.score, *evaluation.interval),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(splits.reading.noun),
        "data": _data(splits),
        "origins": origin_sentences(reported.data),
        "classes": evaluation.classes,
        "sure": evaluation.class_intervals,
        "fewest": FEWEST,
        "colours": [css_colour(number) for number in range(len(evaluation.classes))],
        **_charts(evaluation),
        "confusion": _confusion(evaluation),
        "confused": _confused(evaluation),
        "errors": _errors(evaluation),
        "about": ABOUT,
        "cards": [card(evaluation, splits.test, int(row), showing) for row in mistakes[:MOST_LISTED]],
        "wrong": len(mistakes),
        "units": evaluation.units,
        "resamples": RESAMPLES,
    }
    return rendered_sections(
        "boxes",
        values,
        {"result": "Result", "data": "Data"},
        {"classes": "Classes", "errors": "Errors", "examples": "Wrong boxes"},
    )


def _data(splits: Splits) -> dict[str, object]:
    schema = cast(Boxes, splits.schema)
    targets = {name: np.asarray(getattr(splits, name).targets) for name in SPLITS}
    counts = {name: _counted(each, len(schema.class_names)) for name, each in targets.items()}
    sides = [_sides(each, schema) for each in targets.values()]
    return {
        "source": str(splits.source),
        "image_size": schema.image_size,
        "resize": schema.resize,
        "stride": STRIDES[0],
        "sizes": {name: len(each) for name, each in targets.items()},
        "classes": [
            {"name": name, "colour": css_colour(k), "counts": [int(each[k]) for each in counts.values()]}
            for k, name in enumerate(schema.class_names)
        ],
        "totals": {
            f"all {splits.reading.noun}s": [len(each) for each in targets.values()],
            f"{splits.reading.noun}s without boxes": [
                int((~schema.present(each).any(axis=1)).sum()) for each in targets.values()
            ],
            "crowds, which don’t count": [int((each[:, 1:, 5] > 0).sum()) for each in targets.values()],
        },
        "sides": {
            title: [float(np.percentile(each, share)) if len(each) else None for each in sides]
            for title, share in (("smallest tenth up to", 10), ("median", 50), ("largest tenth from", 90))
        },
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
    }


def _counted(targets: np.ndarray, classes: int) -> np.ndarray:
    """Returns how many boxes that count there are of each class."""
    there = (targets[..., 4] >= 0) & (targets[..., 5] == 0)
    return np.bincount(targets[..., 4][there].astype(int), minlength=classes)


def _sides(targets: np.ndarray, schema: Boxes) -> np.ndarray:
    """Returns the root of the area of each box that counts, in pixels of the model's images."""
    boxes = to_model(targets[:, 1:, :4], targets[:, 0, 2:4], schema.image_size, schema.resize)
    return np.sqrt(areas(boxes)[(targets[:, 1:, 4] >= 0) & (targets[:, 1:, 5] == 0)])


def _charts(evaluation: BoxEvaluation) -> dict[str, object]:
    classes = evaluation.classes
    order = sorted((k for k, one in enumerate(classes) if one.boxes), key=lambda k: -classes[k].boxes)
    drawn = [(classes[k].name, precision_recall(evaluation, k)) for k in sorted(order[:MOST_CHARTS])]
    together = [("", precision_recall(evaluation))] if len(classes) > 1 else []
    return {"charts": [*together, *drawn], "hidden_charts": max(len(order) - MOST_CHARTS, 0)}


def _confusion(evaluation: BoxEvaluation) -> dict[str, object] | None:
    """Returns the matrix as a table of counts and shares of the row; None for too many classes."""
    counts, names = evaluation.confusion, evaluation.meant.class_names
    if len(names) > MOST_IN_TABLE:
        return None
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = [
        [
            {"count": int(counts[row, column]), "share": float(shares[row, column]), "right": row == column}
            for column in range(len(counts))
        ]
        for row in range(len(counts))
    ]
    return {"names": [*names, ""], "rows": rows}


def _confused(evaluation: BoxEvaluation, most: int = 10) -> list[dict[str, object]]:
    """Returns the pairs of classes that are taken for each other most, as shares of the true class's boxes."""
    counts, names = evaluation.confusion, evaluation.meant.class_names
    wrong, totals = counts[:-1, :-1] * (1 - np.eye(len(names), dtype=np.int64)), counts.sum(axis=1)
    places = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = (divmod(int(place), len(names)) for place in places)
    return [
        {"true": names[i], "said": names[j], "share": wrong[i, j] / totals[i], "count": int(wrong[i, j])}
        for i, j in pairs
        if wrong[i, j]
    ]


def _errors(evaluation: BoxEvaluation) -> list[dict[str, object]]:
    largest = max(max(each.gain for each in evaluation.errors), 1e-9)
    return [
        {"name": each.name, "count": each.count, "gain": each.gain, "width": max(each.gain, 0) / largest}
        for each in evaluation.errors
    ]
