"""The plan of a fine-tuning, in types: what the model is, what each phase does, how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import check, flag, from_dict, option, to_dict

__all__ = [
    "AUTO",
    "FEATURE_CACHES",
    "OPTIMIZERS",
    "PRECISIONS",
    "QUANTIZATIONS",
    "Phase",
    "Training",
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
QUANTIZATIONS = ("none", "float16", "mixed", "int16", "dynamic", "int8", "auto")
PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Training:
    """What is the same in every phase."""

    batch_size: int = option(32, "pictures per step", minimum=1)
    optimizer: str = option("adamw", "optimizer", choices=OPTIMIZERS)
    weight_decay: float = option(0.01, "decoupled weight decay of kernels", minimum=0.0, below=1.0)
    label_smoothing: float = option(
        0.0, "share of label mass spread over all classes", minimum=0.0, below=1.0
    )
    augment: str = option("light", "training-only changes to pictures", choices=("none", "light", "strong"))
    flip: bool = option(True, "let augmentation mirror pictures left to right")
    class_weight: str = option("none", "weights against imbalance", choices=("none", "auto"))
    feature_cache: str = option("auto", "where the outputs of frozen layers are kept", choices=FEATURE_CACHES)
    views: int = option(4, "augmented copies of a picture that are kept; 0: new ones every epoch", minimum=0)
    cache_memory: float = option(
        0.4, "share of the free memory that kept features may take", above=0.0, maximum=1.0
    )
    cache_dtype: str = option("exact", "how features are kept", choices=("exact", "float16"))
    seed: int = option(0, "seed of order, augmentation, dropout and the head", minimum=0, maximum=2**31 - 1)
