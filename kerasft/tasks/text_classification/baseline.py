"""The bag of words that a text model should beat: TF-IDF with logistic regression, no pretraining, one second."""

from __future__ import annotations

from kerasft.inputs.texts.counting import joined, tfidf_vectorizer
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.classes.evaluation import ClassEvaluation
from kerasft.targets.classes.measuring import measure

_STRENGTHS = (1.0, 10.0, 100.0)


def tfidf_baseline(splits: TextSplits, seed: int = 0) -> ClassEvaluation:
    """Trains TF-IDF with logistic regression, and measures it on the test split.

    TF-IDF is of words and pairs of words; where the script doesn't set words apart (Chinese, Japanese, Thai), of runs
    of 1 to 3 characters.

    How strongly it is regularised is chosen on the validation split, as a text model's best epoch is. A pair of
    texts is read as one text; so for pairs this is a weak baseline, and should be.

    Args:
        splits: `TextSplits`.
        seed: Of the solver.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    def fitted(strength: float) -> LogisticRegression:
        vectorizer = tfidf_vectorizer(splits.train.texts)
        classifier = LogisticRegression(C=strength, max_iter=1000, random_state=seed)
        return make_pipeline(vectorizer, classifier).fit(joined(splits.train), splits.train.labels)

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        candidates = [fitted(strength) for strength in _STRENGTHS]
        validation = joined(splits.validation), splits.validation.labels
        best = max(candidates, key=lambda candidate: candidate.score(*validation))
        probabilities = best.predict_proba(joined(splits.test))
    return measure(splits.test.labels, probabilities, splits.class_names, splits.test.ids)
