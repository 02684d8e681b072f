"""Exporting picture runs: the writers, and the measurement of each file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasft.exporting import comparing, measuring
from kerasft.exporting.gate import Target
from kerasft.exporting.plan import Plan
from kerasft.formats import onnx, saved_model, selective, tflite
from kerasft.formats.ladder import CALIBRATED, RUNGS
from kerasft.inputs.images.golden import write_golden_pictures


class ImagePlan(Plan):
    """The export of a run of images."""

    rungs = RUNGS

    def make(self, rung: str, path: Path, target: Target) -> tuple[measuring.Row, np.ndarray]:
        """Writes one rung to `path` and measures the file there; returns the row and the file's probabilities."""
        description = self.describe(rung)
        if rung == "mixed":
            return self._make_mixed(path, target)
        if rung == "saved_model":
            saved_model.write_saved_model(self.model, description, path)
        elif rung == "onnx":
            onnx.write_onnx(self.model, self.encoder, description, path)
        else:
            pictures = self.representative_pictures() if rung in CALIBRATED else None
            tflite.write_tflite(
                self.model, description, path, pictures, io=self.settings.io, about=self.about(rung)
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
        tflite.write_tflite(self.model, description, path, about=self.about("dynamic"), finer=True)
        finer_row, finer_answers = measuring.measure_file(path, "dynamic", self.reference, target)
        better = (finer_row.agreement, finer_row.accuracy) > (row.agreement, row.accuracy)
        if better and len(finer_row.failures) <= len(row.failures):
            return finer_row, finer_answers
        path.write_bytes(coarse)
        return row, answers

    def _make_mixed(self, path: Path, target: Target) -> tuple[measuring.Row, np.ndarray]:
        """Leaves more and more operations in float until the file holds; the last attempt is returned."""
        description = self.describe("mixed")
        with selective.debugged(self.model, description, self.representative_pictures()) as debugged:
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
            tflite.write_tflite(self.model, self.describe("float32"), exact)
            pictures = self.reference.examples[: comparing.MOST_COMPARED].astype("float32")
            examples = [{"image": picture[None]} for picture in pictures]
            return comparing.worst_operations(path.read_bytes(), exact.read_bytes(), examples)
        if rung != "int8":
            return []
        pictures = self.representative_pictures()
        with selective.debugged(self.model, self.describe("mixed"), pictures) as debugged:
            return [str(each) for each in debugged.operations[: selective.WORST_NAMED]]

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
