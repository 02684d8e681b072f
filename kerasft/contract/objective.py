"""What training minimizes, what it measures, and by which of it the epochs are ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

Score = tuple[float, ...]


@dataclass(frozen=True)
class Better:
    """One of the metrics that rank epochs, as measured on the validation split.

    Args:
        metric: Its name in `compile`: "accuracy"; "loss" is the loss itself.
        higher: Whether a higher value is the better one.
        least_gain: In the metric's unit: a smaller gain is none. A model that has stopped learning still gains in the
            seventh digit.
    """

    metric: str
    higher: bool
    least_gain: float = 0.0

    @property
    def logged(self) -> str:
        """Its name in Keras' logs: "val_accuracy"."""
        return f"val_{self.metric}"

    def sign(self, value: float) -> float:
        """Returns a value with the sign that makes higher better; twice, it is the value again."""
        return value if self.higher else -value


@dataclass(frozen=True)
class Objective:
    """The objective of a task.

    Loss and metrics are what `keras.Model.compile` takes. Metrics have state, so each model that is compiled takes an
    objective of its own.

    Args:
        loss: A loss, or losses by the name of the output.
        metrics: A list of metrics, or lists by the name of the output. Sample weights don't reach them.
        better: What ranks epochs: the first decides; where it is equal, the next. At least one.
        chance: The loss of guessing; None where there is no such number.
    """

    loss: keras.losses.Loss | Mapping[str, keras.losses.Loss]
    metrics: Sequence[keras.Metric] | Mapping[str, Sequence[keras.Metric]]
    better: tuple[Better, ...]
    chance: float | None

    def compiled(self) -> dict[str, object]:
        """Returns arguments of `compile`."""
        return {"loss": self.loss, "metrics": self.metrics, "weighted_metrics": []}

    def score(self, metrics: Mapping[str, float]) -> Score:
        """Returns what ranks an epoch: one number for each of `better`, of which higher is better.

        Args:
            metrics: By their names in Keras' logs.
        """
        return tuple(each.sign(float(metrics[each.logged])) for each in self.better)

    def values(self, score: Score) -> dict[str, float]:
        """Returns the metrics that a score was made of, by their names in Keras' logs."""
        return {each.logged: each.sign(one) for each, one in zip(self.better, score, strict=True)}

    def beats(self, score: Score, best: Score) -> bool:
        """Whether a score is better than the best so far, by at least the least gain."""
        for each, one, other in zip(self.better, score, best, strict=True):
            if one != other:
                return one >= other + each.least_gain
        return False

    def recorded(self, logs: Mapping[str, float]) -> dict[str, float]:
        """Returns what the history keeps of Keras' logs of an epoch, besides both losses.

        Of training, that is the first metric of `better`; of validation, all metrics, in the order of their names.
        """
        first = self.better[0].metric
        validation = sorted(name for name in logs if name.startswith("val_"))
        return {name: float(logs[name]) for name in (first, *validation) if name not in ("loss", "val_loss")}
