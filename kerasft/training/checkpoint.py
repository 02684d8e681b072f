"""The state of a fine-tuning at the end of an epoch: all that an interrupted run needs to go on, bit for bit.

One safetensors file holds the variables that change (what trains, now and in the best epoch, the states of random
generators, the optimizer's) and, in its header, the rest as JSON. Everything else is in the run folder or follows
from seed and epoch. A new checkpoint gets its name after it was read back; until then the one before has it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np

from kerasft.base import files
from kerasft.base.errors import KerasftError, UnsafeFileError
from kerasft.base.json_values import JsonFields
from kerasft.base.options import has_types
from kerasft.base.tensors import open_tensors, write_tensors
from kerasft.contract.objective import Score
from kerasft.networks.named_weights import follow_weights
from kerasft.networks.values import value_of
from kerasft.training import freezing
from kerasft.training.history import Epoch

BEST = "best"  # the group of the best weights, where they are not the present ones
FILE, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"
START = "start.safetensors"  # all weights before the first phase, kept until the run is done


@dataclass(frozen=True)
class State:
    """Where a fine-tuning is.

    Args:
        phase: The number of the phase, from 0.
        epoch: How many of its epochs are done.
        stopped: Whether the early stop has ended it.
        score: Of its best epoch, as the objective ranks it; None before there is one.
        best_epoch: That epoch, from 1.
        rows: The history of the run.
        results: What the phases before reached, by name, as JSON values.
        config: What the run's config.json holds.
        rates: The learning rates that were looked for so far: fields of `PhaseResult` by the phase's name.
    """

    phase: int = 0
    epoch: int = 0
    stopped: bool = False
    score: Score | None = None
    best_epoch: int = 0
    rows: tuple[Epoch, ...] = ()
    results: JsonFields = field(default_factory=dict)
    config: str = ""
    rates: JsonFields = field(default_factory=dict)

    @property
    def best_is_last(self) -> bool:
        """Whether the weights are those of the best epoch, so that they need not be kept twice."""
        return 0 < self.best_epoch == self.epoch


Saved = tuple[State, dict[str, np.ndarray]]  # with arrays by group and number
Value: TypeAlias = "keras.Variable | np.ndarray"


def model_variables(model: keras.Model) -> dict[str, Value]:
    """Returns what a phase changes of a model: weights, and the states of random generators.

    Args:
        model: The whole model, with the flags of the phase.
    """
    return numbered("weight", freezing.changing_weights(model)) | numbered(
        "random", freezing.random_states(model)
    )


def optimizer_variables(optimizer: keras.optimizers.Optimizer) -> dict[str, Value]:
    """Returns the variables of an optimizer that is built: momenta, the number of steps, the loss scale."""
    return numbered("optimizer", optimizer.variables)


def best_values(state: State, arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Returns what trains as it was at the end of the phase's best epoch; empty before there is one."""
    group = "weight" if state.best_is_last else BEST
    count = sum(name.startswith(f"{group}/") for name in arrays)
    return [arrays[f"{group}/{index}"] for index in range(count)]


def numbered(group: str, variables: Sequence[Value]) -> dict[str, Value]:
    """Names variables or arrays by their group and number."""
    return {f"{group}/{index}": each for index, each in enumerate(variables)}


def on_host(variables: Mapping[str, Value]) -> dict[str, np.ndarray]:
    """Returns variables as arrays in memory that nothing changes; arrays are such already."""
    return {
        name: each if isinstance(each, np.ndarray) else value_of(each) for name, each in variables.items()
    }


def write_checkpoint(folder: Path, state: State, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint, reads it back, and only then puts it in the place of the one before.

    Raises:
        OSError: The disk is full, or what was read back is not what was written; the one before is still there.
    """
    target = folder / FILE
    with files.atomic_path(target) as temporary:
        _write(temporary, arrays, state)
        if target.exists():
            os.replace(target, folder / PREVIOUS)


def remove_checkpoints(folder: Path) -> None:
    """Removes what only an unfinished run needs."""
    for name in (FILE, PREVIOUS, START):
        (folder / name).unlink(missing_ok=True)


def write_start(folder: Path, model: keras.Model) -> None:
    """Writes all weights of a model as they are before the first phase.

    Raises:
        OSError: As for `write_checkpoint`.
    """
    with files.atomic_path(folder / START) as temporary:
        _write(temporary, on_host(numbered("weight", model.weights)), State())


def restore_start(folder: Path, model: keras.Model) -> None:
    """Gives a model the weights that `write_start` wrote.

    Raises:
        KerasftError: The file is not there, broken, or of another model.
    """
    path = folder / START
    if not path.is_file():
        raise KerasftError(f"the weights that the run began with are missing ({path}); train again")
    restore(numbered("weight", model.weights), _read(path)[1])
    follow_weights(model)


def read_checkpoint(folder: Path) -> Saved | None:
    """Reads the last whole checkpoint; None if there is none."""
    for name in (FILE, PREVIOUS):
        try:
            return _read(folder / name)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, KerasftError):
            continue
    return None


def restore(variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray]) -> None:
    """Gives variables the values that a checkpoint has for their groups.

    Raises:
        KerasftError: The checkpoint is of another model, phase or optimizer.
    """
    shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
    groups = {name.split("/")[0] for name in variables}
    found = {name: array.shape for name, array in arrays.items() if name.split("/")[0] in groups}
    if shapes != found:
        other = sorted(set(shapes.items()) ^ set(found.items()))
        raise KerasftError(f"the checkpoint doesn't fit the model: {other[:3]}; train again")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _write(path: Path, arrays: Mapping[str, np.ndarray], state: State) -> None:
    text = json.dumps(dataclasses.asdict(state))
    header = {"state": text, "state_sha256": _sha256(text), "digest": _digest(arrays)}
    write_tensors(path, arrays, header)
    try:
        with open_tensors(path) as file:
            same = file.metadata() == header and set(file.keys()) == set(arrays)
            same = same and all(_equal(file.get_tensor(name), array) for name, array in arrays.items())
    except UnsafeFileError:
        same = False
    if not same:
        raise OSError(f"the checkpoint was not written as it should be: {path}")


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays are the same bytes; NaN is equal to itself."""
    same = one.dtype == other.dtype and one.shape == other.shape
    return same and np.array_equal(one.reshape(-1).view(np.uint8), other.reshape(-1).view(np.uint8))


def _read(path: Path) -> tuple[State, dict[str, np.ndarray]]:
    try:
        with open_tensors(path) as file:
            header = file.metadata()
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except UnsafeFileError as error:
        raise KerasftError(f"the checkpoint is broken: {error}") from error
    if header["digest"] != _digest(arrays):
        raise KerasftError("the checkpoint is broken")
    text = header["state"]
    if header.get("state_sha256", _sha256(text)) != _sha256(text):  # older checkpoints have none
        raise KerasftError("the checkpoint is broken")
    return _state(json.loads(text)), arrays


def _state(values: dict[str, Any]) -> State:
    rows = tuple(Epoch(**row) for row in values.pop("rows"))
    score = values.pop("score")
    state = State(**values, rows=rows, score=None if score is None else tuple(score))
    if not (has_types(state) and all(map(has_types, rows))) or state.score == ():
        raise KerasftError("the checkpoint is broken")
    return state


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    found = hashlib.sha256()
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        found.update(np.ascontiguousarray(arrays[name]).data)
    return found.hexdigest()
