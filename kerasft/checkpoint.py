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
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasft import files, freezing
from kerasft.errors import KerasftError
from kerasft.history import Epoch

BEST = "best"  # the group of the best weights
_PIECE = 16_000_000  # bytes
FILE, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"


@dataclass(frozen=True)
class State:
    """Where a fine-tuning is.

    Args:
        phase: The number of the phase, from 0.
        epoch: How many of its epochs are done.
        stopped: Whether the early stop has ended it.
        score: Validation accuracy and negative log loss of its best epoch; None before there is one.
        best_epoch: That epoch, from 1.
        rows: The history of the run.
        results: What the phases before reached, by name, as JSON values.
        config: What the run's config.json holds.
        rates: The learning rates that were looked for so far: fields of `PhaseResult` by the phase's name.
    """

    phase: int = 0
    epoch: int = 0
    stopped: bool = False
    score: tuple[float, float] | None = None
    best_epoch: int = 0
    rows: tuple[Epoch, ...] = ()
    results: dict[str, Any] = field(default_factory=dict)
    config: str = ""
    rates: dict[str, Any] = field(default_factory=dict)


def model_variables(model: keras.Model) -> dict[str, Any]:
    """Returns what a phase changes of a model: what trains, and the states of random generators.

    Args:
        model: The whole model, with the flags of the phase.
    """
    return numbered("weight", model.trainable_variables) | numbered("random", freezing.random_states(model))


def optimizer_variables(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Returns the variables of an optimizer that is built: momenta, the number of steps, the loss scale."""
    return numbered("optimizer", optimizer.variables)


def best_values(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Returns what trains as it was at the end of the phase's best epoch; empty before there is one."""
    return [arrays[f"{BEST}/{index}"] for index in range(sum(name.startswith(f"{BEST}/") for name in arrays))]


def numbered(group: str, variables: Sequence[Any]) -> dict[str, Any]:
    """Names variables or arrays by their group and number."""
    return {f"{group}/{index}": each for index, each in enumerate(variables)}


def on_host(variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Returns variables, tensors or arrays as arrays in memory that nothing else changes."""
    return {name: np.array(keras.ops.convert_to_numpy(each), order="C") for name, each in variables.items()}


class Background:
    """Does one piece of work after another, beside the training or, as by default, at once.

    Args:
        beside: Whether to work in a thread. A GPU need not wait until a checkpoint is on the disk; a CPU has nothing to
            gain.
    """

    def __init__(self, beside: bool = False):
        self._thread = ThreadPoolExecutor(1) if beside else None
        self._pending: Future | None = None

    def run(self, work: Callable[..., None], *arguments: Any) -> None:
        """Begins a piece of work, when the one before is done; what that one raised is raised here."""
        self.wait()
        if self._thread is None:
            work(*arguments)
        else:
            self._pending = self._thread.submit(work, *arguments)

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *exception: Any) -> None:
        """Waits, so that nothing that follows meets a half-written file."""
        self.wait()

    def wait(self) -> None:
        """Returns when nothing is left to do; raises what the work has raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()


def write_checkpoint(folder: Path, state: State, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint, reads it back, and only then puts it in the place of the one before.

    Raises:
        OSError: The disk is full, or what was read back is not what was written; the one before is still there.
    """
    import safetensors.numpy

    header = {"state": json.dumps(dataclasses.asdict(state)), "digest": _digest(arrays)}
    content = safetensors.numpy.save(dict(arrays), header)
    target = folder / FILE
    with files.atomic_path(target) as temporary:
        temporary.write_bytes(content)
        if not _holds(temporary, content):
            raise OSError(f"the checkpoint was not written as it should be: {target}")
        if target.exists():
            os.replace(target, folder / PREVIOUS)


def read_checkpoint(folder: Path) -> tuple[State, dict[str, np.ndarray]] | None:
    """Reads the last whole checkpoint; None if there is none."""
    for name in (FILE, PREVIOUS):
        try:
            return _read(folder / name)
        except (OSError, ValueError, KeyError, TypeError, KerasftError):
            continue
    return None


def restore(variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
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


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds just these bytes, piece by piece."""
    expected, place = memoryview(content), 0
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            if piece != bytes(expected[place : place + len(piece)]):  # a memoryview compares byte by byte
                return False
            place += len(piece)
    return place == len(content)


def _read(path: Path) -> tuple[State, dict[str, np.ndarray]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata()
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise KerasftError(f"the checkpoint is broken: {error}") from error
    if header["digest"] != _digest(arrays):
        raise KerasftError("the checkpoint is broken")
    values = json.loads(header["state"])
    rows = tuple(Epoch(**row) for row in values.pop("rows"))
    score = values.pop("score")
    return State(**values, rows=rows, score=None if score is None else tuple(score)), arrays


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    found = hashlib.sha256()
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        found.update(np.ascontiguousarray(arrays[name]).data)
    return found.hexdigest()
