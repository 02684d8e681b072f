"""The bag of words that a text model should beat: TF-IDF with logistic regression, no pretraining, one second."""

from __future__ import annotations

from kerasft.inputs.texts.counting import joined, logistic_regressions
from kerasft.inputs.texts.texts import TextSplits
from kerasft.targets.classes.evaluation import ClassEvaluation
from kerasft.targets.classes.measuring import measure


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
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # these matrices are small: threads would only wait for each other
        candidates = logistic_regressions(splits.train, seed)
        validation = joined(splits.validation), splits.validation.labels
        best = max(candidates, key=lambda candidate: candidate.score(*validation))
        probabilities = best.predict_proba(joined(splits.test))
    return measure(splits.test.labels, probabilities, splits.class_names, splits.test.ids)
