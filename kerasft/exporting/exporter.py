"""From a run to a file that was measured: make it under a temporary name, measure it, then name it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasft import artifact as artifacts
from kerasft import files
from kerasft.errors import GateError, InputError, KerasftError, Problem, did_you_mean
from kerasft.exporting import measuring, saved_model, tflite
from kerasft.opening import predictor_of_run

FORMATS = ("tflite", "saved_model")
QUANTIZE = ("float16", "dynamic", "int8")
EXPORTS = "exports"


@dataclass(frozen=True)
class Export:
    """A file that passed the gate.

    Args:
        path: `RUN/exports/model_<rung>.tflite` or `RUN/exports/saved_model`.
        row: What was measured on it.
        split: Name of the split it was measured on.
        keras_milliseconds: Time per picture of the Keras model, to compare with.
        labels: The labels file beside it.
        details: The JSON file beside it, with the description and the row, for people and scripts.
    """

    path: Path
    row: measuring.Row
    split: str
    keras_milliseconds: float
    labels: Path
    details: Path

    def __str__(self) -> str:
        return f"{to_table([self.row], self.split, self.keras_milliseconds)}\nwrote {self.path}"

    def as_dict(self) -> dict[str, Any]:
        """Returns what was made and measured as a value for JSON."""
        return {"path": str(self.path), "split": self.split, **self.row.as_dict()}


@dataclass(frozen=True, eq=False)
class _Plan:
    """What stays the same for all the rungs of one export."""

    model: Any
    model_config: Any
    reference: measuring.Reference
    splits: Any
    representative: np.ndarray | None

    def make(self, rung: str, path: Path) -> measuring.Row:
        """Writes one rung to `path` and measures the file there."""
        description = artifacts.describe(self.model_config, rung)
        if rung == "saved_model":
            saved_model.write_saved_model(self.model, description, path)
        else:
            pictures = self.representative_pictures() if rung == "int8" else None
            tflite.write_tflite(self.model, description, path, pictures)
        return measuring.measure_file(path, rung, self.reference)

    def labels(self) -> str:
        """Returns the content of `labels.txt`."""
        return artifacts.describe(self.model_config, "saved_model").labels()

    def details(self, rung: str) -> dict[str, Any]:
        """Returns the description as values for JSON."""
        return artifacts.describe(self.model_config, rung).as_dict()

    def finish(self, target: Path) -> None:
        """Pictures need nothing more beside the file."""

    def representative_pictures(self) -> np.ndarray:
        """Returns the caller's pictures, or up to 300 of the training split, evenly over the classes."""
        if self.representative is not None:
            return self.representative
        train = self.splits.train
        pictures = tflite.draw_representative(
            train.images, train.labels, tflite.MOST_REPRESENTATIVE, self.splits.seed
        )
        tflite.check_representative(pictures, available=len(train.labels))
        return pictures


def export(
    run: Any, format: str = "tflite", quantize: str | None = None, *, representative: np.ndarray | None = None
) -> Export:
    """Exports the best weights of a run, and measures the file on the test split before it gets its name.

    Args:
        run: A `Run`, or the path of its folder.
        format: "tflite", one file for phones and small devices, or "saved_model", a folder for servers.
        quantize: For TFLite: None (float32), "float16" (half the size), "dynamic" (int8 weights) or "int8"
            (integers throughout: uint8 in, uint8 out; a quarter of the size).
        representative: For int8, raw pictures (n, size, size, 3) with values 0..255 that set the ranges;
            default: 300 of the training split. At least 100.

    Returns:
        The path and what was measured; `print()` shows a table.

    Raises:
        InputError: The arguments don't fit, or the run can't be used.
        GateError: The file misses its targets; the text has the table and names the smallest rung that holds.
            Nothing new is left in the run folder, and an earlier export of the same name stays.
    """
    rung = choose_rung(format, quantize)
    if isinstance(run, str | os.PathLike):
        from kerasft.run import Run

        run = Run.open(Path(run))
    if representative is not None:
        tflite.check_representative(representative)
    target = Path(run.run_dir) / EXPORTS / file_name(rung)
    with _write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)  # before the long work
    plan = _plan(run, representative)
    with _write_errors(target), files.atomic_path(target) as temporary:
        row = _make_and_judge(plan, rung, temporary, run)
    with _write_errors(target):
        return _finish(plan, target, row)


def choose_rung(format: str, quantize: str | None) -> str:
    """Returns "saved_model" or a rung of the TFLite ladder.

    Raises:
        InputError: All that is wrong with the two arguments.
    """
    problems = []
    if format not in FORMATS:
        problems.append(Problem("the format is unknown", format, _suggest("--format", format, FORMATS)))
    if quantize is not None and quantize not in QUANTIZE:
        problems.append(
            Problem("the quantisation is unknown", quantize, _suggest("--quantize", quantize, QUANTIZE))
        )
    elif quantize is not None and format == "saved_model":
        problems.append(
            Problem("a SavedModel is not quantised", quantize, "leave out --quantize, or use --format tflite")
        )
    if problems:
        raise InputError(problems)
    return "saved_model" if format == "saved_model" else quantize or "float32"


def file_name(rung: str) -> str:
    """Returns the name of the exported file or folder of a rung."""
    return "saved_model" if rung == "saved_model" else f"model_{rung}.tflite"


def command(run_dir: Path, rung: str) -> str:
    """Returns the command line that exports a rung."""
    format = "saved_model" if rung == "saved_model" else "tflite"
    quantize = f" --quantize {rung}" if rung in QUANTIZE else ""
    return f"kerasft export {shlex.quote(str(run_dir))} --format {format}{quantize}"


def to_table(rows: list[measuring.Row], split: str, keras_milliseconds: float) -> str:
    """Returns rows of the gate as a plain table, with the Keras model as the first row."""
    width = max(len("Keras model"), *(len(row.file) for row in rows))
    keras_row = f"{'Keras model':<{width}}  {rows[0].keras_accuracy:8.4f}"
    lines = [
        f"{'':<{width}}  accuracy  agreement  largest difference      MB  ms/example",
        f"{keras_row:<{width + 49}}  {keras_milliseconds:10.2f}",
    ]
    lines += [
        f"{row.file:<{width}}  {row.accuracy:8.4f}  {row.agreement:9.4f}  {row.difference:18.2g}  "
        f"{row.megabytes:6.2f}  {row.milliseconds:10.2f}"
        for row in rows
    ]
    threads = "" if rows[0].rung == "saved_model" else ", TFLite on one thread"
    measured_on = f"measured on the {split} split ({rows[0].examples} examples)"
    lines.append(f"{measured_on}; time: median, one at a time{threads}")
    return "\n".join(lines)


def _plan(run: Any, representative: np.ndarray | None) -> Any:
    predictor = predictor_of_run(run)
    saved_model.require_float32(predictor.model)
    splits = run.splits()
    if run.model_config.task == "text_classification":
        from kerasft.exporting.text_plan import TextPlan

        return TextPlan(predictor, run.model_config, splits)
    reference = measuring.make_reference(predictor, splits)
    return _Plan(predictor.model, run.model_config, reference, splits, representative)


def _make_and_judge(plan: Any, rung: str, temporary: Path, run: Any) -> measuring.Row:
    try:
        row = plan.make(rung, temporary)
    except InputError:
        raise
    except KerasftError as error:
        raise GateError(f"{error}\n{_advice(plan, rung, temporary.parent, run)}") from error
    if row.failures:
        table = to_table([row], plan.reference.split, plan.reference.milliseconds)
        missed = f"{row.file} misses its targets: {'; '.join(row.failures)}"
        raise GateError(f"{missed}\n{table}\n{_advice(plan, rung, temporary.parent, run)}")
    return row


@contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"the export can't be written ({error.strerror or error})"
        raise InputError(Problem(problem, str(target), "make room, or make the folder writable")) from error


def _finish(plan: Any, target: Path, row: measuring.Row) -> Export:
    """Writes labels and details beside the file. Nothing reads them back: the file itself has it all."""
    labels = files.write_text(target.parent / artifacts.LABELS_NAME, plan.labels())
    hashes = {"sha256": files.sha256_of(target)} if target.is_file() else {}
    plan.finish(target)
    details = {**plan.details(row.rung), **hashes, "split": plan.reference.split, "measured": row.as_dict()}
    details_path = files.write_json(target.with_suffix(".json"), details)
    return Export(target, row, plan.reference.split, plan.reference.milliseconds, labels, details_path)


def _advice(plan: Any, failed: str, folder: Path, run: Any) -> str:
    """Tries the larger rungs, smallest first, in the temporary folder, and names the first that holds."""
    larger = tflite.RUNGS[tflite.RUNGS.index(failed) + 1 :] if failed in tflite.RUNGS else ()
    for rung in (*larger, "saved_model"):
        if rung == failed:
            continue
        try:
            row = plan.make(rung, folder / file_name(rung))
        except KerasftError:
            continue
        if not row.failures:
            return f"the smallest that holds is {rung} ({row.megabytes:.2f} MB): {command(run.run_dir, rung)}"
    run_dir = shlex.quote(str(run.run_dir))
    return f"no larger one holds either; the run itself still predicts: kerasft predict {run_dir} INPUT"


def _suggest(flag: str, value: str, known: tuple[str, ...]) -> str:
    return did_you_mean(value, known, f"use {flag} {', '.join(known[:-1])} or {known[-1]}")
