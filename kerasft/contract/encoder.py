"""From examples to a model's answers: an encoder makes arrays of them, a runtime answers to these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.specs import Spec
from kerasft.contract.splits import Column, ExampleColumn

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 32  # examples that are encoded and answered at once

Arrays = np.ndarray | dict[str, np.ndarray]  # (examples, ...) each, by name where there are several

# (examples, ...) of a model: an array, or arrays by name where it has several; its kind of target knows which
Outputs = Arrays
# The same in a graph
Tensors: TypeAlias = "keras.KerasTensor | dict[str, keras.KerasTensor]"

Shape = tuple[int | None, ...]  # without the batch; None where it may be any


class Encoder(Protocol[ExampleColumn]):
    """Turns examples into what a model reads, row for row: the same for an example in any company."""

    @property
    def specs(self) -> Mapping[str, Spec]:
        """The arrays that a call may give, by the names of the model's inputs."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """Other names that an exported file may have for an input, and what they stand for."""

    def column(self, given: object, /) -> ExampleColumn:
        """Returns examples as they came from a caller as a column.

        Raises:
            InputError: They are not what the model takes.
        """

    def __call__(self, examples: ExampleColumn, /) -> dict[str, np.ndarray]:
        """Returns the arrays (examples, ...) of a column, by the names of the inputs."""

    def sample(self) -> ExampleColumn:
        """Returns a column of one made-up example, such as noise, to measure time with."""

    def describe(self) -> JsonObject:
        """Returns what an exported file says about its inputs, as values for JSON."""

    def files(self) -> dict[str, bytes]:
        """Returns the files, such as a vocabulary, with which `describe` is enough to build the encoder again."""


class Runtime(Protocol):
    """A loaded model."""

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The shapes of its inputs by name, without the batch."""

    @property
    def outputs(self) -> Mapping[str, Shape]:
        """The shapes of its outputs by name, without the batch."""

    def __call__(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns float32 arrays (batch, ...) by the names of the outputs for one batch."""


def inputs_taken(runtime: Runtime, encoder: Encoder) -> dict[str, str]:
    """Returns which array of an encoder each input of a model takes; {} where their names don't fit together."""
    names, specs = list(runtime.inputs), list(encoder.specs)
    if len(names) == len(specs) == 1:
        return {names[0]: specs[0]}
    found = {name: encoder.aliases.get(name, name) for name in names}
    return found if set(found.values()) <= set(specs) else {}


def outputs_of(
    runtime: Runtime, encoder: Encoder, examples: Column, told: Callable[[int, int], None] | None = None
) -> dict[str, np.ndarray]:
    """Asks a model about examples, 32 at a time, so that no more than that is encoded in memory.

    Args:
        runtime: The model.
        encoder: Of the model.
        examples: (n,).
        told: Called as told(done, total).

    Returns:
        The outputs (examples, ...) by name; {} of no examples.
    """
    taken, parts = inputs_taken(runtime, encoder), []
    for start in range(0, len(examples), BATCH_SIZE):
        arrays = encoder(examples[start : start + BATCH_SIZE])
        parts.append(runtime({name: arrays[source] for name, source in taken.items()}))
        if told is not None:
            told(min(start + BATCH_SIZE, len(examples)), len(examples))
    return {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}


def named(outputs: Tensors) -> dict[str, keras.KerasTensor]:
    """Returns what a Keras model has or gives as outputs by name; one without a name is called "output"."""
    return dict(outputs) if isinstance(outputs, Mapping) else {"output": outputs}


def unnamed(outputs: Mapping[str, np.ndarray]) -> Outputs:
    """Returns the outputs of a model as kinds of targets take them: the array of one output, or arrays by name."""
    return dict(outputs) if len(outputs) > 1 else next(iter(outputs.values()))
