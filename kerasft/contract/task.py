"""A task: a kind of input, a kind of target, and the function that builds the model between them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.contract.encoder import Arrays
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.grid import Grid
from kerasft.contract.inputs import Inputs
from kerasft.contract.model_config import ModelConfig
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Phase, Training
from kerasft.contract.predicting import Album
from kerasft.contract.serving import EncoderType
from kerasft.contract.splits import Schema, Split, Splits
from kerasft.contract.targets import Targets

if TYPE_CHECKING:
    import keras

ConfigType = TypeVar("ConfigType")
SplitsType = TypeVar("SplitsType", bound=Splits)


class Task(ABC, Generic[ConfigType, SplitsType, EncoderType]):
    """What differs between tasks. All else, the works, is the same for all of them.

    Attributes:
        name: As in config.json: "image_classification".
        Config: The dataclass that describes a model, enough to build it again without its weights.
        inputs: The kind of its examples.
        targets: The kind of its answers.
        learning_rates: Of its recipe, for a head and for a backbone: what "auto" falls back to.
        Comparison: What `kerasft compare TASK` takes besides --output, a dataclass; None: its ways to train can't be
            compared.
        quantizations: Of a `.tflite`, from the smallest file to the largest: of `kerasft.formats.ladder`.
        made: How many times a model's weights may be made while it is built: an encoder is built whole, and a model may
            keep it without its upper part.
        drawn: Whether an answer is an image: see `drawings`.
        pipeline_tag: What model hubs call the task: "image-classification"; "" where they have no name for it.
    """

    name: ClassVar[str]
    Config: ClassVar[type[ModelConfig]]
    inputs: ClassVar[Inputs]
    targets: ClassVar[Targets]
    learning_rates: ClassVar[tuple[float, float]]
    Comparison: ClassVar[type[Grid] | None] = None
    quantizations: ClassVar[tuple[str, ...]] = ("dynamic", "float16", "float32")
    made: ClassVar[int] = 2
    drawn: ClassVar[bool] = False
    pipeline_tag: ClassVar[str] = ""

    @abstractmethod
    def build(
        self, config: ConfigType, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        """Builds the model under the current dtype policy, with the layer "backbone", and `kerasft`, its config.

        Args:
            config: A `Config`.
            weights: "pretrained", a local file, or None for random ones.
            seed: Of the dropout.
            assets: The folder of its run, if it has one: with what `save_assets` wrote.
        """

    @abstractmethod
    def settled(self, backbone: str, given: Mapping[str, object]) -> dict[str, object]:
        """Returns those of the caller's settings that this task knows, with its defaults for those that are None.

        Args:
            backbone: Which.
            given: "image_size", "resize", "sequence_length", "head".

        Raises:
            InputError: The backbone is unknown.
        """

    @abstractmethod
    def probe_input(self, model: keras.Model) -> Arrays:
        """Returns fixed inputs, one row: the answer to them is a fingerprint of the model."""

    @abstractmethod
    def make_batches(self, model: keras.Model, splits: SplitsType, training: Training) -> tuple[Any, Any]:
        """Returns the training split, shuffled and augmented, and the validation split as it is, as `Batches`."""

    @abstractmethod
    def restore_splits(self, path: Path, source: JsonFields, config: ConfigType) -> SplitsType:
        """Reads the examples of a run again, by its splits.csv and what config.json says of its data."""

    def read_labelled(
        self,
        source: str | Path,
        schema: Schema,
        encoder: EncoderType,
        data: JsonFields | None,
        *,
        skip_broken: bool = False,
    ) -> Split:
        """Reads labelled examples to evaluate a model on, in the order of their ids.

        Args:
            source: A folder or a table.
            schema: Of the model: other answers than these are refused.
            encoder: Of the model.
            data: What config.json says of the data of the model's run; None: not known.
            skip_broken: Whether examples that can't be read are left out and told, instead of refused.

        Raises:
            InputError: It can't be read.
        """
        what = f"labelled data of {self.name} is not read from files"
        raise InputError(Problem(what, str(source), "give a Split"))

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is meant for this task, by what it holds, between 0 and 1."""
        return 0.0

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads data as training would, and says what is wrong with it.

        Raises:
            InputError: Training would refuse the data.
        """
        raise InputError(Problem(f"the doctor knows no data of {self.name}", str(wish.source)))

    def compared(self, config: Any) -> tuple[Splits, dict[str, object]]:
        """Reads the data of a `Comparison`, and returns it with what `build_model` needs to know of its models.

        Raises:
            InputError: The data can't be read.
        """
        raise NotImplementedError(f"{self.name} has no Comparison")

    def stored_problem(self, config: JsonFields) -> str:
        """Returns what keeps a run's config.json, whose types are right, from being used without a network, or ""."""
        return ""

    def schema_of(self, config: ConfigType) -> Schema:
        """Returns what the answers of a model mean."""
        return self.targets.schema_of(vars(config))

    def objective(self, config: ConfigType, training: Training) -> Objective:
        """Returns the loss, the metrics and how epochs are ranked; a new one for each model that is compiled.

        Args:
            config: A `Config`.
            training: What all phases share.
        """
        return self.targets.learning.objective(self.schema_of(config), training)

    def training_problems(self, training: Training) -> list[Problem]:
        """Returns what of the settings of a training means nothing to this task."""
        return self.targets.learning.setting_problems(training)

    def unfit_settings(self, config: ConfigType, training: Training) -> list[Problem]:
        """Returns what of the settings of a training doesn't fit a model."""
        return self.targets.learning.unfit_settings(self.schema_of(config), training)

    def fit_problems(self, splits: SplitsType, config: ConfigType) -> list[Problem]:
        """Returns what keeps data and model from working together."""
        return self.targets.learning.mismatch(splits.schema, self.schema_of(config))

    def adopt_reading(self, model: keras.Model, splits: SplitsType) -> None:  # noqa: B027  # most have nothing to do
        """Lets the model's config say how the files of the splits were read, where that isn't known before."""

    def adopted(
        self, model: keras.Model, splits: SplitsType, name: str, preprocessing: str | Callable[..., Any]
    ) -> keras.Model:
        """Builds this task's model around a trained model that somebody else built: see `kerasft.run_from_model`.

        Raises:
            InputError: It can't be used.
        """
        what = f"{self.name} takes no models from elsewhere"
        raise InputError(Problem(what, model.name, "use kerasft.build_model"))

    def notes(self, config: ConfigType) -> list[str]:
        """Returns what whoever trains such a model should know at the start."""
        return []

    def seen_in_training(self, split: Split, splits: SplitsType, training: Training) -> Split | None:
        """Returns some training examples as one augmentation makes them; None where training changes nothing.

        Args:
            split: These.
            splits: Of the run.
            training: What all phases share.
        """
        return None

    def served(self, model: keras.Model) -> keras.Model:
        """Returns the model that exported files compute, with the weights of one that was trained; by default that."""
        return model

    def save_assets(self, model: keras.Model, folder: Path) -> None:  # noqa: B027  # most have none
        """Writes the files, besides weights, without which the model can't be built."""

    def drawings(
        self, path: str | Path, answer: np.ndarray, encoder: EncoderType, schema: Schema
    ) -> dict[str, bytes]:
        """Returns an answer as images, where it is one: whole files, by what is added to the example's name.

        Args:
            path: The file of the example.
            answer: (...) of a model.
            encoder: Of the model.
            schema: What the answer means.
        """
        return {}

    def album(self, schema: Schema) -> Album | None:
        """Returns what gathers the answers that are drawn, for a file of all of them; None: there is none."""
        return None

    def client_code(self, file: str, encoder: EncoderType, io: str, schema: Schema) -> str:
        """Returns code for the model card, in a client that knows the task, such as MediaPipe Tasks; "" without one.

        Args:
            file: Name of the exported file.
            encoder: Of the model.
            io: The type of input and output: "float32", "uint8" or "int8".
            schema: What the answers mean.
        """
        return ""

    def default_learning_rate(self, phase: Phase) -> float:
        """Returns the rate of a phase where "auto" finds none: that of the recipe, for head or backbone."""
        head, tune = self.learning_rates
        return head if phase.unfreeze == 0 else tune
