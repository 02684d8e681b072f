"""What a report says first, in words: how good the model is, what stands out, and what to do next.

The limits below are rules of thumb; docs/report.md says them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kerasft.contract.evaluation import Evaluation
from kerasft.reporting.facts import Facts
from kerasft.training.history import Epoch

WIDE = 0.1  # of the interval of a share
APART = 0.1  # of a share, between training and validation
GAIN = 0.01  # of the metric, over the last quarter of a phase
_FEWEST_EPOCHS = 4


@dataclass(frozen=True)
class Verdict:
    """The first words of a report.

    Args:
        score: The score with its interval.
        remarks: What stands out.
        step: What to do next; commands stand between backticks.
    """

    score: str
    remarks: tuple[str, ...]
    step: str


def verdict_of(facts: Facts, evaluation: Evaluation, noun: str, augmented: bool) -> Verdict:
    """Returns the verdict on a run.

    Args:
        facts: What the run says about itself.
        evaluation: On its test split.
        noun: What an example is called.
        augmented: Whether training may change the examples.
    """
    low, high = evaluation.interval
    name, count = evaluation.score_name, len(evaluation.ids)
    score = f"{name[0].upper()}{name[1:]} {evaluation.score:.4g} on {count:,} test {noun}s"
    if math.isfinite(low) and math.isfinite(high):
        score = f"{score} (95 %: {low:.4g} to {high:.4g})"
    found = [
        each
        for each in (
            _seen(evaluation, noun),
            _few(evaluation, noun),
            _improving(facts),
            _apart(facts, noun, augmented),
            _no_help(facts),
        )
        if each is not None
    ]
    step = found[0][1] if found else _after(facts, noun)
    return Verdict(score, tuple(remark for remark, _ in found), step)


def best_place(facts: Facts) -> int | None:
    """Returns the place in the history of the epoch whose weights gave the answers; None where it isn't known."""
    wanted = next((each["best_epoch"] for each in facts.phases if each["name"] == facts.shown), None)
    places = [
        place for place, row in enumerate(facts.history) if row.phase == facts.shown and row.epoch == wanted
    ]
    return places[0] if places else None


def _seen(evaluation: Evaluation, noun: str) -> tuple[str, str] | None:
    if evaluation.seen is None or not evaluation.seen.count:
        return None
    step = "measure on data that no run has seen: `kerasft evaluate RUN DATA`"
    return f"{evaluation.seen.sentence(noun)}.", step


def _few(evaluation: Evaluation, noun: str) -> tuple[str, str] | None:
    low, high = evaluation.interval
    if not (evaluation.higher_is_better and 0 <= low <= high <= 1 and high - low > WIDE):
        return None
    wide = f"the interval is {high - low:.2f} wide"
    what = f"The test split is small: {wide}, so runs that are closer can't be told apart."
    return what, f"test on more {noun}s: `--test-share 0.3`, or `--test-data` with {noun}s of their own"


def _improving(facts: Facts) -> tuple[str, str] | None:
    rows = [row for row in facts.history if row.phase == facts.shown]
    place = best_place(facts)
    if place is None or len(rows) < _FEWEST_EPOCHS or facts.history[place] is not rows[-1]:
        return None
    before, last = (_validation(facts, row) for row in (rows[-1 - len(rows) // 4], rows[-1]))
    gain = (last - before) * (1 if facts.better.higher else -1)
    if not gain >= GAIN * abs(before):
        return None
    longer = f"train longer: `--{facts.shown}-epochs {2 * len(rows)}`"
    return f"The phase {facts.shown} was still getting better in its last epoch.", longer


def _apart(facts: Facts, noun: str, augmented: bool) -> tuple[str, str] | None:
    place = best_place(facts)
    if place is None or not facts.better.higher:
        return None
    training, validation = facts.history[place].values(facts.better.metric)
    if not training - validation > APART:
        return None
    metric = facts.better.metric.replace("_", " ")
    both = f"{metric} {training:.4g} there, {validation:.4g} on validation"
    what = f"It knows its training {noun}s better than new ones: {both}."
    stronger = ", `--augment strong`" if augmented else ""
    return what, f"more training {noun}s help most; else try `--unfreeze 0.1`{stronger} or `--dropout 0.5`"


def _no_help(facts: Facts) -> tuple[str, str] | None:
    names = [each["name"] for each in facts.phases]
    if len(names) < 2 or facts.best != names[0]:
        return None
    what = f"The phase {names[-1]} did not help: the best weights are those of {names[0]}."
    return (
        what,
        f"try a lower rate: `--{names[-1]}-learning-rate 1e-5`, or leave it out: `--{names[-1]}-epochs 0`",
    )


def _after(facts: Facts, noun: str) -> str:
    if facts.exports:
        return f"try it on {noun}s of today: `kerasft predict RUN/exports/{facts.exports[0]['file']} {noun.upper()}`"
    return "export it: `kerasft export RUN --quantize auto`"


def _validation(facts: Facts, row: Epoch) -> float:
    return row.values(facts.better.metric)[1]
