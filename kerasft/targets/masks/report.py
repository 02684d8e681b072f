"""What the report of a run says of masks: scores, data, each class, and the worst answers."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.base.decisions import FEWEST
from kerasft.base.statistics import RESAMPLES, Interval
from kerasft.contract.sections import Reported, Section, rendered_sections
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Split, Splits
from kerasft.data.origins import origin_sentences
from kerasft.targets.masks.evaluation import MaskEvaluation
from kerasft.targets.masks.painting import colour_of, data_url
from kerasft.targets.masks.schema import IGNORED, Masks

MOST_LISTED = 24  # examples with wrong pixels
_PIXELS = 128  # of a mask on the page, at most


def mask_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections; their templates are `assets/masks/*.html`."""
    splits, evaluation = reported.splits, cast(MaskEvaluation, reported.evaluation)
    mistakes = evaluation.mistakes()
    values = {
        "phase": reported.phase,
        "noun": splits.reading.noun,
        "evaluation": evaluation,
        "score": Interval(evaluation.score, *evaluation.interval),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(splits.reading.noun),
        "data": _data(splits),
        "origins": origin_sentences(reported.data),
        "classes": evaluation.classes,
        "sure": evaluation.class_intervals,
        "fewest": FEWEST,
        "confused": _confused(evaluation),
        "cards": [_card(evaluation, splits.test, int(row), showing) for row in mistakes[:MOST_LISTED]],
        "wrong": len(mistakes),
        "units": evaluation.units,
        "resamples": RESAMPLES,
    }
    return rendered_sections(
        "masks",
        values,
        {"result": "Result", "data": "Data"},
        {"classes": "Classes", "examples": "Wrong pixels"},
    )


def _data(splits: Splits) -> dict[str, object]:
    schema = cast(Masks, splits.schema)
    masks = {name: np.asarray(getattr(splits, name).targets) for name in SPLITS}
    there = {name: schema.present(each).sum(axis=0) for name, each in masks.items()}
    shares = schema.shares or [0.0] * len(schema.class_names)
    return {
        "source": str(splits.source),
        "sizes": {name: len(each) for name, each in masks.items()},
        "ignored": {
            name: float(np.mean(each == IGNORED)) if len(each) else 0.0 for name, each in masks.items()
        },
        "classes": [
            {
                "name": name,
                "colour": colour_of(schema.values[k]),
                "share": shares[k],
                "counts": [int(each[k]) for each in there.values()],
            }
            for k, name in enumerate(schema.class_names)
        ],
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
    }


def _confused(evaluation: MaskEvaluation, most: int = 10) -> list[dict[str, object]]:
    """Returns the pairs of classes that are taken for each other most, as shares of the true class's pixels."""
    wrong = evaluation.confusion * (1 - np.eye(len(evaluation.confusion), dtype=np.int64))
    names, totals = evaluation.meant.class_names, evaluation.confusion.sum(axis=1)
    places = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = (divmod(int(place), len(names)) for place in places)
    return [
        {"true": names[i], "said": names[j], "share": wrong[i, j] / totals[i], "pixels": int(wrong[i, j])}
        for i, j in pairs
        if wrong[i, j]
    ]


def _card(evaluation: MaskEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    numbers = evaluation.meant.numbers
    return {
        **showing.example(split, row),
        "truth": data_url(numbers[evaluation.truth[row]], _PIXELS),
        "answer": data_url(numbers[evaluation.found[row]], _PIXELS),
        "iou": float(evaluation.per_example[row]),
    }
