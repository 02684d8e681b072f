"""What the report of a run says of numbers: scores, predicted against true, errors, data, and the largest errors."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.base.statistics import RESAMPLES
from kerasft.contract.sections import Reported, Section, rendered_sections
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Split, Splits
from kerasft.data.origins import origin_sentences
from kerasft.targets.numbers.charts import residuals, scatter
from kerasft.targets.numbers.evaluation import NumberEvaluation
from kerasft.targets.numbers.schema import Numbers, rows_of

MOST_LISTED = 24  # examples with large errors
MOST_OF_DATA = 12  # examples of the training split, from the lowest to the highest
_QUANTILES = (0, 25, 50, 75, 100)


def number_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections; their templates are `assets/numbers/*.html`."""
    splits, evaluation = reported.splits, cast(NumberEvaluation, reported.evaluation)
    explained, listed = reported.explained, evaluation.mistakes()[:MOST_LISTED].tolist()
    values = {
        "phase": reported.phase,
        "noun": splits.reading.noun,
        "layout": f" {showing.layout}" if showing.layout else "",
        "about": showing.about,
        "evaluation": evaluation,
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(splits.reading.noun),
        "intervals": evaluation.meant.intervals,
        "charts": [
            {"scores": each, "scatter": scatter(each), "residuals": residuals(each)}
            for each in evaluation.columns
        ],
        "data": _data(splits, showing),
        "origins": origin_sentences(reported.data),
        "cards": [
            {**_card(evaluation, splits.test, row, showing), **explained.by_row.get(row, {})}
            for row in listed
        ],
        "explained": explained,
        "which": f"the first {len(explained.by_row)}" if len(explained.by_row) < len(listed) else "each",
        "beside": any("why" in each for each in explained.by_row.values()),
        "units": evaluation.units,
        "resamples": RESAMPLES,
    }
    first, then = {"result": "Result", "data": "Data"}, {"examples": "Largest errors"}
    return rendered_sections("numbers", values, first, then)


def _data(splits: Splits, showing: Showing) -> dict[str, object]:
    train, schema = splits.train, cast(Numbers, splits.schema)
    numbers = rows_of(train.targets)
    order = np.argsort(numbers[:, 0], kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(MOST_OF_DATA, len(order))).round().astype(int))
    return {
        "source": str(splits.source),
        "columns": [
            {
                "name": f"{name}{f' ({schema.unit(k)})' if schema.unit(k) else ''}",
                "splits": [_of_split(getattr(splits, each), k) for each in SPLITS],
            }
            for k, name in enumerate(schema.numbers)
        ],
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
        "examples": [
            {**showing.example(train, int(row)), "values": _said(schema, numbers[row])}
            for row in order[places]
        ],
        "by": schema.numbers[0],
    }


def _of_split(split: Split, place: int) -> dict[str, object]:
    found = np.percentile(rows_of(split.targets)[:, place], _QUANTILES).tolist() if len(split) else []
    return {"name": split.name, "count": len(split), "quantiles": found}


def _said(schema: Numbers, values: np.ndarray) -> list[str]:
    """Returns the numbers of an example in words, with their names where they are several."""
    return [
        f"{f'{name} ' if len(schema.numbers) > 1 else ''}{values[k]:.4g}{schema.behind(k)}"
        for k, name in enumerate(schema.numbers)
    ]


def _card(evaluation: NumberEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    several = len(evaluation.columns) > 1
    numbers = [
        {
            "name": each.number if several else "",
            "unit": each.behind,
            "answer": float(each.answers[row]),
            "truth": float(each.truth[row]),
            "error": float(each.errors[row]),
            "inside": each.inside is None or bool(each.inside[row]),
        }
        for each in evaluation.columns
    ]
    return {**showing.example(split, row), "numbers": numbers}
