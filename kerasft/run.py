"""The run folder: everything to repeat or to judge a fine-tuning, and the way back to its model.

config.json          the plan: model, data, phases, training, versions
splits.csv           which example is in which split, with hashes
labels.txt           the class names, one per line, in the order of the outputs
history.csv, .png    one row per epoch, with its phase
PHASE.weights.h5     the best weights of each phase
best.weights.h5      the best weights of the run
result.json          what was reached, and the hashes and the probe that `load_model` checks
evaluation/          the last evaluation on the test split
exports/             the files that ship
"""

from __future__ import annotations

import dataclasses
import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasft import data, files
from kerasft.config import ModelConfig, from_dict
from kerasft.errors import InputError, Problem, raise_problems
from kerasft.model import assemble, load_weights

FORMAT = 1
CONFIG, RESULT, SPLITS, LABELS = "config.json", "result.json", "splits.csv", "labels.txt"
PROBE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Run:
    """A fine-tuning and its folder.

    Args:
        run_dir: The folder.
        config: What config.json holds.
        weights: Which weights `load_model` takes: "best", or the name of a phase.
        in_memory: The splits, while the process that read them still has them.
    """

    run_dir: Path
    config: dict[str, Any] = field(repr=False)
    weights: str = "best"
    in_memory: data.Splits | None = field(default=None, repr=False, compare=False)

    @classmethod
    def open(cls, run_dir: str | Path) -> Run:
        """Opens a run folder.

        Raises:
            InputError: It is not a run folder, or one of a newer kerasft.
        """
        run_dir = Path(run_dir)
        if not (run_dir / CONFIG).is_file():
            what = "this folder is not a run" if run_dir.is_dir() else "there is no such run folder"
            raise InputError(Problem(what, str(run_dir), "give a folder that `kerasft train` made"))
        try:
            config = files.read_json(run_dir / CONFIG)
            newer = config["format"] > FORMAT
        except (ValueError, KeyError, TypeError) as error:
            problem = Problem("the run's config.json can't be read", str(run_dir / CONFIG), "train again")
            raise InputError(problem) from error
        if newer:
            raise InputError(Problem("the run was made by a newer kerasft", str(run_dir), "upgrade kerasft"))
        return cls(run_dir, config)

    @property
    def model_config(self) -> ModelConfig:
        """The validated description of the model."""
        return from_dict(ModelConfig, self.config["model"])

    @property
    def result(self) -> dict[str, Any]:
        """What result.json holds.

        Raises:
            InputError: No phase has ended yet.
        """
        if not (self.run_dir / RESULT).is_file():
            raise InputError(Problem("no phase of this run has ended", str(self.run_dir), "train again"))
        return files.read_json(self.run_dir / RESULT)

    def at(self, phase: str) -> Run:
        """Returns the same run with the best weights of one phase, e.g. `run.at("head")`.

        Raises:
            InputError: The run has no such phase.
        """
        if phase not in self.result["phases"]:
            known = ", ".join(self.result["phases"])
            raise InputError(Problem("the run has no such phase", phase, f"its phases are: {known}"))
        return dataclasses.replace(self, weights=phase)

    def weights_path(self) -> Path:
        """The file that `load_model` takes the weights from."""
        return weights_path(self.run_dir, self.weights)

    def load_model(self) -> keras.Model:
        """Builds the model in float32 from the config and loads the weights; no code from a file is run.

        Raises:
            InputError: The weights are missing, changed, or don't give the recorded output.
        """
        path = self.weights_path()
        recorded = self.result["weights"].get(self.weights, {})
        if not path.is_file() or files.sha256_of(path) != recorded.get("sha256"):
            what = "the run's weights were changed" if path.is_file() else "the run's weights are missing"
            raise InputError(Problem(what, str(path), "train again, or restore the file"))
        model = assemble(self.model_config)
        expected = np.asarray(recorded["probe"], "float32")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # Keras only warns of weights that it leaves as they were
                load_weights(model, path)
            difference = np.max(np.abs(probe(model) - expected)) / max(1.0, np.max(np.abs(expected)))
        except (ValueError, UserWarning):
            difference = np.inf
        if not difference <= PROBE_TOLERANCE:
            made_with = ", ".join(f"{name} {version}" for name, version in self.config["versions"].items())
            what = "the model that is built now is not the one that was trained"
            hint = f"install the versions it was trained with ({made_with}), or train again"
            raise InputError(Problem(what, str(self.run_dir), hint))
        return model

    def splits(self) -> data.Splits:
        """Returns the splits the run was trained on: from memory, or read again by the recorded list.

        Raises:
            InputError: Files are missing or have changed since.
        """
        if self.in_memory is not None:
            return self.in_memory
        config, source = self.model_config, self.config["data"]
        return data.restore_splits(
            self.run_dir / SPLITS,
            source["source"],
            config.class_names,
            config.image_size,
            config.resize,
            data_dir=source["data_dir"],
        )


def weights_path(run_dir: Path, name: str) -> Path:
    """The weights file of a phase, or of the run with the name "best"."""
    return run_dir / f"{name}.weights.h5"


def probe(model: keras.Model) -> np.ndarray:
    """Returns the logits (classes,) for one fixed noise picture: a fingerprint of architecture and weights."""
    size = model.input_shape[1]
    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype("float32")
    return np.asarray(keras.ops.convert_to_numpy(model(picture, training=False))[0], "float32")


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
            is_run = (run_dir / CONFIG).is_file()
            if not (overwrite and is_run):
                hint = "add --overwrite or choose another --run-dir" if is_run else "choose another --run-dir"
                what = "an earlier run is there" if is_run else "the folder is not empty and not a run"
                raise InputError(Problem(what, str(run_dir), hint))
            shutil.rmtree(run_dir)
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = Problem(
            f"the run folder can't be made ({error.strerror})", str(run_dir), "choose another --run-dir"
        )
        raise InputError(problem) from error
    return run_dir


def start_from(model: keras.Model, earlier: Run | str | Path) -> tuple[str, ...]:
    """Copies the weights of an earlier run into `model`, to fine-tune further or for other classes.

    The backbones must be the same architecture. The head is copied where a class has the same name in both.

    Args:
        model: From `build_model`; changed in place.
        earlier: A run, or its folder.

    Returns:
        The names of the classes whose outputs were copied.

    Raises:
        InputError: The backbones differ.
    """
    run = earlier if isinstance(earlier, Run) else Run.open(earlier)
    old, new = run.model_config, model.kerasft
    if old.backbone != new.backbone:
        hint = f"use --backbone {old.backbone}"
        raise InputError(Problem("the earlier run has another backbone", f"{new.backbone} here", hint))
    source = run.load_model()
    target_backbone, source_backbone = model.get_layer("backbone"), source.get_layer("backbone")
    if [w.shape for w in target_backbone.weights] != [w.shape for w in source_backbone.weights]:
        hint = f"use --image-size {old.image_size}"
        raise InputError(Problem("the earlier run's backbone has other shapes", str(new.image_size), hint))
    target_backbone.set_weights(source_backbone.get_weights())
    kernel, bias = model.get_layer("logits").get_weights()
    old_kernel, old_bias = source.get_layer("logits").get_weights()
    shared = tuple(name for name in new.class_names if name in old.class_names)
    for name in shared:
        to, start = new.class_names.index(name), old.class_names.index(name)
        kernel[:, to], bias[to] = old_kernel[:, start], old_bias[start]
    model.get_layer("logits").set_weights([kernel, bias])
    return shared


def check_splits_fit(splits: data.Splits, config: ModelConfig) -> None:
    """Raises `InputError` unless splits and model agree on classes, size and resizing."""
    problems = []
    if tuple(splits.class_names) != tuple(config.class_names):
        problems.append(
            Problem(
                "the data and the model have other classes",
                f"{list(splits.class_names)} and {list(config.class_names)}",
                "build the model with class_names=splits.class_names",
            )
        )
    for name in ("image_size", "resize"):
        ours, theirs = getattr(config, name), getattr(splits, name)
        if ours != theirs:
            hint = f"give both the same {name}"
            problems.append(
                Problem(f"the data and the model have another {name}", f"{theirs} and {ours}", hint)
            )
    raise_problems(problems)
