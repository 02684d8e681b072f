"""The gate: what an exported file must reach beside the Keras model before it gets its name.

SavedModel, ONNX and TFLite float32 compute what the Keras model computes, in float32. Nothing but rounding may part
them from it, so their limit is what rounding does to this very model (`kerasft.networks.rounding`): it holds on any
processor, and a wrong file fails it wherever it is made. And no answer may be 1e-3 off in the unit of its kind, of
classes that of a probability, since people read three decimals.

float16 rounds the weights to 11 bits. That is no question of the processor but of what an app can live with: no
answer may be 1e-2 off.

Quantized files must decide the same: dynamic range and int16 on 99 %, int8 and mixed on 97 % of the examples, and at
most 1 point of the score may be lost. The two shares can be set for an export. On a small test split one decision
weighs more than that, so one that differs is always allowed: of classes an example, of boxes a box, of masks a pixel.
Of the score one example's worth may be lost, since one decision moves that of few by as much; a remark says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.splits import Column, Schema
from kerasft.contract.targets import Targets
from kerasft.contract.units import Units


@dataclass(frozen=True)
class Target:
    """What a file must reach; None is not asked for.

    Args:
        difference: Largest allowed difference of an answer: see `Targets.difference`.
        exact: Whether nothing but float32 rounding may part the answers from the Keras model's.
        agreement: Smallest allowed share of examples that are decided the same.
        drop: Largest allowed loss of the score per example, as a share: of classes that of accuracy.
    """

    difference: float | None = None
    exact: bool = False
    agreement: float | None = None
    drop: float | None = None


EXACT = Target(difference=1e-3, exact=True)
TARGETS = {
    "saved_model": EXACT,
    "onnx": EXACT,
    "float32": EXACT,
    "float16": Target(difference=1e-2),
    "dynamic": Target(agreement=0.99, drop=0.01),
    "int16": Target(agreement=0.99, drop=0.01),
    "int8": Target(agreement=0.97, drop=0.01),
    "mixed": Target(agreement=0.97, drop=0.01),
}


def target_of(
    quantization: str, max_accuracy_drop: float | None = None, min_agreement: float | None = None
) -> Target:
    """Returns what a quantization must reach.

    Args:
        quantization: A key of `TARGETS`.
        max_accuracy_drop: Allowed loss of the score of a quantized file, as a share; None: its own target.
        min_agreement: Needed share of examples that are decided the same; None: its own target.
    """
    target = TARGETS[quantization]
    if target.agreement is None:  # float files answer alike, whatever an app can live with
        return target
    drop = target.drop if max_accuracy_drop is None else max_accuracy_drop
    return Target(agreement=target.agreement if min_agreement is None else min_agreement, drop=drop)


@dataclass(frozen=True, eq=False)
class Yardstick:
    """What a file's answers are held to.

    Args:
        kind: Of the answers.
        schema: What they mean.
        expected: float32 (n, ...), the Keras model's answers.
        truth: (n,) the right ones.
        ids: (n,) of the examples.
        rounding: The model's `rounding_limit`, for an exact target.
        units: What of the examples belongs together: see `Evaluation`.
    """

    kind: Targets
    schema: Schema
    expected: np.ndarray
    truth: Column
    ids: tuple[str, ...]
    rounding: float
    units: Units | None = None

    @cached_property
    def evaluation(self) -> Evaluation:
        """That of the Keras model."""
        return self._measured(self.expected)

    def evaluate(self, answers: np.ndarray) -> Evaluation | None:
        """Returns the evaluation of a file's answers (n, ...); None where they are not finite."""
        if not np.isfinite(answers).all():
            return None
        return self._measured(answers)

    def _measured(self, answers: np.ndarray) -> Evaluation:
        return replace(self.kind.evaluate(answers, self.truth, self.schema, self.ids), units=self.units)

    def agreement(self, answers: np.ndarray) -> float:
        """Returns the share of examples that a file decides the same."""
        return float(np.mean(self.kind.agreement(answers, self.expected, self.schema)))

    def difference(self, answers: np.ndarray) -> float:
        """Returns the largest difference of an answer; NaN stays."""
        return self.kind.difference(answers, self.expected, self.schema)

    def missed(self, answers: np.ndarray, measured: Evaluation | None, target: Target) -> list[str]:
        """Returns the targets that a file's answers (n, ...) miss, in words; nothing when it passes.

        Args:
            answers: The file's.
            measured: What `evaluate` says of them.
            target: What is asked for.
        """
        if measured is None:
            return ["it answers with NaN or infinity"]
        failures, count = self.too_far(answers, target), len(answers)
        if target.difference is not None:
            failures += self.kind.flaws(answers)
        if target.agreement is not None:
            failures += self._disagreement(answers, target.agreement)
        if target.drop is not None:
            unit, called = self.kind.unit(self.schema)
            lost = self._lost(measured) / unit
            if round(lost, 9) > allowed(target.drop, count):
                worse = "lower" if measured.higher_is_better else "higher"
                what = f"{measured.score_name} {lost / count:.4f}{called} {worse}"
                failures.append(f"{what}, allowed {target.drop:g}")
        return failures

    def _disagreement(self, answers: np.ndarray, needed: float) -> list[str]:
        """Returns that a file decides otherwise too often, in words, if so; one decision may always differ."""
        agreed = self.kind.agreement(answers, self.expected, self.schema)
        decisions = self.kind.decisions(answers, self.expected, self.schema)
        share, differing = float(np.mean(agreed)), float(((1 - agreed) * decisions).sum())
        if round(needed - share, 9) <= 0 or round(differing, 6) <= 1:
            return []
        few = (1 - needed) * decisions.sum() < 1
        one = f" or one difference in all, and there are {math.ceil(differing)}" if few else ""
        words = self.kind.answering.difference(answers, self.expected, self.schema)
        farthest = f"; largest difference {words}" if words else ""
        return [f"agreement {share:.4f}, needed {needed:g}{one}{farthest}"]

    def remark(self, target: Target) -> str:
        """Returns what may be lost where the examples are too few to show the allowed loss; "" where they aren't."""
        count, keras = len(self.ids), self.evaluation
        if target.drop is None or allowed(target.drop, count) <= round(target.drop * count, 9):
            return ""
        worse, called = "lower" if keras.higher_is_better else "higher", self.kind.unit(self.schema)[1]
        most = f"{keras.score_name} may be {1 / count:.2g}{called} {worse}"
        needed = f", and {math.ceil(1 / target.drop)} would show {target.drop:g}" if target.drop else ""
        return f"on {plural(count, 'example')} {most}, which is what one is worth{needed}"

    def _lost(self, measured: Evaluation) -> float:
        """Returns what a file loses of the score, in examples, also where the score is of the whole."""
        if not measured.of_examples:
            return float((self.evaluation.per_example - measured.per_example).sum())
        lost = (self.evaluation.score - measured.score) * len(measured.ids)
        return lost if measured.higher_is_better else -lost

    def too_far(self, answers: np.ndarray, target: Target) -> list[str]:
        """Returns by how much a float file's answers are too far from those expected, in words; nothing if not.

        Args:
            answers: float32 (m, ...) to the first m examples.
            target: What is asked for.
        """
        failures, expected = [], self.expected[: len(answers)]
        if target.difference is not None:
            difference = self.kind.difference(answers, expected, self.schema)
            if not difference <= target.difference:
                words = self.kind.answering.difference(answers, expected, self.schema)
                said = f"{difference:.2g} ({words})" if words else f"{difference:.2g}"
                failures.append(f"largest difference {said}, allowed {target.difference:g}")
        if target.exact:
            apart = self.kind.distance(answers, expected, self.schema)
            if not apart <= self.rounding:
                what = f"largest difference of {self.kind.distance_name} {apart:.2g}"
                failures.append(f"{what}, and rounding explains {self.rounding:.2g}")
        return failures


def allowed(share: float, count: int) -> int:
    """Returns how many examples a share allows, at least one: a test split of 20 can't show 1 %."""
    return max(1, math.floor(share * count + 1e-9))
