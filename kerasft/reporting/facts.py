"""What a run folder says about the training: phases, epochs, exported files, and how to do it again.

A run may come from anybody, so what its files hold is looked at before it is used; what is not as expected is left
out. The page escapes all texts.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from kerasft.base import files, untrusted
from kerasft.base.errors import InputError
from kerasft.base.json_values import JsonFields
from kerasft.base.options import from_dict, is_number
from kerasft.base.shells import command_line
from kerasft.contract.calibration import Calibration
from kerasft.contract.objective import Better
from kerasft.contract.plan import Training
from kerasft.contract.registry import task_of
from kerasft.runs.calibration import calibration_of
from kerasft.runs.run import CONFIG, SPLITS, Run
from kerasft.training.history import Epoch, read_history

HISTORY, EXPORTS = "history.csv", "exports"
_MOST_EXPORTS, _MOST_LAYERS = 50, 2000
_LONGEST, _LONGEST_COMMAND = 120, 4000  # characters
_EXPORT_NUMBERS = ("agreement", "difference", "megabytes", "milliseconds")


@dataclass(frozen=True)
class Facts:
    """What a run says about itself.

    Args:
        title: The name of its folder.
        config: What config.json holds.
        history: One row per epoch; empty where there is none.
        phases: One dict per phase that ended: what it trained, reached and took.
        best: The phase whose weights are the run's best.
        better: By what it is, besides what decides between equal ones: of classes the accuracy.
        shown: The phase whose weights gave the answers.
        exports: One dict per exported file: what was measured on it.
        calibration: What was fitted on the validation split; None where nothing was.
        command: What was typed.
        hashes: SHA-256 by file name.
        training: What all phases shared.
    """

    title: str
    config: JsonFields
    history: tuple[Epoch, ...]
    phases: tuple[JsonFields, ...]
    best: str
    better: Better
    shown: str
    exports: tuple[JsonFields, ...]
    calibration: Calibration | None
    command: str
    hashes: dict[str, str]
    training: Training = Training()

    @classmethod
    def of(cls, run: Run) -> Facts:
        """Reads them from a run's folder."""
        folder, result = run.run_dir, run.result
        training = _training(run.config)
        objective = task_of(run.model_config.task).objective(run.model_config, training)
        weights = run.weights_path()
        return cls(
            title=run.given.resolve().name,
            config=run.config,
            history=_history(folder / HISTORY),
            phases=tuple(_phases(run.config, result)),
            best=result["best"],
            better=objective.better[0],
            shown=result["best"] if run.weights == "best" else run.weights,
            exports=tuple(_exports(folder / EXPORTS)),
            calibration=calibration_of(run),
            command=_command(run.config.get("command")),
            hashes={
                path.name: files.sha256_of(path)
                for path in (folder / CONFIG, folder / SPLITS, weights)
                if path.is_file()
            },
            training=training,
        )

    @property
    def seconds(self) -> float:
        """Of all phases."""
        return sum(each["seconds"] or 0 for each in self.phases)


def _training(config: JsonFields) -> Training:
    """Returns the settings that the run was trained with, which say what ranked its epochs."""
    given = config.get("training")
    try:
        return from_dict(Training, given) if isinstance(given, dict) else Training()
    except InputError:
        return Training()


def _history(path: Path) -> tuple[Epoch, ...]:
    try:
        return tuple(replace(row, phase=row.phase[:_LONGEST]) for row in read_history(path))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _phases(config: JsonFields, result: JsonFields) -> list[JsonFields]:
    order = [str(plan.get("name")) if isinstance(plan, dict) else "" for plan in config["phases"]]
    plans = dict(zip(order, config["phases"], strict=True))
    choices = config.get("features")
    found: list[JsonFields] = []
    for name, reached in result["phases"].items():
        plan = plans.get(name, {})
        place = order.index(name) if name in order else -1
        choice = choices[place] if isinstance(choices, list) and 0 <= place < len(choices) else None
        layers = reached.get("trained_layers")
        epochs = _number(reached.get("epochs"))
        found.append(
            {
                "name": str(name),
                "unfreeze": str(plan.get("unfreeze", "")),
                "learning_rate": _number(reached.get("learning_rate")) or _number(plan.get("learning_rate")),
                "epochs": epochs,
                "best_epoch": _number(reached.get("best_epoch")),
                "metrics": {key: _number(each) for key, each in reached.get("metrics", {}).items()},
                "layers": [str(each)[:_LONGEST] for each in layers[:_MOST_LAYERS]]
                if isinstance(layers, list)
                else [],
                "parameters": _number(reached.get("trained_parameters")),
                "features": str(reached.get("features", ""))[:300].removeprefix("features: "),
                "saved": _saved(choice, epochs),
                "seconds": _number(reached.get("seconds")),
            }
        )
    return found


def _saved(choice: object, epochs: float | None) -> str:
    """Says in counts what the feature cache saved: a count can be checked, a time that was not measured can't."""
    if not isinstance(choice, dict) or choice.get("place") not in ("memory", "disk") or not epochs:
        return ""
    views = _number(choice.get("views"))
    if views is None:
        return ""
    times, epochs = int(min(views, epochs)), int(epochs)
    if times == epochs:
        return "so few epochs that each view was used once, so nothing was saved"
    once = "once" if times == 1 else f"{times} times"
    return f"the frozen layers ran {once} over the training split, in place of {epochs} times"


def _exports(folder: Path) -> list[JsonFields]:
    found: list[JsonFields] = []
    for path in sorted(folder.glob("*.json"))[:_MOST_EXPORTS]:
        try:
            description = untrusted.read_object(path)
        except InputError:  # lists of golden examples lie there, too
            continue
        measured = description.get("measured")
        if not isinstance(measured, dict) or not isinstance(measured.get("file"), str):
            continue
        score = str(measured.get("score_name", "accuracy"))[:_LONGEST]
        scores = {"score": measured.get(score), "keras_score": measured.get(f"keras_{score}")}
        numbers = {**scores, **{name: measured.get(name) for name in _EXPORT_NUMBERS}}
        row = {name: _number(value) for name, value in numbers.items()}
        file = folder / Path(measured["file"]).name
        recorded = str(description.get("sha256", ""))
        changed = os.path.isfile(file) and bool(recorded) and files.sha256_of(file) != recorded
        state = "missing" if not os.path.exists(file) else "changed since" if changed else ""
        text = {
            "file": measured["file"][:_LONGEST],
            "score_name": score,
            "quantization": str(measured.get("quantization", ""))[:_LONGEST],
            "state": state,
        }
        found.append({**row, **text, "sha256": recorded[:12]})
    return found


def _command(words: object) -> str:
    if not isinstance(words, list) or not words or not all(isinstance(each, str) for each in words):
        return ""
    path = PureWindowsPath if "\\" in words[0] else PurePosixPath  # of the system that it was typed on
    program = path(words[0])
    short = program.name.removesuffix(".exe")
    name = short if program.is_absolute() else words[0]
    if program.name == "main.py":  # python -m kerasft.cli.main
        typed = ["kerasft", *words[1:]]
    else:
        typed = ["python", name, *words[1:]] if program.suffix == ".py" else [short, *words[1:]]
    return command_line(typed)[:_LONGEST_COMMAND]


def _number(value: object) -> float | None:
    return value if is_number(value) and math.isfinite(value) else None
