"""Writing a run folder: its place, the plan before training, and what each phase reached."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import keras

from kerasft.base import config_file, environment, files, kernels
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.locking import LOCK, OWNER, locked
from kerasft.base.options import has_types
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Phase, Training, to_dict
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Splits
from kerasft.data.earlier import FILE as EARLIER
from kerasft.data.earlier import GROUPS, write_earlier, write_group_sides
from kerasft.data.splits_file import write_splits
from kerasft.runs.model import assemble, load_weights
from kerasft.runs.probing import probe
from kerasft.runs.run import CONFIG, FORMAT, LABELS, RESULT, SPLITS, weights_path

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class PhaseResult:
    """What a phase reached.

    Args:
        epochs: Epochs run.
        best_epoch: The epoch whose weights are kept, from 1.
        metrics: What ranks epochs, in that order, of that epoch: by their names in Keras' logs.
        trained_layers: The names of the layers that trained.
        trained_parameters: The number of values that trained.
        features: What was kept of the frozen layers' outputs, in words.
        seconds: Of the whole phase.
        learning_rate: The highest of the phase; None where the phase was stopped before it had one.
        learning_rate_choice: How it was found, in words; "" where the plan gave it.
    """

    epochs: int
    best_epoch: int
    metrics: Mapping[str, float]
    trained_layers: tuple[str, ...]
    trained_parameters: int
    features: str
    seconds: float
    learning_rate: float | None = None
    learning_rate_choice: str = ""

    @classmethod
    def from_dict(cls, values: JsonFields) -> PhaseResult:
        """Returns the result of its JSON values; raises `InputError` if they are other ones."""
        try:
            found = cls(**{**values, "trained_layers": tuple(values["trained_layers"])})
        except (TypeError, KeyError):
            found = None
        if found is None or not has_types(found):
            hint = "train again with --overwrite"
            raise InputError(Problem("what a phase of the run reached can't be read", str(values)[:80], hint))
        return found


def new_run_dir(wanted: str | Path | None, default: str, overwrite: bool = False) -> Path:
    """Makes the folder of a new run and returns it.

    Args:
        wanted: The folder the user asked for; None takes `default`, with the first free number behind it.
        default: e.g. "saved_models/flowers-mobilenet_v3_small".
        overwrite: Whether an earlier run in `wanted` may be deleted. Anything but a run is never deleted.

    Raises:
        InputError: `wanted` exists and isn't empty, or can't be made.
    """
    if wanted is None:
        run_dir = next(
            path
            for number in range(1, 10_000)
            if not (path := Path(default if number == 1 else f"{default}-{number}")).exists()
        )
    else:
        run_dir = Path(wanted)
        if run_dir.is_dir() and any(run_dir.iterdir()):
            is_run = (run_dir / CONFIG).is_file() or _was_begun(run_dir)
            if not (overwrite and is_run):
                hint = "add --overwrite or choose another --run-dir" if is_run else "choose another --run-dir"
                what = "an earlier run is there" if is_run else "the folder is not empty and not a run"
                raise InputError(Problem(what, str(run_dir), hint))
            if run_dir.is_symlink():
                hint = f"give the folder itself: --run-dir {run_dir.resolve()}"
                raise InputError(
                    Problem("the run folder is a link, which --overwrite doesn't follow", str(run_dir), hint)
                )
            with locked(run_dir):  # else another process is training in it
                pass
            shutil.rmtree(run_dir)
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = Problem(
            f"the run folder can't be made ({error.strerror})", str(run_dir), "choose another --run-dir"
        )
        raise InputError(problem) from error
    return run_dir


def _was_begun(run_dir: Path) -> bool:
    """Whether a folder holds nothing but what a run writes before its config.json: it was killed right then."""
    ours = {SPLITS, EARLIER, GROUPS, LABELS, "tokenizer", LOCK, OWNER}
    return all(path.name in ours or path.name.startswith(files.PARTIAL_PREFIX) for path in run_dir.iterdir())


def write_plan(
    folder: Path,
    model: keras.Model,
    splits: Splits,
    phases: Sequence[Phase],
    training: Training,
    choices: Sequence[DataclassInstance],
    callbacks: Sequence[str] = (),
    own: Mapping[str, str] = MappingProxyType({}),
) -> JsonObject:
    """Writes config.json, splits.csv and what names the answers (labels.txt), and returns what config.json holds.

    A model from `start_from` also gets earlier.csv: what the runs before this one knew. Splits
    of groups also give groups.csv: the split of each. `callbacks` and `own` are the names of what is
    the caller's own.
    """
    earlier = getattr(model, "earlier", None)
    config: JsonObject = {
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "model": to_dict(model.kerasft),
        "data": _source_of(splits),
        "from_run": None if earlier is None else earlier.name,
        "phases": [to_dict(phase) for phase in phases],
        "training": to_dict(training),
        "features": [asdict(choice) for choice in choices],
        "precision": model.dtype_policy.name,
        "versions": environment.versions(),
        "kernels": kernels.in_force(),
    }
    if (used := config_file.in_use()) is not None:
        config["recipe"] = used
    if callbacks:
        config["callbacks"] = list(callbacks)
    if own:
        config["own"] = dict(own)
    write_splits(splits, folder / SPLITS)
    if earlier is not None:
        write_earlier(earlier.sides, folder)
    if splits.group_sides:
        write_group_sides(splits.group_sides, folder)
    task = task_of(model.kerasft.task)
    for name, content in task.targets.answering.files(splits.schema).items():
        files.write_text(folder / name, content.decode())
    task.save_assets(model, folder)
    files.write_json(folder / CONFIG, config)  # the last: with it, the folder is a run
    return config


def _source_of(splits: Splits) -> JsonObject:
    """Where the examples came from: what `restore_splits` needs to read them again."""
    source: JsonObject = {"source": splits.source, "data_dir": splits.data_dir, "seed": splits.seed}
    for name in ("group", "validation_data", "test_data"):
        if getattr(splits, name) is not None:
            source[name] = getattr(splits, name)
    if splits.reading.columns is not None:
        source["columns"] = asdict(splits.reading.columns)
    return source


def best_phase(results: Mapping[str, PhaseResult], objective: Objective) -> str:
    """Returns the name of the phase with the best weights; of equal ones, the first."""
    return max(results, key=lambda name: objective.score(results[name].metrics))


def write_result(
    folder: Path, model: keras.Model, results: Mapping[str, PhaseResult], objective: Objective
) -> None:
    """Names the run's best phase so far, and records hash and probe of the latest one's weights, which `model` has."""
    best = best_phase(results, objective)
    latest = list(results)[-1]
    earlier = files.read_json(folder / RESULT)["weights"] if (folder / RESULT).is_file() else {}
    path = weights_path(folder, latest)
    # The probe belongs to the float32 model that ships, whatever precision trained it.
    shipped = model
    if model.compute_dtype != "float32":
        shipped = assemble(model.kerasft, assets=folder)
        load_weights(shipped, path)
    recorded = {**earlier, latest: {"sha256": files.sha256_of(path), "probe": probe(shipped).tolist()}}
    if best == latest:
        with files.atomic_path(weights_path(folder, "best")) as temporary:
            shutil.copyfile(path, temporary)
        recorded["best"] = recorded[latest]
    result = {
        "best": best,
        "phases": {name: to_dict(each) for name, each in results.items()},
        "weights": recorded,
    }
    files.write_json(folder / RESULT, result)
