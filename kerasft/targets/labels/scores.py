"""The scores of single labels, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerasft.base.wording import clip, plural

MOST_SHOWN, WORST_SHOWN = 20, 10


@dataclass(frozen=True)
class LabelScores:
    """The scores of one label, between 0 and 1.

    Args:
        name: Of the label.
        support: How many examples have it.
        precision: Of those said to have it, the share that has it; 0 where none is.
        recall: Of those that have it, the share that is found.
        f1: Of both.
        average_precision: The area under the precision-recall curve, by steps; None where none has it.
        roc_auc: The area under the ROC curve; None where none has it, or all.
        threshold: The probability from which on it is said to be there.
        log_loss: The mean of -ln(probability of what is true), in nats.
        calibration_error: How far its probability and the share of examples that have it lie apart on average.
    """

    name: str
    support: int
    precision: float
    recall: float
    f1: float
    average_precision: float | None
    roc_auc: float | None
    threshold: float
    log_loss: float
    calibration_error: float


@dataclass(frozen=True)
class Averages:
    """Precision, recall and F1 over labels, between 0 and 1."""

    precision: float
    recall: float
    f1: float


def shown(value: float | None) -> str:
    """Returns a score, or "-" where there is none."""
    return "-" if value is None else f"{value:.4f}"


def label_table(labels: Sequence[LabelScores]) -> list[str]:
    """Returns the lines of a table; beyond 20 labels only the 10 with the lowest F1 are listed."""
    listed, lines = list(labels), []
    if len(labels) > MOST_SHOWN:
        listed = sorted((each for each in labels if each.support), key=lambda each: each.f1)[:WORST_SHOWN]
        lines = [f"the {len(listed)} labels with the lowest F1, of {len(labels)} (all are in per_label.csv):"]
    names = [clip(each.name, 28) for each in listed]
    width = max([5, *map(len, names)])
    lines.append(f"{'label':<{width}}  precision  recall      F1  avg. prec.  threshold  support")
    for name, each in zip(names, listed, strict=True):
        recall, f1 = (f"{each.recall:.4f}", f"{each.f1:.4f}") if each.support else ("-", "-")
        lines.append(
            f"{name:<{width}}  {each.precision:>9.4f}  {recall:>6}  {f1:>6}  {shown(each.average_precision):>10}"
            f"  {each.threshold:>9.4f}  {each.support:>7}"
        )
    if absent := sum(each.support == 0 for each in labels):
        lines.append(f"{plural(absent, 'label')} without an example here: means are over the others.")
    return lines
