"""The plan of a fine-tuning, in types: what the model is, what each phase does, how it is trained."""

from __future__ import annotations

import dataclasses
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem
from kerasft.base.options import check, flag, from_dict, option, to_dict

if TYPE_CHECKING:
    import keras

__all__ = [
    "AUGMENTATIONS",
    "AUTO",
    "FEATURE_CACHES",
    "OPTIMIZERS",
    "PRECISIONS",
    "Augmentation",
    "ClassWeighting",
    "Fitting",
    "LOSSES",
    "NumberFitting",
    "Optimization",
    "Phase",
    "RunOptions",
    "Training",
    "TwoPhases",
    "check",
    "flag",
    "from_dict",
    "option",
    "to_dict",
    "two_phases",
]


AUTO = "auto"  # of a learning rate


@dataclass(frozen=True)
class Phase:
    """One compile and fit.

    Args:
        name: What the phase is called in the history and in file names: letters, digits and "-".
        unfreeze: What of the backbone trains: 0 (head only), a share of its blocks (0.3), a number of blocks,
            the name of the lowest layer that trains, or "all".
        epochs: Passes over the training split.
        learning_rate: The highest learning rate of the phase; "auto" looks for it when the phase begins (see
            `kerasft.find_learning_rate`).
        warmup: Share of the phase's steps in which the rate rises linearly from 0.
        decay: Whether the rate then falls to 0 along half a cosine.
        patience: Epochs without a better validation result after which the phase ends.
        layer_decay: Factor of the learning rate from the head to the top block, and from each block to the one
            below it: what lies deep is general, and moves less (Howard and Ruder, 2018; Clark et al., 2020).
    """

    name: str
    unfreeze: float | int | str = 0
    epochs: int = option(10, "passes over the training split", minimum=1)
    learning_rate: float | str = option(
        1e-3, "highest learning rate of the phase, or auto", above=0.0, maximum=10.0, choices=("auto",)
    )
    warmup: float = option(0.0, "share of the steps in which the rate rises", minimum=0.0, below=1.0)
    decay: bool = option(False, "fall to 0 along half a cosine")
    patience: int = option(5, "epochs without improvement before the phase ends", minimum=1)
    layer_decay: float = option(1.0, "factor of the rate from block to block below", above=0.0, maximum=1.0)


def two_phases(
    head_epochs: int = 10,
    tune_epochs: int = 10,
    *,
    unfreeze: float | int | str = 0.3,
    head_learning_rate: float | str = 1e-3,
    tune_learning_rate: float | str = 3e-4,
    patience: int = 5,
    layer_decay: float = 1.0,
) -> tuple[Phase, ...]:
    """Returns the classic plan: train the head, then the upper part of the backbone too, more gently.

    A phase with 0 epochs is left out, so `tune_epochs=0` is head-only training.

    Args:
        head_epochs: Epochs of the phase "head", in which the backbone is frozen.
        tune_epochs: Epochs of the phase "tune".
        unfreeze: What of the backbone the phase "tune" trains (see `Phase`).
        head_learning_rate: Constant learning rate of the phase "head"; "auto" looks for one.
        tune_learning_rate: Highest learning rate of the phase "tune"; it warms up over a tenth of the steps
            and decays to 0 along a cosine. "auto" looks for one.
        patience: Epochs without a better validation result after which a phase ends.
        layer_decay: Factor of the phase "tune"'s rate from each block to the one below (see `Phase`).
    """
    head = Phase("head", 0, head_epochs, head_learning_rate, patience=patience)
    tune = Phase("tune", unfreeze, tune_epochs, tune_learning_rate, 0.1, True, patience, layer_decay)
    return tuple(phase for phase in (head, tune) if phase.epochs != 0)


OPTIMIZERS = ("adamw", "adam", "sgd", "rmsprop", "lion")
FEATURE_CACHES = ("auto", "off", "memory", "disk")
CLASS_WEIGHTS = ("none", "auto", "oversample")
THRESHOLDS = ("none", "f1", "balanced_accuracy")
AUGMENTATIONS = ("none", "light", "strong")
PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Optimization:
    """What is the same in every phase, whatever the inputs and the answers."""

    batch_size: int = option(32, "examples per step", minimum=1)
    optimizer: str = option("adamw", "of both phases", choices=OPTIMIZERS)
    weight_decay: float = option(0.01, "weight decay of kernels", minimum=0, below=1)
    feature_cache: str = option("auto", "where outputs of frozen layers are kept", choices=FEATURE_CACHES)
    cache_memory: float = option(0.4, "share of free memory for these outputs", above=0, maximum=1)
    cache_dtype: str = option("exact", "how these outputs are stored", choices=("exact", "float16"))
    seed: int = option(
        0, "seed of all that is random: splits, order, dropout, ...", minimum=0, maximum=2**31 - 1
    )

    def training(self, **others: object) -> Training:
        """Returns these settings as a `Training`, with others in place of some."""
        known = {each.name for each in dataclasses.fields(Training) if hasattr(self, each.name)}
        return Training(**{name: getattr(self, name) for name in known} | others)


@dataclass(frozen=True)
class ClassWeighting:
    """What only classes have."""

    label_smoothing: float = option(0.0, "share of the label spread over all classes", minimum=0, below=1)
    focal_gamma: float = option(
        0.0, "focal loss: how much less easy examples count; 0 is none", minimum=0, maximum=10
    )
    class_weight: str = option(
        "none", "against imbalance: weights, or each class drawn as often", choices=CLASS_WEIGHTS
    )
    threshold_for: str = option(
        "none", "of two classes, what the threshold between them is chosen for", choices=THRESHOLDS
    )


LOSSES = ("mse", "mae", "huber")


@dataclass(frozen=True)
class NumberFitting:
    """What only numbers have.

    Args:
        loss: What is minimized: squared errors, whose best guess is the mean; absolute errors, whose best guess is the
            median, so that outliers count less; or squared ones up to `huber_delta` and absolute ones beyond it (Huber
            1964).
        huber_delta: In standard deviations of the training split.
        coverage: Of the prediction intervals: see `kerasft.targets.numbers.intervals`.
    """

    loss: str = option("mse", "squared errors, absolute ones, or Huber's between both", choices=LOSSES)
    huber_delta: float = option(
        1.0, "where huber turns absolute, in standard deviations", above=0, maximum=100
    )
    coverage: float = option(
        0.9, "share of true numbers that prediction intervals are to hold", above=0, below=1
    )


@dataclass(frozen=True)
class Fitting(ClassWeighting, Optimization):
    """What is the same in every phase of a classifier, whatever the inputs."""


@dataclass(frozen=True)
class Augmentation:
    """What is done to the inputs of training alone."""

    augment: str = option("light", "training-only changes to images", choices=AUGMENTATIONS)
    flip: bool = option(True, "mirror images left to right")
    views: int = option(4, "augmented copies whose outputs are kept; 0: new ones every epoch", minimum=0)


@dataclass(frozen=True)
class Training(Augmentation, NumberFitting, Fitting):
    """What is the same in every phase."""


@dataclass(frozen=True)
class TwoPhases:
    """What a recipe asks about its two phases."""

    head_epochs: int = option(10, "epochs with the backbone frozen; 0 leaves the phase out", minimum=0)
    tune_epochs: int = option(10, "epochs with its upper blocks trained; 0 leaves the phase out", minimum=0)
    unfreeze: float | int | str = option(
        0.3, "what tune trains: a share or number of blocks, a layer, or all"
    )
    head_learning_rate: float | str = option(1e-3, "of head, or auto", above=0, maximum=10, choices=("auto",))
    tune_learning_rate: float | str = option(3e-4, "of tune, or auto", above=0, maximum=10, choices=("auto",))
    layer_decay: float = option(1.0, "factor of the tune rate from block to block below", above=0, maximum=1)
    patience: int = option(5, "epochs without improvement that end a phase", minimum=1)

    def phases(self) -> tuple[Phase, ...]:
        """Returns the phases; see `two_phases`."""
        return two_phases(**{each.name: getattr(self, each.name) for each in dataclasses.fields(TwoPhases)})


def need_tensorboard(folder: str) -> None:
    """Raises InputError where the package is missing without which nothing could be written into the folder."""
    if importlib.util.find_spec("tensorboard") is None:
        what, hint = (
            "--log-dir needs the package tensorboard, which is not installed",
            'pip install "kerasft[tensorboard]"',
        )
        raise InputError(Problem(what, folder, hint))


@dataclass(frozen=True)
class RunOptions:
    """What a recipe asks about its run: from where it starts, where it is kept, in which numbers it trains."""

    from_run: str | None = option(None, "start from the weights of this earlier run", kind="run")
    run_dir: str | None = option(
        None, "folder of the new run (default: numbered, in saved_models/)", kind="new-run"
    )
    overwrite: bool = option(False, "replace an earlier run in --run-dir")
    log_dir: str | None = option(
        None, "folder for TensorBoard: loss and metrics of each epoch", find=need_tensorboard
    )
    precision: str = option("auto", "number format; auto mixes on a GPU", choices=PRECISIONS)

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Returns the callback for TensorBoard, if a folder is named."""
        if self.log_dir is None:
            return []
        import keras

        return [keras.callbacks.TensorBoard(self.log_dir, write_graph=False)]
