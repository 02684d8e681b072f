"""What the report of a run says of numbers: scores, predicted against true, data, and the largest errors."""

from __future__ import annotations

from typing import cast

import numpy as np
from markupsafe import Markup

from kerasft.base.pages import page_environment
from kerasft.base.statistics import RESAMPLES, Interval
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.splits import SPLITS, Split, Splits
from kerasft.data.origins import origin_sentences
from kerasft.targets.numbers.charts import scatter
from kerasft.targets.numbers.evaluation import NumberEvaluation

MOST_LISTED = 24  # examples with large errors
MOST_OF_DATA = 12  # examples of the training split, from the lowest to the highest
_QUANTILES = (0, 25, 50, 75, 100)


def number_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections; their templates are `assets/numbers/*.html`."""
    splits, evaluation = reported.splits, cast(NumberEvaluation, reported.evaluation)
    values = {
        "phase": reported.phase,
        "noun": splits.reading.noun,
        "layout": f" {showing.layout}" if showing.layout else "",
        "about": showing.about,
        "evaluation": evaluation,
        "error": Interval(evaluation.score, *evaluation.interval),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(splits.reading.noun),
        "chart": scatter(evaluation),
        "data": _data(splits, showing),
        "origins": origin_sentences(reported.data),
        "cards": [
            _card(evaluation, splits.test, row, showing) for row in evaluation.mistakes()[:MOST_LISTED]
        ],
        "units": evaluation.units,
        "resamples": RESAMPLES,
    }
    environment = page_environment()

    def section(anchor: str, title: str, first: bool = False) -> Section:
        html = environment.get_template(f"numbers/{anchor}.html").render(values)
        return Section(anchor, title, Markup(html), first)

    return [
        section("result", "Result", first=True),
        section("data", "Data", first=True),
        section("examples", "Largest errors"),
    ]


def _data(splits: Splits, showing: Showing) -> dict[str, object]:
    train = splits.train
    numbers = np.asarray(train.targets)
    order = np.argsort(numbers, kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(MOST_OF_DATA, len(order))).round().astype(int))
    return {
        "source": str(splits.source),
        "splits": [_of_split(getattr(splits, name)) for name in SPLITS],
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
        "examples": [
            {**showing.example(train, int(row)), "value": float(numbers[row])} for row in order[places]
        ],
    }


def _of_split(split: Split) -> dict[str, object]:
    found = np.percentile(np.asarray(split.targets), _QUANTILES).tolist() if len(split) else []
    return {"name": split.name, "count": len(split), "quantiles": found}


def _card(evaluation: NumberEvaluation, split: Split, row: int, showing: Showing) -> dict[str, object]:
    numbers = {
        "answer": evaluation.answers[row],
        "truth": evaluation.truth[row],
        "error": evaluation.errors[row],
    }
    return {**showing.example(split, row), **{name: float(value) for name, value in numbers.items()}}
