"""The bag of words that a model of texts and grades should beat: TF-IDF with logistic regression, no pretraining."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.inputs.texts.counting import joined, logistic_regressions
from kerasft.inputs.texts.texts import TextSplit, TextSplits
from kerasft.targets.order.evaluation import OrderEvaluation, measure_order
from kerasft.targets.order.schema import Order

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def tfidf_order(splits: TextSplits, seed: int = 0) -> OrderEvaluation:
    """Trains TF-IDF with logistic regression, whose answers are medians too, and measures it on the test split.

    How strongly it is regularised is chosen on the validation split, by the mean absolute error, as a model's best
    epoch is. A pair of texts is read as one text.

    Args:
        splits: With classes that have an order.
        seed: Of the solver.
    """
    from threadpoolctl import threadpool_limits

    schema = cast(Order, splits.schema)

    def measured(candidate: Pipeline, split: TextSplit) -> OrderEvaluation:
        found = candidate.predict_proba(joined(split))
        answers = np.zeros((len(split), len(schema.class_names)), "float32")
        answers[:, candidate.classes_] = found  # a class may be in no training text
        return measure_order(answers, split.targets, schema, split.ids)

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        candidates = logistic_regressions(splits.train, seed)
        best = min(candidates, key=lambda each: measured(each, splits.validation).score)
        return measured(best, splits.test)
