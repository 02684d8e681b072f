"""The plan of a fine-tuning, in types: what the model is, what each phase does, how it is trained.

Every step takes a frozen dataclass, and a recipe's command line is a frozen dataclass too. A field made by
`option` knows its help text and its limits, so one `check` serves all of them and reports every problem at
once, with the flag as it is typed.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kerasft.errors import Problem, did_you_mean, raise_problems

Config = typing.TypeVar("Config")


def option(
    default: Any,
    help: str,  # the word argparse uses for the same thing
    *,
    minimum: float | None = None,
    above: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
    choices: Iterable[str] = (),
    kind: str = "",
) -> Any:
    """Makes a dataclass field with a help text and the limits that `check` holds.

    Args:
        default: The default value.
        help: One line for `--help`, with units.
        minimum: The smallest allowed number; `above` excludes it.
        above: Numbers must be greater than this.
        maximum: The largest allowed number.
        below: Numbers must be less than this.
        choices: The allowed texts, for text fields.
        kind: What the value names, for `kerasft.checks`: "data", "backbone", "run" or "new-run".
    """
    limits = {"minimum": minimum, "above": above, "maximum": maximum, "below": below}
    metadata = {"help": help, "limits": limits, "choices": tuple(choices), "kind": kind}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class ModelConfig:
    """All that is needed to build a model again, without its weights.

    Args:
        backbone: A name of the catalogue, or `hub:...`.
        class_names: The classes, in the order of the model's outputs.
        image_size: Height and width of the input, in pixels.
        resize: How pictures are brought to that size: "stretch" or "crop".
        dropout: Share of features dropped before the head while training, in [0, 1).
        task: The head's kind.
        backbone_config: For KerasHub backbones, the architecture; None for all others.
    """

    backbone: str
    class_names: tuple[str, ...]
    image_size: int = option(224, "height and width of the input, in pixels", minimum=8, maximum=2048)
    resize: str = option("stretch", "how pictures are brought to that size", choices=("stretch", "crop"))
    dropout: float = option(0.2, "share of features dropped before the head", minimum=0.0, below=1.0)
    task: str = option("image_classification", "the head's kind", choices=("image_classification",))
    backbone_config: dict[str, Any] | None = None


@dataclass(frozen=True)
class Phase:
    """One compile and fit.

    Args:
        name: What the phase is called in the history and in file names: letters, digits and "-".
        unfreeze: What of the backbone trains: 0 (head only), a share of its blocks (0.3), a number of blocks,
            the name of the lowest layer that trains, or "all".
        epochs: Passes over the training split.
        learning_rate: The highest learning rate of the phase.
        warmup: Share of the phase's steps in which the rate rises linearly from 0.
        decay: Whether the rate then falls to 0 along half a cosine.
        patience: Epochs without a better validation result after which the phase ends.
    """

    name: str
    unfreeze: float | int | str = 0
    epochs: int = option(10, "passes over the training split", minimum=1)
    learning_rate: float = option(1e-3, "highest learning rate of the phase", above=0.0, maximum=10.0)
    warmup: float = option(0.0, "share of the steps in which the rate rises", minimum=0.0, below=1.0)
    decay: bool = option(False, "fall to 0 along half a cosine")
    patience: int = option(5, "epochs without improvement before the phase ends", minimum=1)


def two_phases(
    head_epochs: int = 10,
    tune_epochs: int = 10,
    *,
    unfreeze: float | int | str = 0.3,
    head_learning_rate: float = 1e-3,
    tune_learning_rate: float = 1e-4,
    patience: int = 5,
) -> tuple[Phase, ...]:
    """Returns the classic plan: train the head, then the upper part of the backbone too, more gently.

    A phase with 0 epochs is left out, so `tune_epochs=0` is head-only training.

    Args:
        head_epochs: Epochs of the phase "head", in which the backbone is frozen.
        tune_epochs: Epochs of the phase "tune".
        unfreeze: What of the backbone the phase "tune" trains (see `Phase`).
        head_learning_rate: Constant learning rate of the phase "head".
        tune_learning_rate: Highest learning rate of the phase "tune"; it warms up over a tenth of the steps
            and decays to 0 along a cosine.
        patience: Epochs without a better validation result after which a phase ends.
    """
    head = Phase("head", 0, head_epochs, head_learning_rate, patience=patience)
    tune = Phase("tune", unfreeze, tune_epochs, tune_learning_rate, warmup=0.1, decay=True, patience=patience)
    return tuple(phase for phase in (head, tune) if phase.epochs != 0)


OPTIMIZERS = ("adamw", "adam", "sgd", "rmsprop", "lion")
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
    seed: int = option(0, "seed of order, augmentation, dropout and the head", minimum=0, maximum=2**31 - 1)


def check(config: Any) -> list[Problem]:
    """Returns the problems of a dataclass made with `option`: wrong types, numbers out of range, unknown choices."""
    hints = typing.get_type_hints(type(config))
    problems = []
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if not _has_type(value, hints[field.name]):
            expected = _type_name(hints[field.name])
            problems.append(_problem(field.name, f"must be {expected}", value, f"give {expected}"))
        else:
            problems += _limit_problems(field, value)
    return problems


def to_dict(config: Any) -> dict[str, Any]:
    """Returns a config as JSON-ready values; tuples become lists."""
    return {
        field.name: list(value) if isinstance(value := getattr(config, field.name), tuple) else value
        for field in dataclasses.fields(config)
    }


def from_dict(kind: type[Config], values: Mapping[str, Any]) -> Config:
    """Returns a checked config of type `kind` from JSON values.

    Raises:
        InputError: A key is unknown (with the nearest known one), missing, or a value is not allowed.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    problems = [
        Problem(f"{kind.__name__} has no key {key!r}", "", did_you_mean(key, fields, "remove it"))
        for key in values
        if key not in fields
    ]
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            problems.append(Problem(f"{kind.__name__} lacks the key {name!r}", "", "add it"))
    raise_problems(problems)
    config = kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})
    raise_problems(check(config))
    return config


def flag(name: str) -> str:
    """Returns a field's name as it is typed on the command line: `batch_size` -> `--batch-size`."""
    return "--" + name.replace("_", "-")


def _problem(name: str, what: str, value: Any, next_step: str) -> Problem:
    return Problem(f"{flag(name)} {what}", repr(value), next_step)


def _limit_problems(field: dataclasses.Field, value: Any) -> list[Problem]:
    choices = field.metadata.get("choices", ())
    if choices and isinstance(value, str) and value not in choices:
        hint = did_you_mean(value, choices, "choose one of " + ", ".join(choices))
        return [_problem(field.name, "is not one of " + ", ".join(choices), value, hint)]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    if not math.isfinite(value):
        return [_problem(field.name, "must be a finite number", value, "give a number")]
    rules = {
        "minimum": (lambda limit: value >= limit, "at least"),
        "above": (lambda limit: value > limit, "greater than"),
        "maximum": (lambda limit: value <= limit, "at most"),
        "below": (lambda limit: value < limit, "less than"),
    }
    limits = field.metadata.get("limits", {})
    return [
        _problem(
            field.name, f"must be {words} {limits[rule]:g}", value, f"give a number {words} {limits[rule]:g}"
        )
        for rule, (holds, words) in rules.items()
        if limits.get(rule) is not None and not holds(limits[rule])
    ]


def _has_type(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_has_type(value, each) for each in typing.get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple) and all(_has_type(v, typing.get_args(hint)[0]) for v in value)
    if origin is dict:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return hint is Any or isinstance(value, hint)


def _type_name(hint: Any) -> str:
    names = {
        int: "a whole number",
        float: "a number",
        str: "a text",
        bool: "true or false",
        type(None): "nothing",
    }
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(
            names.get(each, str(each)) for each in typing.get_args(hint) if each is not type(None)
        )
    return names.get(hint, str(hint))
