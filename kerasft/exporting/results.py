"""What an export gives back: what was tried, what was measured, and how it looks on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kerasft.base import notebook
from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.calibration import Calibration, Confidence, Unknowns
from kerasft.contract.evaluation import Seen
from kerasft.exporting.row import Row


@dataclass(frozen=True, eq=False)
class Attempt:
    """One quantization that was tried.

    Args:
        quantization: Which.
        row: What was measured, or None where the file could not be made or run.
        answers: The file's answers to the reference's examples, float32 (examples, ...).
        reason: Why it does not hold, in words; "" where it does.
    """

    quantization: str
    row: Row | None
    answers: np.ndarray | None
    reason: str

    @property
    def holds(self) -> bool:
        """Whether the file may ship."""
        return not self.reason


@dataclass(frozen=True)
class Export:
    """A file that passed the gate.

    Args:
        path: `RUN/exports/model_<quantization>.tflite`, `RUN/exports/model.onnx` or `RUN/exports/saved_model`.
        row: What was measured on it.
        split: Name of the split it was measured on.
        keras_milliseconds: Time per image of the Keras model, to compare with.
        labels: The files beside it that name the answers, such as `labels.txt`.
        details: The JSON file beside it, with the description and the row, for people and scripts.
        card: `MODEL_CARD.md` of the folder.
        calibration: What is in the file.
        confidence: How far its answers can be believed, on that split; None where nothing is known of it.
        unknowns: What the threshold for "unknown" does on that split; None without one.
        seen: How many examples of that split the weights knew, by this run's training or an earlier one's.
        refused: With "auto", the smaller quantizations and why each was refused.
        notes: What else an app should know.
    """

    path: Path
    row: Row
    split: str
    keras_milliseconds: float
    labels: tuple[Path, ...]
    details: Path
    card: Path
    calibration: Calibration
    confidence: Confidence | None = None
    unknowns: Unknowns | None = None
    seen: Seen | None = None
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{quantization} refused: {reason}" for quantization, reason in self.refused]
        lines.append(to_table([self.row], self.split, self.keras_milliseconds))
        if self.row.in_float:
            lines.append(f"in float32, because int8 hurts them most: {', '.join(self.row.in_float)}")
        if self.row.corrected:
            lines.append(
                f"{self.row.corrected} layers are rounded so that they answer on average as in float32"
            )
        lines += [str(self.confidence)] if self.confidence is not None else []
        if self.row.runtime:
            lines.append(f"needs {self.row.runtime}")
        lines += [f"note: {note}" for note in self.notes]
        if self.unknowns is not None:
            lines.append(str(self.unknowns))
        if self.seen is not None and self.seen.count:
            lines.append(f"note: {self.seen.sentence()}")
        return "\n".join([*lines, f"wrote {shown(self.path)}"])

    def _repr_html_(self) -> str:
        """Shows what was measured in a notebook."""
        row = self.row
        head = ("", row.score_name, "agreement", "largest difference", "MB", "ms/example")
        rows: list[tuple[object, ...]] = [
            ("Keras model", row.keras_score, "", "", "", self.keras_milliseconds),
            (row.file, row.score, row.agreement, row.difference, row.megabytes, row.milliseconds),
        ]
        remarks = [f"{quantization} refused: {reason}" for quantization, reason in self.refused]
        remarks += [str(each) for each in (self.confidence, self.unknowns) if each is not None]
        remarks += [f"needs {row.runtime}"] if row.runtime else []
        measured = f"{self.path}, measured on the {self.split} split ({row.examples} examples)"
        return notebook.page(measured, notebook.table(rows, head), notebook.listed([*remarks, *self.notes]))

    def as_dict(self) -> JsonObject:
        """Returns what was made and measured as a value for JSON."""
        return {
            "path": str(self.path),
            "split": self.split,
            **self.row.as_dict(),
            "seen_in_training": None if self.seen is None else self.seen.count,
            "calibration": {
                **self.calibration.as_dict(),
                **({} if self.confidence is None else self.confidence.as_dict()),
            },
            "unknown": None if self.unknowns is None else self.unknowns.as_dict(),
            "notes": list(self.notes),
            "refused": [
                {"quantization": quantization, "reason": reason} for quantization, reason in self.refused
            ],
        }


def to_table(rows: list[Row], split: str, keras_milliseconds: float) -> str:
    """Returns rows of the gate as a plain table, with the Keras model as the first row."""
    width = max(len("Keras model"), *(len(row.file) for row in rows))
    score = max(8, len(rows[0].score_name))
    keras_row = f"{'Keras model':<{width}}  {rows[0].keras_score:{score}.4f}"
    lines = [
        f"{'':<{width}}  {rows[0].score_name:>{score}}  agreement  largest difference      MB  ms/example",
        f"{keras_row:<{width + score + 41}}  {keras_milliseconds:10.2f}",
    ]
    lines += [
        f"{row.file:<{width}}  {row.score:{score}.4f}  {row.agreement:9.4f}  {row.difference:18.2g}  "
        f"{row.megabytes:6.2f}  {row.milliseconds:10.2f}"
        for row in rows
    ]
    threads = "" if rows[0].quantization == "saved_model" else ", the file on one thread"
    measured_on = f"measured on the {split} split ({rows[0].examples} examples)"
    lines.append(f"{measured_on}; time: median, one at a time{threads}")
    return "\n".join(lines)
