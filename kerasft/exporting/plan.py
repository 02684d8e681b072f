"""What an export knows all along, while it makes one quantization after the other."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from kerasft.base.telling import step, tell
from kerasft.base.wording import plural
from kerasft.contract.calibration import Calibration
from kerasft.contract.encoder import Encoder, inputs_taken
from kerasft.contract.model_config import ModelConfig
from kerasft.contract.splits import Column, Splits
from kerasft.contract.task import Task
from kerasft.contract.units import Units
from kerasft.exporting import comparing, kernels, measuring
from kerasft.exporting.gate import Target
from kerasft.exporting.measuring import Reference, make_reference
from kerasft.exporting.representative import draw_representative
from kerasft.exporting.row import Row
from kerasft.exporting.settings import Settings
from kerasft.formats import onnx, saved_model, selective, tflite
from kerasft.formats.description import Description
from kerasft.formats.ladder import CALIBRATED, file_name
from kerasft.formats.program import Program
from kerasft.formats.tflite_metadata import About
from kerasft.predicting.opening import predictor_of_file
from kerasft.predicting.predictor import Predictor


class Plan:
    """What stays the same for all the quantizations of one export.

    Args:
        predictor: Of the run, with its calibration.
        calibration: The run's.
        model_config: The run's config of the model.
        splits: The run's splits.
        settings: The caller's wishes.
        units: What of the test split belongs together: see `Evaluation`.

    Attributes:
        reference: The Keras model's answers.
        score_threshold: Answers with a probability below it are "unknown"; None: none is.
    """

    def __init__(
        self,
        predictor: Predictor,
        calibration: Calibration,
        model_config: ModelConfig,
        splits: Splits,
        settings: Settings,
        units: Units | None = None,
    ):
        self.predictor, self.calibration = predictor, calibration
        self.model_config, self.splits, self.settings = model_config, splits, settings
        with step("asking the Keras model", "answers of the Keras model, which the files are held to"):
            self.reference: Reference = make_reference(predictor, splits, units)
        self.score_threshold: float | None = None

    @property
    def task(self) -> Task:
        """The run's task."""
        return self.predictor.task

    @property
    def encoder(self) -> Encoder:
        """Its encoder."""
        return self.predictor.encoder

    @property
    def quantizations(self) -> tuple[str, ...]:
        """The quantizations of a `.tflite`, from the smallest file to the largest."""
        return self.task.quantizations

    def validation(self) -> tuple[np.ndarray, Column]:
        """Returns the Keras model's answers to the validation split, and its targets."""
        split = self.splits.validation
        return self.predictor.predict(split.examples), split.targets

    def describe(self, quantization: str) -> Description:
        """Returns what the file of a quantization says about itself."""
        threshold = {} if self.score_threshold is None else {"score_threshold": self.score_threshold}
        return self.predictor.describe(self.model_config.backbone, quantization, **threshold)

    def name(self, quantization: str) -> str:
        """Returns the name of the file of a quantization; files of another form than the usual have it in theirs."""
        usual, form = next(iter(self.task.targets.answering.forms), None), self.settings.form
        return file_name(quantization, "" if form is None or form == usual else form)

    def program(self, quantization: str) -> Program:
        """Returns what the file of a quantization computes."""
        model = self.task.served(self.predictor.model)
        return Program(model, self.encoder, self.describe(quantization))

    def about(self, quantization: str) -> About:
        """Returns what the metadata says to people."""
        what = self.task.targets.answering.summary(self.predictor.schema)
        return self.settings.about(self.model_config.backbone, what, quantization)

    def ahead(self, quantization: str) -> str:
        """Returns what is to be done for a quantization, in words."""
        measured = (
            f"then measured on {len(self.reference.split)} examples of the {self.reference.split.name} split"
        )
        if quantization in (*CALIBRATED, "mixed"):
            return f"converting, by the ranges of {len(self.representative)} examples, {measured}"
        return f"converting, {measured}"

    def make(self, quantization: str, path: Path, target: Target) -> tuple[Row, np.ndarray]:
        """Writes one quantization to `path` and measures the file there; returns the row and the file's answers."""
        program = self.program(quantization)
        if quantization == "mixed":
            return self._make_mixed(program, path, target)
        with step(f"converting to {quantization}", "converted"):
            corrected = self._convert(program, quantization, path)
        row, answers = self._measured(path, quantization, target)
        row = replace(row, corrected=corrected)
        if quantization == "dynamic" and (row.failures or row.agreement < 1):
            return self._with_finer_kernels(program, path, target, row, answers)
        return row, answers

    def _convert(self, program: Program, quantization: str, path: Path) -> int:
        """Writes the file; returns how many layers are rounded otherwise, so that they answer on average as before."""
        if quantization == "saved_model":
            saved_model.write_saved_model(program, path)
        elif quantization == "onnx":
            onnx.write_onnx(program, path)
        else:
            examples = self.representative if quantization in CALIBRATED else None
            about = self.about(quantization)
            return tflite.write_tflite(program, path, examples, io=self.settings.io, about=about)
        return 0

    def _measured(self, path: Path, quantization: str, target: Target) -> tuple[Row, np.ndarray]:
        """Opens the file again and measures it."""
        with step("measuring the file", "measured"):
            return measuring.measure_file(path, quantization, self.reference, target)

    def _with_finer_kernels(
        self, program: Program, path: Path, target: Target, row: Row, answers: np.ndarray
    ) -> tuple[Row, np.ndarray]:
        """Lets dense kernels have a scale per channel, which needs a newer runtime, only where it decides better."""
        tell("  once more, with a scale for each channel of dense kernels", detail=True)
        coarse = path.read_bytes()
        tflite.write_tflite(program, path, about=self.about("dynamic"), finer=True)
        finer_row, finer_answers = self._measured(path, "dynamic", target)
        sign = 1 if self.reference.yardstick.evaluation.higher_is_better else -1
        better = (finer_row.agreement, sign * finer_row.score) > (row.agreement, sign * row.score)
        if better and len(finer_row.failures) <= len(row.failures):
            return finer_row, finer_answers
        path.write_bytes(coarse)
        return row, answers

    def _make_mixed(self, program: Program, path: Path, target: Target) -> tuple[Row, np.ndarray]:
        """Leaves more and more operations in float until the file holds; the last attempt is returned."""
        with selective.debugged(program, self.representative) as debugged:
            for count in selective.counts_to_try(len(debugged.operations)):
                tell(f"  with {plural(count, 'operation')} in float32")
                tflite.write_content(debugged.content(count), program, path, self.about("mixed"))
                row, answers = self._measured(path, "mixed", target)
                if not row.failures:
                    break
            names = tuple(map(str, debugged.in_float(count)))
        return row.with_in_float(names), answers

    def worst_operations(self, quantization: str, path: Path) -> list[str]:
        """Returns the operations that a quantized file hurts most, in words, the worst first; of other files none."""
        if quantization in comparing.LADDER:
            return self._noisy_operations(path)
        if quantization != "int8":
            return []
        with selective.debugged(self.program("mixed"), self.representative) as debugged:
            return [str(each) for each in debugged.operations[: selective.WORST_NAMED]]

    def _noisy_operations(self, path: Path) -> list[str]:
        exact = path.with_name("exact.tflite")
        tflite.write_tflite(self.program("float32"), exact)
        predictor = predictor_of_file(exact)
        taken = inputs_taken(predictor.runtime, predictor.encoder)
        count = min(comparing.MOST_COMPARED, len(self.reference.split))
        arrays = predictor.encoder(self.reference.examples[:count])
        examples = [
            {name: arrays[source][row : row + 1] for name, source in taken.items()} for row in range(count)
        ]
        return comparing.worst_operations(path.read_bytes(), exact.read_bytes(), examples)

    @cached_property
    def representative(self) -> Column:
        """The caller's examples, or up to 300 of the training split, evenly over its strata."""
        if self.settings.representative is not None:
            return self.settings.representative
        examples = draw_representative(self.splits)
        self.task.inputs.serving.check_representative(examples, available=len(self.splits.train))
        return examples

    def tolerance(self, quantization: str, path: Path, answers: np.ndarray) -> float | None:
        """Returns how far an app's answers may be from the file's; None for files without a choice of kernels."""
        if quantization not in self.quantizations:
            return None
        with step("asking the file with the kernels of other apps", "tried with the kernels of other apps"):
            return kernels.tolerance(
                lambda name: kernels.use_kernels(predictor_of_file(path), path, name),
                self.reference.examples,
                answers,
                quantization,
            )
