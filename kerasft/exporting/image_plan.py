"""Exporting picture runs: the writers, and the measurement of each file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kerasft.exporting import comparing, kernels, measuring
from kerasft.exporting.gate import Target
from kerasft.formats import description as artifacts
from kerasft.formats import onnx, saved_model, selective, tflite
from kerasft.formats.ladder import CALIBRATED, RUNGS
from kerasft.formats.tflite_metadata import About
from kerasft.inputs.images.golden import write_golden_pictures
from kerasft.predicting.opening import predictor_of_file


class ImagePlan:
    """What stays the same for all the rungs of one export of a picture run.

    Args:
        predictor: The run's `Predictor`, with its temperature.
        model_config: The run's `ModelConfig`.
        splits: The run's `Splits`.
        settings: The caller's wishes.
    """

    rungs = RUNGS

    def __init__(self, predictor: Any, model_config: Any, splits: Any, settings: Any):
        self.predictor, self.model_config, self.splits = predictor, model_config, splits
        self.settings = settings
        self.reference = measuring.make_reference(predictor, splits)
        self.score_threshold: float | None = None

    def validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the Keras model's probabilities of the validation split, and its labels."""
        split = self.splits.validation
        return self.predictor.predict(split.images), split.labels

    def describe(self, rung: str) -> artifacts.Description:
        """Returns what the file of a rung says about itself."""
        return self.predictor.describe(self.model_config.backbone, rung, self.score_threshold)

    def labels(self) -> str:
        """Returns the content of `labels.txt`."""
        return self.describe("saved_model").labels()

    def details(self, rung: str) -> dict[str, Any]:
        """Returns the description as values for JSON."""
        return self.describe(rung).as_dict()

    def make(self, rung: str, path: Path, target: Target) -> tuple[measuring.Row, np.ndarray]:
        """Writes one rung to `path` and measures the file there; returns the row and the file's probabilities."""
        description, model = self.describe(rung), self.predictor.model
        if rung == "mixed":
            return self._make_mixed(path, target)
        if rung == "saved_model":
            saved_model.write_saved_model(model, description, path)
        elif rung == "onnx":
            onnx.write_onnx(model, self.predictor.encoder, description, path)
        else:
            pictures = self.representative_pictures() if rung in CALIBRATED else None
            tflite.write_tflite(
                model, description, path, pictures, io=self.settings.io, about=self.about(rung)
            )
        row, answers = measuring.measure_file(path, rung, self.reference, target)
        if rung == "dynamic" and (row.failures or row.agreement < 1):
            return self._with_finer_kernels(path, target, row, answers)
        return row, answers

    def _with_finer_kernels(
        self, path: Path, target: Target, row: measuring.Row, answers: np.ndarray
    ) -> tuple[measuring.Row, np.ndarray]:
        """Lets dense kernels have a scale per channel, which needs a newer runtime, only where it decides better."""
        description, coarse = self.describe("dynamic"), path.read_bytes()
        tflite.write_tflite(self.predictor.model, description, path, about=self.about("dynamic"), finer=True)
        finer_row, finer_answers = measuring.measure_file(path, "dynamic", self.reference, target)
        better = (finer_row.agreement, finer_row.accuracy) > (row.agreement, row.accuracy)
        if better and len(finer_row.failures) <= len(row.failures):
            return finer_row, finer_answers
        path.write_bytes(coarse)
        return row, answers

    def _make_mixed(self, path: Path, target: Target) -> tuple[measuring.Row, np.ndarray]:
        """Leaves more and more operations in float until the file holds; the last attempt is returned."""
        description = self.describe("mixed")
        with selective.debugged(
            self.predictor.model, description, self.representative_pictures()
        ) as debugged:
            for count in selective.counts_to_try(len(debugged.operations)):
                tflite.write_content(debugged.content(count), description, path, self.about("mixed"))
                row, answers = measuring.measure_file(path, "mixed", self.reference, target)
                if not row.failures:
                    break
            names = tuple(map(str, debugged.in_float(count)))
        return row.with_in_float(names), answers

    def worst_operations(self, rung: str, path: Path) -> list[str]:
        """Returns the operations that a quantised file hurts most, in words, the worst first; of other files none."""
        if rung in comparing.RUNGS:
            exact = path.with_name("exact.tflite")
            tflite.write_tflite(self.predictor.model, self.describe("float32"), exact)
            pictures = self.reference.examples[: comparing.MOST_COMPARED].astype("float32")
            examples = [{"image": picture[None]} for picture in pictures]
            return comparing.worst_operations(path.read_bytes(), exact.read_bytes(), examples)
        if rung != "int8":
            return []
        pictures = self.representative_pictures()
        with selective.debugged(self.predictor.model, self.describe("mixed"), pictures) as debugged:
            return [str(each) for each in debugged.operations[: selective.WORST_NAMED]]

    def about(self, rung: str) -> About:
        """Returns what the metadata says to people."""
        return self.settings.about(self.model_config.backbone, self.model_config.class_names, rung)

    def tolerance(self, rung: str, path: Path, answers: np.ndarray) -> float | None:
        """Returns how far an app's answers may be from the file's; None for files without a choice of kernels."""
        if rung not in RUNGS:
            return None
        return kernels.tolerance(
            lambda name: kernels.use_kernels(predictor_of_file(path), path, name),
            self.reference.examples,
            answers,
            rung,
        )

    def finish(self, target: Path) -> None:
        """Writes golden pictures and the file's answers, for the tests of an app."""
        write_golden_pictures(target, measuring.open_exported(target, 1), self.reference)

    def representative_pictures(self) -> np.ndarray:
        """Returns the caller's pictures, or up to 300 of the training split, evenly over the classes."""
        if self.settings.representative is not None:
            return self.settings.representative
        train = self.splits.train
        pictures = tflite.draw_representative(
            train.images, train.labels, tflite.MOST_REPRESENTATIVE, self.splits.seed
        )
        tflite.check_representative(pictures, available=len(train.labels))
        return pictures
