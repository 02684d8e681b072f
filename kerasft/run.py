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
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasft import files
from kerasft.config import MODEL_CONFIGS, from_dict
from kerasft.errors import InputError, Problem
from kerasft.model import assemble, load_weights
from kerasft.tasks import task_of

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
    in_memory: Any = field(default=None, repr=False, compare=False)

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
    def model_config(self) -> Any:
        """The validated description of the model: a `ModelConfig` or a `TextModelConfig`."""
        values = self.config["model"]
        task_of(values.get("task"))  # refuses unknown ones
        return from_dict(MODEL_CONFIGS[values["task"]], values)

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
        model = assemble(self.model_config, assets=self.run_dir)
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

    def splits(self) -> Any:
        """Returns the splits the run was trained on: from memory, or read again by the recorded list.

        Raises:
            InputError: Files are missing or have changed since.
        """
        if self.in_memory is not None:
            return self.in_memory
        config = self.model_config
        return task_of(config.task).restore_splits(self.run_dir / SPLITS, self.config["data"], config)


def weights_path(run_dir: Path, name: str) -> Path:
    """The weights file of a phase, or of the run with the name "best"."""
    return run_dir / f"{name}.weights.h5"


def probe(model: keras.Model) -> np.ndarray:
    """Returns the logits (classes,) for one fixed input: a fingerprint of architecture, weights and tokenizer."""
    inputs = task_of(model.kerasft.task).probe_input(model)
    return np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False))[0], "float32")
