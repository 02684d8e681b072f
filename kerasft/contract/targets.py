"""A kind of answer, such as one class of several: what the works ask about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasft.contract.evaluation import Evaluation
from kerasft.contract.splits import Schema


class Targets(ABC):
    """What differs between kinds of answers. A schema says what the answers of one model mean."""

    @abstractmethod
    def schema_of(self, config: Any) -> Schema:
        """Returns the schema in a model's config: a dataclass of values for JSON."""

    @abstractmethod
    def described(self, values: Mapping[str, Any]) -> Schema:
        """Returns the schema in an exported file's description, checked.

        Raises:
            ValueError: It can't be used; the text says why.
        """

    @abstractmethod
    def answer_shape(self, schema: Schema) -> tuple[int, ...]:
        """Returns the shape of the answer to one example."""

    @abstractmethod
    def evaluate(self, answers: np.ndarray, targets: Any, schema: Schema, ids: Sequence[str]) -> Evaluation:
        """Measures answers.

        Args:
            answers: (n, ...) those of a model.
            targets: (n,) the true ones.
            schema: What both mean.
            ids: (n,) of the examples.

        Raises:
            InputError: There are no examples.
        """

    @abstractmethod
    def finish(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        """Returns the float32 answers that a model's outputs (examples, ...) mean; exported files do it inside."""
