"""What the report of a run says of labels: scores, data, each label, what is together, and the worst examples."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.base.decisions import FEWEST
from kerasft.base.statistics import RESAMPLES, Interval
from kerasft.contract.sections import Reported, Section, rendered_sections
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Split, Splits
from kerasft.data.origins import origin_sentences
from kerasft.targets.labels.charts import precision_recall, reliability
from kerasft.targets.labels.evaluation import LabelEvaluation
from kerasft.targets.labels.intervals import label_intervals
from kerasft.targets.labels.schema import Labels

MOST_LISTED = 24  # examples with wrong labels
MOST_PER_LABEL = 4  # examples of a label that are wrong
MOST_CHARTS = 40  # labels with a chart
MOST_TOGETHER = 30  # labels in the table of what is together


def label_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections; their templates are `assets/labels/*.html`."""
    splits, evaluation = reported.splits, cast(LabelEvaluation, reported.evaluation)
    explained, mistakes = reported.explained, evaluation.mistakes()
    listed = mistakes[:MOST_LISTED].tolist()
    few = 0 < len(explained.by_row) < len(listed)
    which = f"the first {len(explained.by_row)}" if few else "each"
    values = {
        "phase": reported.phase,
        "noun": splits.reading.noun,
        "layout": f" {showing.layout}" if showing.layout else "",
        "about": showing.about,
        "evaluation": evaluation,
        "score": Interval(evaluation.score, *evaluation.interval),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(splits.reading.noun),
        "calibration": reported.calibration,
        "data": _data(splits),
        "origins": origin_sentences(reported.data),
        "labels": _labels(evaluation, splits, showing),
        "fewest": FEWEST,
        "together": _together(np.asarray(splits.train.targets), cast(Labels, splits.schema)),
        "cards": [
            {**_card(evaluation, splits.test, row, showing), **explained.by_row.get(row, {})}
            for row in listed
        ],
        "wrong": len(mistakes),
        "explained": explained,
        "legend": showing.legend(which, explained.method, "the label that is wrong by most"),
        "beside": any("why" in each for each in explained.by_row.values()),
        "units": evaluation.units,
        "resamples": RESAMPLES,
    }
    return rendered_sections(
        "labels",
        values,
        {"result": "Result", "data": "Data"},
        {"labels": "Labels", "examples": "Wrong labels"},
    )


def _data(splits: Splits) -> dict[str, object]:
    counts = {name: np.asarray(getattr(splits, name).targets) for name in SPLITS}
    return {
        "source": str(splits.source),
        "sizes": {name: len(each) for name, each in counts.items()},
        "bare": {name: int((each.sum(axis=1) == 0).sum()) for name, each in counts.items()},
        "labels": [
            {"name": name, "counts": [int(each[:, k].sum()) for each in counts.values()]}
            for k, name in enumerate(splits.class_names)
        ],
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
    }


def _labels(evaluation: LabelEvaluation, splits: Splits, showing: Showing) -> list[dict[str, object]]:
    """Returns each label's scores, its chart, and the examples in which it is most wrong."""
    wrong, off = evaluation.decided != evaluation.truth, np.abs(evaluation.probabilities - evaluation.truth)
    found, sure = [], label_intervals(evaluation)
    for k, scores in enumerate(evaluation.labels):
        rows = np.flatnonzero(wrong[:, k])
        rows = rows[np.argsort(-off[rows, k], kind="stable")][:MOST_PER_LABEL]
        cards = [
            {
                **showing.example(splits.test, int(row)),
                "probability": float(evaluation.probabilities[row, k]),
                "present": bool(evaluation.truth[row, k]),
            }
            for row in (rows if k < MOST_CHARTS else ())
        ]
        drawn = (precision_recall, reliability) if scores.support and k < MOST_CHARTS else ()
        charts = [draw(evaluation, k) for draw in drawn]
        found.append(
            {
                "scores": scores,
                "sure": sure[k],
                "charts": charts,
                "cards": cards,
                "wrong": int(wrong[:, k].sum()),
            }
        )
    return found


def _together(train: np.ndarray, schema: Labels) -> dict[str, object]:
    """Returns how many training examples of a label have another one too, for the most common labels."""
    common = np.sort(np.argsort(-train.sum(axis=0), kind="stable")[:MOST_TOGETHER])
    counts = (train[:, common].T @ train[:, common]).astype(int)
    own = np.maximum(counts.diagonal(), 1)
    rows = [
        {
            "name": schema.class_names[place],
            "cells": [
                {"count": int(count), "share": float(count / own[row]), "own": row == column}
                for column, count in enumerate(counts[row])
            ],
        }
        for row, place in enumerate(common)
    ]
    return {"rows": rows, "left_out": train.shape[1] - len(common)}


def _card(evaluation: LabelEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    decided, truth = evaluation.decided[row], evaluation.truth[row]
    names = evaluation.meant.names_of
    return {
        **showing.example(split, int(row)),
        "answer": ", ".join(names(decided)),
        "truth": ", ".join(names(truth)),
        "missing": names(truth & ~decided),
        "extra": names(decided & ~truth),
    }
