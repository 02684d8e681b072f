"""One way to ask for answers: of a run or of any exported file, about examples of any kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.counter import counter, in_command
from kerasft.base.json_values import JsonFields, JsonValue
from kerasft.contract.encoder import Encoder, Outputs, Runtime, outputs_of, unnamed
from kerasft.contract.prediction import Prediction
from kerasft.contract.splits import Schema, class_names_of
from kerasft.contract.targets import Cell
from kerasft.contract.task import Task
from kerasft.formats.description import Description

if TYPE_CHECKING:
    import keras


@dataclass(eq=False)
class Predictor:
    """A loaded model, and all that turns examples into its answers. Threads may share it.

    Args:
        kind: "run", "saved_model", "tflite" or "onnx".
        task: What the model was made for.
        encoder: From examples to what the model reads.
        runtime: The model.
        schema: What the answers mean, such as class_names.
        calibration: Of a run, whose outputs are turned into answers here: see
            `kerasft.contract.calibration.Calibration.served`; None: the file does that itself.
        description: What an exported file says about itself.
    """

    kind: str
    task: Task
    encoder: Encoder
    runtime: Runtime
    schema: Schema
    calibration: JsonFields | None = None
    description: Description | None = None

    def predict(self, examples: object) -> np.ndarray:
        """Returns the answers, such as float32 probabilities (n, classes).

        Args:
            examples: A column: uint8 RGB images (n, image_size, image_size, 3), or `Texts`. A list of single texts
                will do.

        Raises:
            InputError: They are not what the model takes.
        """
        outputs = self._outputs(examples)
        return self.answers(outputs) if self.calibration is None else self.finish(outputs, self.calibration)

    def answers(self, outputs: Outputs) -> np.ndarray:
        """Returns the answers that the outputs of a file are."""
        return self.task.targets.joined(outputs, self.schema) if isinstance(outputs, dict) else outputs

    def calibrated(self, served: JsonFields) -> Predictor:
        """Returns the predictor of a run with what was fitted for its weights; see `Targets.calibrated`."""
        return replace(self, schema=self.task.targets.calibrated(self.schema, served), calibration=served)

    def finish(self, outputs: Outputs, served: JsonFields) -> np.ndarray:
        """Returns the answers that outputs mean: see `Targets.finish`."""
        return self.task.targets.finish(outputs, self.schema, served)

    def outputs(self, examples: object) -> Outputs:
        """Returns the outputs of a run's model, such as float32 logits (n, classes)."""
        if self.calibration is None:
            raise TypeError("only runs have outputs that are no answers yet: a file gives finished ones")
        return self._outputs(examples)

    def _outputs(self, examples: object) -> Outputs:
        with counter("answering", in_command(), after=3.0) as told:
            found = outputs_of(self.runtime, self.encoder, self.encoder.column(examples), told)
        shapes = self.runtime.outputs
        if not found and len(shapes) > 1:
            return {name: np.zeros((0, *(size or 0 for size in shapes[name])), "float32") for name in shapes}
        if not found:
            return np.zeros((0, *self.task.targets.answer_shape(self.schema)), "float32")
        return unnamed(found)

    def describe(self, backbone: str, quantization: str, **answers: JsonValue) -> Description:
        """Returns what a file that is exported from this run says about itself; see `Description`."""
        return Description(
            task=self.task.name,
            schema=self.schema,
            inputs=self.encoder.describe(),
            backbone=backbone,
            quantization=quantization,
            answers={**(self.calibration or {}), **answers},
        )

    def decode(self, answer: np.ndarray, top: int, size: tuple[int, int] | None = None) -> Prediction:
        """Returns what the answer (...) to one example says.

        Args:
            answer: Of the model.
            top: How many possible answers to list, where there are several.
            size: Of an image, width and height; None: places are told in pixels of the model's image.
        """
        targets = self.task.targets
        found = targets.decode(answer, self.schema, self.described, top)
        return found if size is None else targets.in_example(found, size, self.schema)

    def table_columns(self) -> dict[str, type]:
        """Returns the columns of a table of answers, by name."""
        return self.task.targets.table_columns(self.schema, self.described)

    def table_row(self, answer: np.ndarray) -> list[Cell]:
        """Returns the cells of these columns for the answer (...) to one example."""
        return self.task.targets.table_row(answer, self.schema, self.described)

    @property
    def described(self) -> JsonFields:
        """What an exported file says of its answers; {} of a run."""
        return {} if self.description is None else self.description.answers

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the answers' columns."""
        return class_names_of(self.schema)

    @property
    def score_threshold(self) -> float | None:
        """Answers with a probability below it are "unknown"; None: none is."""
        return self.described.get("score_threshold")

    @property
    def model(self) -> keras.Model:
        """The Keras model of a run; None of files, which have no gradients."""
        return getattr(self.runtime, "model", None)
