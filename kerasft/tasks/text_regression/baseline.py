"""The bag of words that a model of texts and numbers should beat: TF-IDF with ridge regression, no pretraining."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.inputs.texts.counting import joined, tfidf_vectorizer
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.numbers.evaluation import NumberEvaluation, measure
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers

_STRENGTHS = (0.01, 0.1, 1.0, 10.0)


def tfidf_ridge(splits: TextSplits) -> NumberEvaluation:
    """Trains TF-IDF with ridge regression, and measures it on the test split.

    How strongly it is regularised is chosen on the validation split, by the mean absolute error, as a model's best
    epoch is. A pair of texts is read as one text; so for pairs this is a weak baseline, and should be.

    Args:
        splits: With numbers.
    """
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    schema = cast(Numbers, splits.schema)

    def fitted(strength: float) -> Ridge:
        ridge = Ridge(strength, random_state=0)
        return make_pipeline(tfidf_vectorizer(splits.train.texts), ridge).fit(
            joined(splits.train), schema.encode(splits.train.targets)
        )

    def error(candidate: Ridge) -> float:
        wanted = schema.encode(splits.validation.targets)
        return float(
            np.abs(candidate.predict(joined(splits.validation)).reshape(wanted.shape) - wanted).mean()
        )

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        answers = min(map(fitted, _STRENGTHS), key=error).predict(joined(splits.test))
    found = NUMBERS.finish(answers.reshape(len(splits.test), -1), schema, {})
    return measure(found, splits.test.targets, schema, splits.test.ids)
