"""How a model learns answers of a kind: its head, its loss, and what the loss is given."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.options import flag
from kerasft.contract.answering import SchemaType
from kerasft.contract.encoder import Arrays
from kerasft.contract.objective import Objective
from kerasft.contract.plan import NumberFitting, Training
from kerasft.contract.splits import TargetColumn

if TYPE_CHECKING:
    import keras

Encode = Callable[..., Arrays]  # targets (batch, ...) to what the loss takes, row by row
Weigh = Callable[..., np.ndarray]  # what `Encode` gave to the weights of its rows, float32 (batch,)

Draw = Callable[[np.random.Generator], np.ndarray]  # to the rows of an epoch, int (n,)


class Learning(ABC, Generic[SchemaType, TargetColumn]):
    """What differs between kinds of answers while a model is built and trained."""

    @abstractmethod
    def head(
        self, features: keras.KerasTensor, schema: SchemaType, dropout: float, seed: int
    ) -> keras.KerasTensor:
        """Returns the float32 outputs of a model.

        Args:
            features: A KerasTensor (batch, channels): pooled features.
            schema: What the answers mean.
            dropout: Share of features dropped while training, in [0, 1).
            seed: Of the dropout.
        """

    @abstractmethod
    def objective(self, schema: SchemaType, training: Training) -> Objective:
        """Returns the loss, the metrics and how epochs are ranked; a new one for each model that is compiled."""

    @abstractmethod
    def encode(self, schema: SchemaType) -> Encode:
        """Returns the function from targets (batch, ...) to what the loss takes."""

    def weigh(self, targets: TargetColumn, schema: SchemaType, training: Training) -> Weigh | None:
        """Returns the function from encoded targets to their weights; None: all weigh the same.

        Args:
            targets: (n, ...) of the training split.
            schema: What they mean.
            training: What all phases share.
        """
        return None

    def draw(self, targets: TargetColumn, schema: SchemaType, training: Training) -> Draw | None:
        """Returns what draws the rows of an epoch, as many as there are; None: each is there once.

        Args:
            targets: (n, ...) of the training split.
            schema: What they mean.
            training: What all phases share.
        """
        return None

    def adopt(
        self, kernel: np.ndarray, bias: np.ndarray, activation: str, schema: SchemaType
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns kernel and bias of the head's dense layer with which it answers as another model does.

        Args:
            kernel: Of the other model's last layer, float32 (channels, outputs).
            bias: float32 (outputs,).
            activation: Of that layer: "linear", "softmax" or "sigmoid".
            schema: What the answers mean.

        Raises:
            InputError: It answers something else.
        """
        raise unlike(kernel, activation, "answers of this kind come from a head of their own")

    def setting_problems(self, training: Training) -> list[Problem]:
        """Returns which settings of a training mean nothing to such answers."""
        return settings_of(NumberFitting, training, "answers that are no numbers")

    def unfit_settings(self, schema: SchemaType, training: Training) -> list[Problem]:
        """Returns which settings of a training don't fit the answers that a model gives."""
        return []

    @abstractmethod
    def mismatch(self, of_data: SchemaType, of_model: SchemaType) -> list[Problem]:
        """Returns that data and model have other answers, if they do."""


def unlike(kernel: np.ndarray, activation: str, wanted: str) -> InputError:
    """Returns the error of a model whose answers are of another kind."""
    given = f"{kernel.shape[1]} outputs, {activation}"
    return InputError(Problem("the model has other answers than the data", given, wanted))


def settings_of(kind: type, training: Training, noun: str) -> list[Problem]:
    """Returns a problem for each setting of a training that is not as it is by default, among those of one dataclass.

    Args:
        kind: Whose fields are meant: `ClassWeighting`, `NumberFitting`.
        training: All settings.
        noun: What has no such settings: "numbers".
    """
    return [
        Problem(f"{noun} have no {field.name.replace('_', ' ')}", str(given), f"leave out {flag(field.name)}")
        for field in dataclasses.fields(kind)
        if (given := getattr(training, field.name)) != field.default
    ]
