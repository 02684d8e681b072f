"""What of a training is the caller's own: optimizer, loss, metrics, augmentation, weights of examples."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import keras
import numpy as np

from kerasft.base.errors import InputError, KerasftError, Problem, first_line
from kerasft.base.wording import shorten
from kerasft.contract.objective import Objective
from kerasft.contract.plan import AUTO, Phase
from kerasft.contract.splits import Splits
from kerasft.data.batches import Batches

Optimizer: TypeAlias = keras.optimizers.Optimizer
Augmentation: TypeAlias = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]
_PARTS = ("optimizer", "loss", "metrics", "augment", "class_weight", "sample_weight")


@dataclass(frozen=True)
class Own:
    """What of a training is your own. None of it is kept in the run folder: `kerasft.resume` takes it again.

    Args:
        optimizer: A Keras optimizer, of which each phase gets a new one by its config; or a function of a `Phase` and
            its batches per epoch that returns one. Its learning rate counts, not those of the phases.
        loss: A Keras loss, or a function of encoded targets and outputs, both (batch, ...), to one number for each
            example: of classes targets are one-hot and outputs are logits; of labels 0 and 1, and logits; of numbers
            both are standardised.
        metrics: Keras metrics, of which each phase gets new ones by their config, measured on both splits beside the
            task's own, which rank the epochs.
        augment: A Keras layer, called with images float32 (batch, size, size, 3), 0..255, and `training=True`; or a
            function of images, encoded targets and a seed, to images and targets. It replaces `--augment`.
        class_weight: Of class names, how much their examples count.
        sample_weight: How much each training example counts: (n,) in the order of `splits.train`, or by id.
    """

    optimizer: Optimizer | Callable[[Phase, int], Optimizer] | None = None
    loss: keras.losses.Loss | Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor] | None = (
        None
    )
    metrics: Sequence[keras.Metric] = ()
    augment: keras.Layer | Augmentation | None = None
    class_weight: Mapping[str, float] | None = None
    sample_weight: Sequence[float] | np.ndarray | Mapping[str, float] | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(8), repr=False, compare=False)

    @property
    def names(self) -> dict[str, str]:
        """What there is of it, for a person: {"optimizer": "SGD"}."""
        given = {name: getattr(self, name) for name in _PARTS}
        return {name: _name(value) for name, value in given.items() if not (value is None or value == ())}

    @property
    def notes(self) -> list[str]:
        """That the run folder can't keep it; nothing where there is nothing."""
        if not self.names:
            return []
        named = ", ".join(f"{part} ({name})" for part, name in self.names.items())
        return [f"of your own, and not kept in the run folder: {named}; kerasft.resume takes it again"]

    def objective(self, base: Objective) -> Objective:
        """Returns an objective with loss and metrics of one's own; a new one, as `base` is."""
        if self.loss is None and not self.metrics:
            return base
        assert not isinstance(base.metrics, Mapping), "problems has looked"
        metrics = [*base.metrics, *(type(each).from_config(each.get_config()) for each in self.metrics)]
        own = self.loss is not None
        return replace(
            base, loss=self.loss if own else base.loss, metrics=metrics, chance=None if own else base.chance
        )

    def optimizer_of(self, phase: Phase, steps: int) -> Optimizer | None:
        """Returns a new optimizer for a phase; None: there is none of one's own.

        Raises:
            KerasftError: The function returns something else.
        """
        if self.optimizer is None:
            return None
        if isinstance(self.optimizer, keras.optimizers.Optimizer):
            return type(self.optimizer).from_config(self.optimizer.get_config())
        made = self.optimizer(phase, steps)
        if not isinstance(made, keras.optimizers.Optimizer):
            raise KerasftError(
                f"the function for the optimizer returned no optimizer but {type(made).__name__}"
            )
        return made

    def apply_to(self, train: Batches, splits: Splits) -> None:
        """Gives the training batches augmentation and weights of one's own."""
        if self.augment is not None:
            train.augment = _augmentation(self.augment)
            train.token = self.token
        train.row_weights = self._weights(splits)

    def problems(
        self, phases: Sequence[Phase], splits: Splits, train: Batches, base: Objective
    ) -> list[Problem]:
        """Returns what of it can't be used; the augmentation is tried on the first examples."""
        problems = [] if self.optimizer is None else _rate_problems(phases)
        if (
            self.optimizer is not None
            and not callable(self.optimizer)
            and not isinstance(self.optimizer, keras.optimizers.Optimizer)
        ):
            problems.append(_unusable("optimizer", self.optimizer, "give a Keras optimizer, or a function"))
        if self.loss is not None and not callable(self.loss):
            problems.append(_unusable("loss", self.loss, "give a Keras loss, or a function"))
        if odd := [each for each in self.metrics if not isinstance(each, keras.Metric)]:
            problems.append(_unusable("metrics", odd[0], "give Keras metrics"))
        if (self.loss is not None or self.metrics) and isinstance(base.metrics, Mapping):
            what = "a model of several outputs takes no loss and metrics of one's own"
            problems.append(Problem(what, ", ".join(base.metrics), "leave them out"))
        problems += self._weight_problems(splits)
        return problems + (self._augment_problems(train) if self.augment is not None else [])

    def _weights(self, splits: Splits) -> np.ndarray | None:
        """Returns the weights of the training examples, float32 (n,); None: all count the same."""
        train, weights = splits.train, None
        if self.sample_weight is not None:
            given = self.sample_weight
            if isinstance(given, Mapping):
                given = [given.get(each, 1.0) for each in train.ids]
            weights = np.asarray(given, np.float32)
        if self.class_weight is not None:
            of_classes = [self.class_weight.get(name, 1.0) for name in splits.class_names]
            by_class = np.asarray(of_classes, np.float32)[np.asarray(train.targets, int)]
            weights = by_class if weights is None else weights * by_class
        return weights

    def _weight_problems(self, splits: Splits) -> list[Problem]:
        problems, names = [], getattr(splits.schema, "class_names", ())
        if self.class_weight is not None:
            if np.ndim(splits.train.targets) != 1 or not names:
                what = f"{splits.schema.noun} have no class weights"
                problems.append(Problem(what, "class_weight", "give sample_weight"))
            elif odd := [name for name in self.class_weight if name not in names]:
                problems.append(
                    Problem("class_weight names no class of the data", shorten(odd), shorten(names))
                )
        if isinstance(self.sample_weight, Mapping):
            if odd := sorted(set(self.sample_weight) - set(splits.train.ids)):
                what = "sample_weight names no training examples"
                problems.append(Problem(what, shorten(odd), "give the ids of splits.train"))
        elif self.sample_weight is not None and len(self.sample_weight) != len(splits.train):
            received = f"{len(self.sample_weight)} for {len(splits.train)} examples"
            problems.append(
                Problem("sample_weight has another length", received, "give one for each of splits.train")
            )
        if not problems:
            weights = self._weights(splits)
            if weights is not None and not (
                np.isfinite(weights).all() and weights.min() >= 0 and weights.any()
            ):
                received = f"{weights.min()} to {weights.max()}"
                problems.append(Problem("weights must be at least 0, and not all 0", received, "change them"))
        return problems

    def _augment_problems(self, train: Batches) -> list[Problem]:
        if isinstance(train.inputs, Mapping):
            return [Problem("texts are not augmented", _name(self.augment), "leave augment out")]
        rows = np.arange(min(train.examples, train.batch_size))
        images, targets = np.array(train.inputs[rows]), train.encoded(rows)
        if isinstance(targets, dict):
            return [Problem("answers by name are not augmented", _name(self.augment), "leave augment out")]
        if isinstance(self.augment, keras.Layer) and targets.ndim > 2:
            hint = "give a function of images, targets and a seed"
            return [Problem("a layer would move images and not their answers", _name(self.augment), hint)]
        try:
            changed, moved = _augmentation(self.augment)(images, targets, 0)
        except Exception as error:
            return [Problem(f"augment fails: {first_line(error)}", _name(self.augment), "repair it")]
        return _changed_problems(images, np.asarray(changed), targets, moved)


def resumed(recorded: object, own: Own) -> None:
    """Compares what a run was trained with and what it is to go on with.

    Args:
        recorded: What config.json says of it.
        own: What was given to `resume`.

    Raises:
        InputError: They differ.
    """
    before = recorded if isinstance(recorded, dict) else {}
    if before.keys() != own.names.keys():
        names = ", ".join(f"{part} ({name})" for part, name in before.items()) or "nothing"
        what = f"this training has of its caller's own: {names}, which no run folder can keep"
        given = ", ".join(own.names) or "nothing"
        raise InputError(Problem(what, given, "give the same to kerasft.resume(own=kerasft.Own(...))"))


def _augmentation(own: keras.Layer | Augmentation | None) -> Augmentation:
    if not isinstance(own, keras.Layer):
        assert own is not None
        return own

    def augment(images: np.ndarray, targets: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        changed = own(np.asarray(images, np.float32), training=True)
        return keras.ops.convert_to_numpy(changed), targets

    return augment


def _rate_problems(phases: Sequence[Phase]) -> list[Problem]:
    problems = []
    for phase in phases:
        if phase.learning_rate == AUTO:
            what = f"the rate of phase {phase.name!r} can't be looked for with an optimizer of your own"
            problems.append(Problem(what, AUTO, "give the optimizer its learning rate"))
        if phase.layer_decay != 1.0:
            what = "an optimizer of your own knows no --layer-decay"
            problems.append(Problem(what, str(phase.layer_decay), "leave it out, or build a MultiOptimizer"))
    return problems


def _changed_problems(
    images: np.ndarray, changed: np.ndarray, targets: np.ndarray, moved: np.ndarray
) -> list[Problem]:
    if changed.shape != images.shape or np.shape(moved) != targets.shape:
        received = f"{changed.shape} of {images.shape}"
        return [Problem("augment gives images or targets of another shape", received, "keep both shapes")]
    low, high = float(changed.min()), float(changed.max())
    if not (low >= -1 and high <= 256) or (high <= 2 < images.max()):
        received = f"{low:.4g} to {high:.4g}"
        return [Problem("augment gives other values than 0..255", received, "clip or scale them back")]
    return []


def _unusable(part: str, given: object, hint: str) -> Problem:
    return Problem(f"{part} can't be used", repr(given)[:80], hint)


def _name(value: object) -> str:
    if isinstance(value, Mapping | np.ndarray | list | tuple) and not all(
        isinstance(each, keras.Metric) for each in value
    ):
        return f"{len(value)} values"
    if isinstance(value, Sequence):
        return ", ".join(type(each).__name__ for each in value)
    return getattr(value, "__name__", type(value).__name__)


NOTHING = Own()
