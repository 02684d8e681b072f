"""The run folder: everything to repeat or to judge a fine-tuning, and the way back to its model.

config.json                the plan: model, data, phases, training, versions
splits.csv                 which example is in which split, with hashes
groups.csv                 of a run with groups: the split of each
earlier.csv                of a run that started from another: the hashes and splits of what those before it knew
labels.txt                 of classifiers: the class names, one per line, in the order of the outputs
history.csv, .png          one row per epoch, with its phase
PHASE.weights.safetensors  the best weights of each phase
best.weights.safetensors   the best weights of the run
result.json                what was reached, and the hashes and the probe that `load_model` checks
evaluation/                the last evaluation on the test split
exports/                   the files that ship
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from kerasft.base import files, notebook, untrusted
from kerasft.base.bounded import is_plain
from kerasft.base.bundle_file import TemporaryFolder, is_bundle, unpack
from kerasft.base.errors import InputError, KerasftError, Problem, UnsafeFileError
from kerasft.base.json_values import JsonFields
from kerasft.base.options import from_dict
from kerasft.base.tensors import SUFFIX, OtherTensorsError
from kerasft.contract.model_config import ModelConfig
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Schema, Splits
from kerasft.networks.budget import weight_budget
from kerasft.runs.model import assemble, load_weights
from kerasft.runs.probing import probe

FORMAT = 1
CONFIG, RESULT, SPLITS, LABELS = "config.json", "result.json", "splits.csv", "labels.txt"
PROBE_TOLERANCE = 1e-3
_PHASES = ("phase", "epochs", "on the validation split", "time", "")


@dataclass(frozen=True)
class Run:
    """A fine-tuning and its folder.

    Args:
        run_dir: The folder.
        config: What config.json holds.
        weights: Which weights `load_model` takes: "best", or the name of a phase.
        in_memory: The splits, while the process that read them still has them.
        holder: Keeps the temporary folder of a bundle while the run is in use.
    """

    run_dir: Path
    config: JsonFields = field(repr=False)
    weights: str = "best"
    in_memory: Splits | None = field(default=None, repr=False, compare=False)
    holder: TemporaryFolder | None = field(default=None, repr=False, compare=False)

    @classmethod
    def open(cls, run_dir: str | Path) -> Run:
        """Opens a run folder or a bundle. Either may be anybody's: no code from it is run, and nothing is believed.

        Raises:
            InputError: It is not a run, or one of a newer kerasft, or not safe to use.
        """
        holder = unpack(Path(run_dir)) if is_bundle(Path(run_dir)) else None
        run_dir = Path(run_dir) if holder is None else holder.path
        if not is_plain(run_dir / CONFIG):
            what = "this folder is not a run" if run_dir.is_dir() else "there is no such run folder"
            raise InputError(Problem(what, str(run_dir), "give a folder that `kerasft train` made"))
        untrusted.check_folder(run_dir)
        config = untrusted.read_object(run_dir / CONFIG)
        untrusted.check_config(config, run_dir / CONFIG, FORMAT)
        if problem := task_of(config["model"].get("task")).stored_problem(config):
            raise untrusted.unusable(run_dir / CONFIG, problem)
        return cls(run_dir, config, holder=holder)

    def _repr_html_(self) -> str:
        """Shows the phases and the learning curves in a notebook."""
        model, rows = self.config["model"], []
        result = untrusted.read_object(self.run_dir / RESULT) if (self.run_dir / RESULT).is_file() else {}
        for name, reached in (result.get("phases") or {}).items():
            best = "best" if name == result.get("best") else ""
            metrics = ", ".join(
                f"{_called(key)} {value:.4f}" for key, value in reached.get("metrics", {}).items()
            )
            rows.append((name, reached.get("epochs"), metrics, f"{reached.get('seconds')} s", best))
        about = {
            "task": model.get("task"),
            "backbone": model.get("backbone"),
            "data": self.config["data"]["source"],
        }
        curves = notebook.png(self.run_dir / "history.png")
        return notebook.page(
            f"run {self.given}",
            notebook.facts(about),
            notebook.table(rows, ("phase", "epochs", "on the validation split", "time", ""))
            if rows
            else "no phase has ended",
            notebook.figure(curves, wide=True) if curves else "",
        )

    @property
    def model_config(self) -> ModelConfig:
        """The validated description of the model: a `ModelConfig` or a `TextModelConfig`."""
        values = self.config["model"]
        task = task_of(values.get("task"))
        config: ModelConfig = from_dict(task.Config, values)
        task.targets.schema_of(vars(config))
        return config

    @property
    def schema(self) -> Schema:
        """What the model's answers mean."""
        config = self.model_config
        return task_of(config.task).targets.schema_of(vars(config))

    @property
    def result(self) -> JsonFields:
        """What result.json holds.

        Raises:
            InputError: No phase has ended yet.
        """
        if not (self.run_dir / RESULT).is_file():
            raise InputError(Problem("no phase of this run has ended", str(self.run_dir), "train again"))
        result = untrusted.read_object(self.run_dir / RESULT)
        untrusted.check_result(result, self.run_dir / RESULT)
        return result

    def at(self, phase: str) -> Run:
        """Returns the same run with the best weights of one phase, e.g. `run.at("head")`.

        Raises:
            InputError: The run has no such phase.
        """
        if phase not in self.result["phases"]:
            known = ", ".join(self.result["phases"])
            raise InputError(Problem("the run has no such phase", phase, f"its phases are: {known}"))
        return dataclasses.replace(self, weights=phase)

    def with_data(
        self,
        source: str | Path | None = None,
        *,
        validation_data: str | Path | None = None,
        test_data: str | Path | None = None,
    ) -> Run:
        """Returns the same run with its data at another place; `splits` still compares the hash of each example.

        Args:
            source: Where the training data is now; None leaves it.
            validation_data: Where the data of the validation split is now, if it has its own.
            test_data: The same of the test split.

        Raises:
            InputError: The run has no such data of its own.
        """
        data = dict(self.config["data"])
        for name, place in (("validation_data", validation_data), ("test_data", test_data)):
            if place is not None and name not in data:
                what, flag = (
                    f"the run has no {name.replace('_', ' ')} of its own",
                    f"--{name.replace('_', '-')}",
                )
                raise InputError(Problem(what, str(place), f"leave {flag} out"))
            data |= {name: _absolute(place)} if place is not None else {}
        data |= {"source": _absolute(source), "data_dir": None} if source is not None else {}
        return dataclasses.replace(self, config={**self.config, "data": data}, in_memory=None)

    @property
    def given(self) -> Path:
        """What the user knows the run by: its folder, or the bundle."""
        return self.run_dir if self.holder is None else self.holder.source

    def weights_path(self) -> Path:
        """The file that `load_model` takes the weights from."""
        return weights_path(self.run_dir, self.weights)

    def load_model(self) -> keras.Model:
        """Builds the model in float32 from the config and loads the weights; no code from a file is run.

        Raises:
            InputError: The weights are missing, changed, or don't give the recorded output.
        """
        path, expected, why = self.weights_path(), self.check_weights(self.weights), ""
        try:
            values, made = path.stat().st_size // 4, task_of(self.model_config.task).made  # of float32
            with weight_budget(made * values, drawn=False):
                model = assemble(self.model_config, assets=self.run_dir)
            load_weights(model, path)
            found = probe(model)
            difference = np.max(np.abs(found - expected)) / max(1.0, np.max(np.abs(expected)))
        except UnsafeFileError as error:
            raise InputError(
                Problem(f"the run's weights are not safe to load: {error}", str(path), untrusted.HINT)
            ) from error
        except KerasftError:
            raise
        except OtherTensorsError as error:
            difference, why = np.inf, f": {path.name} {error}"
        except Exception:  # Keras has a dozen answers to a config that isn't what it was
            difference = np.inf
        if not difference <= PROBE_TOLERANCE:
            made_with = ", ".join(f"{name} {version}" for name, version in self.config["versions"].items())
            what = f"the model that is built now is not the one that was trained{why}"
            hint = f"install the versions it was trained with ({made_with}), or train again"
            raise InputError(Problem(what, str(self.run_dir), hint))
        return model

    def check_weights(self, name: str) -> np.ndarray:
        """Compares the hash of a phase's weights, or of "best", and returns the probe they should give.

        Raises:
            InputError: The file is missing or was changed.
        """
        path = weights_path(self.run_dir, name)
        recorded = self.result["weights"].get(name, {"sha256": "", "probe": []})
        if not path.is_file() or files.sha256_of(path) != recorded["sha256"]:
            what = "the run's weights were changed" if path.is_file() else "the run's weights are missing"
            raise InputError(Problem(what, str(path), "train again, or restore the file"))
        return np.asarray(recorded["probe"], "float32")

    def splits(self) -> Splits:
        """Returns the splits the run was trained on: from memory, or read again by the recorded list.

        Raises:
            InputError: Files are missing or have changed since.
        """
        if self.in_memory is not None:
            return self.in_memory
        config = self.model_config
        untrusted.check_places(self.config["data"])
        return task_of(config.task).restore_splits(self.run_dir / SPLITS, self.config["data"], config)


def _called(metric: str) -> str:
    return metric.removeprefix("val_").replace("_", " ")


def _absolute(place: str | Path) -> str:
    """A place as a run records it."""
    named = str(place)
    return named if named.startswith("tfds:") or not os.path.exists(named) else str(Path(named).absolute())


def weights_path(run_dir: Path, name: str) -> Path:
    """The weights file of a phase, or of the run with the name "best"."""
    return run_dir / f"{name}.weights{SUFFIX}"
