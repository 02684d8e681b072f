"""The bag of words that a model of texts and labels should beat: TF-IDF with one logistic regression per label."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.inputs.texts.counting import joined, tfidf_vectorizer
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.labels.calibration import choose_thresholds
from kerasft.targets.labels.evaluation import LabelEvaluation
from kerasft.targets.labels.measuring import measure
from kerasft.targets.labels.schema import Labels

_STRENGTHS = (1.0, 10.0, 100.0)


def tfidf_one_vs_rest(splits: TextSplits, seed: int = 0) -> LabelEvaluation:
    """Trains TF-IDF with a logistic regression for each label, and measures it on the test split.

    How strongly it is regularised, and the threshold of each label, are chosen on the validation split, as a model's
    best epoch and thresholds are. A pair of texts is read as one text.

    Args:
        splits: With labels.
        seed: Of the solver.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    schema = cast(Labels, splits.schema)

    def fitted(strength: float) -> OneVsRestClassifier:
        each = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        pipeline = make_pipeline(tfidf_vectorizer(splits.train.texts), OneVsRestClassifier(each))
        return pipeline.fit(joined(splits.train), np.asarray(splits.train.targets, int))

    def measured(candidate: OneVsRestClassifier) -> tuple[LabelEvaluation, Labels]:
        held_out = splits.validation
        found = candidate.predict_proba(joined(held_out))
        chosen = replace(schema, thresholds=choose_thresholds(found, held_out.targets).thresholds)
        return measure(found, held_out.targets, chosen, held_out.ids), chosen

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        tried = [(*measured(each), each) for each in map(fitted, _STRENGTHS)]
        _, chosen, best = max(tried, key=lambda each: each[0].score)
        answers = best.predict_proba(joined(splits.test))
    return measure(answers, splits.test.targets, chosen, splits.test.ids)
