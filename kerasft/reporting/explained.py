"""Why the worst mistakes were made: their explanations, small enough for the page."""

from __future__ import annotations

from kerasft.contract.evaluation import Evaluation
from kerasft.contract.sections import Explained
from kerasft.contract.showing import Showing
from kerasft.contract.splits import Split
from kerasft.explaining import automatic_method, explain_column
from kerasft.predicting.predictor import Predictor

MOST = 12  # mistakes
MOST_BY_STEPS = 6  # by a method that runs the network STEPS times for each of them
STEPS = 16  # of integrated gradients: a quarter of the default


def explain_mistakes(
    predictor: Predictor, split: Split, evaluation: Evaluation, showing: Showing
) -> Explained:
    """Explains the answers to the most confident mistakes. It never raises: a report is worth having without them.

    Args:
        predictor: Of the run.
        split: Its test split.
        evaluation: On this split.
        showing: How a page shows its examples.
    """
    rows = evaluation.mistakes()[:MOST].tolist()
    if not rows or not predictor.task.targets.explained:
        return Explained()
    try:
        method = automatic_method(predictor)
        rows = rows if method == "grad-cam" else rows[:MOST_BY_STEPS]
        names, targets = [split.ids[row] for row in rows], [evaluation.disputed(row) for row in rows]
        found = explain_column(
            predictor, split.examples[rows], names, method=method, targets=targets, steps=STEPS
        )
        cards = [{**showing.evidence(each), "claim": each.claim.title} for each in found]
    except Exception as error:  # whatever a backbone may do that nobody thought of
        return Explained(note=(str(error).strip() or type(error).__name__).splitlines()[0][:300])
    return Explained(dict(zip(rows, cards, strict=True)), method)
