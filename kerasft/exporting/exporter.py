"""From a run to a file that was measured: make it under a temporary name, measure it, then name it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base import files
from kerasft.base.errors import GateError, InputError, KerasftError, Problem, UnavailableError
from kerasft.base.shells import quoted
from kerasft.base.telling import tell
from kerasft.contract.registry import task_of
from kerasft.contract.splits import Column
from kerasft.exporting.backend import require_tensorflow
from kerasft.exporting.finishing import Made, finish
from kerasft.exporting.naming import given_name
from kerasft.exporting.plan import Plan
from kerasft.exporting.results import Attempt, Export, to_table
from kerasft.exporting.settings import Settings
from kerasft.formats import onnx, tflite
from kerasft.formats.ladder import AUTO, choose_quantization, command
from kerasft.formats.program import require_float32
from kerasft.predicting.opening import predictor_of_run
from kerasft.runs.calibration import calibration_of, training_of
from kerasft.runs.groups import units_of_run

if TYPE_CHECKING:
    from kerasft.runs.run import Run

EXPORTS = "exports"


def export(
    run: Run | str | os.PathLike[str],
    format: str = "tflite",
    quantize: str | None = None,
    *,
    io: str = "uint8",
    max_accuracy_drop: float | None = None,
    min_agreement: float | None = None,
    unknown_precision: float | None = None,
    version: str = "",
    licence: str = "",
    representative: Column | None = None,
    form: str | None = None,
    output: str | Path | None = None,
) -> Export:
    """Exports the best weights of a run, and measures the file on the test split before it gets its name.

    Args:
        run: A `Run`, or the path of its folder, or a bundle.
        format: "tflite", one file for phones and small devices, "saved_model", a folder for servers, or "onnx".
        quantize: For TFLite: None (float32), "float16" (half the size), "int16" (int8 weights, 16-bit activations),
            "dynamic" (int8 weights), "int8" (integers throughout; a quarter of the size), "mixed" (int8 but for the
            operations that it hurts most) or "auto", the smallest of these that keeps the gate.
        io: For int8, the type of input and output: "uint8" or "int8".
        max_accuracy_drop: The accuracy that a quantized file may lose, as a share; default 0.01.
        min_agreement: The share of the test split on which a quantized file must decide as the Keras model does;
            default 0.99 for dynamic and int16, 0.97 for int8 and mixed.
        unknown_precision: Wanted share of right ones among the answers that are given; less sure ones are "unknown".
            The threshold is chosen on the validation split, and goes into the file.
        version: Of the model, for the metadata.
        licence: Of the model, for the metadata and the card, such as an SPDX name. By default none: the card names that
            of the pretrained backbone, where it is known, and the model is yours.
        representative: For int8, int16 and mixed, examples that set the ranges: of images raw ones (n, size, size, 3)
            with values 0..255, at least 100; default: 300 of the training split.
        form: Of a `.tflite` whose answers have several, such as boxes: "anchors" or "boxes"; see
            `Answering.forms`. None is the usual one.
        output: The folder to write into; default: `exports` in the run folder, or in the current one for a bundle.

    Returns:
        The path and what was measured; `print()` shows a table.

    Raises:
        InputError: The arguments don't fit, or the run can't be used.
        UnavailableError: ONNX is asked for and not installed.
        GateError: The file misses its targets; the text has the table and names the smallest quantization that holds.
            Nothing new is left in the run folder, and an earlier export of the same name stays.
    """
    quantization = choose_quantization(format, quantize, io)
    settings = Settings(
        io, max_accuracy_drop, min_agreement, unknown_precision, version, licence, representative, form
    )
    settings.check()
    if quantization == "onnx":
        onnx.require_onnx()
    if isinstance(run, str | os.PathLike):
        from kerasft.runs.run import Run

        run = Run.open(Path(run))
    require_tensorflow(run, quantization)
    task = task_of(run.model_config.task)
    settings.check_task(task)
    if form is not None and quantization in ("saved_model", "onnx"):
        raise InputError(Problem("only a .tflite has another form", quantization, "leave --form out"))
    if quantization not in (AUTO, "saved_model", "onnx"):
        tflite.require_offered(quantization, task)
    if representative is not None:
        task.inputs.serving.check_representative(representative)
    home = Path(".") if getattr(run, "holder", None) else Path(run.run_dir)  # a bundle's folder is temporary
    folder = home / EXPORTS if output is None else Path(output)
    with _write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)  # before the long work
        files.clear_partial(folder)
    plan = _plan(run, settings)
    unknown = _unknown_threshold(plan, unknown_precision)
    passed, refused = (_first_that_holds if quantization == AUTO else _this_one)(
        plan, quantization, folder, run
    )
    target = folder / plan.name(passed.quantization)
    with _write_errors(target):
        return finish(Made(plan, run, target, passed, refused, unknown))


def _plan(run: Run, settings: Settings) -> Plan:
    """Loads the model, calibrates it if the run is from before that was done, and runs it on the test split."""
    model, splits = run.load_model(), run.splits()
    require_float32(model)
    predictor, calibration = predictor_of_run(run, model), calibration_of(run)
    if calibration is None:
        held_out = splits.validation
        calibration = predictor.task.targets.calibrate(
            predictor.outputs(held_out.examples), held_out.targets, predictor.schema, training_of(run)
        )
    units = units_of_run(run, splits.test)
    form = {} if settings.form is None else {"form": settings.form}
    served = predictor.calibrated({**calibration.served, **form})
    return Plan(served, calibration, run.model_config, splits, settings, units)


def _unknown_threshold(plan: Plan, precision: float | None) -> float | None:
    if precision is None:
        return None
    answers, targets = plan.validation()
    threshold = plan.task.targets.answering.choose_threshold(answers, targets, precision)
    if threshold is None:
        problem = f"no threshold gives a precision of {precision:g} on the validation split"
        raise GateError(
            f"{problem} ({len(targets)} examples); use a lower --unknown-precision, or a better model"
        )
    plan.score_threshold = threshold or None  # 0: every answer may stay
    return threshold


def _this_one(plan: Plan, quantization: str, folder: Path, run: Run) -> tuple[Attempt, tuple[Attempt, ...]]:
    """Makes the quantization that was asked for.

    Raises:
        GateError: It does not hold; the text says which one does.
    """
    attempt = _write(plan, quantization, folder)
    if attempt.holds:
        return attempt, ()
    lines = [attempt.reason]
    if attempt.row is not None:
        lines.append(to_table([attempt.row], plan.reference.split.name, plan.reference.milliseconds))
    raise GateError("\n".join([*lines, _advice(plan, quantization, run)]))


def _first_that_holds(
    plan: Plan, quantization: str, folder: Path, run: Run
) -> tuple[Attempt, tuple[Attempt, ...]]:
    """Makes one quantization after the other, from the smallest file to the largest.

    Raises:
        GateError: None holds.
    """
    refused: list[Attempt] = []
    tell(f"export {AUTO}: {', '.join(plan.quantizations)}, the smallest first, until one holds")
    for each in plan.quantizations:
        attempt = _write(plan, each, folder)
        if attempt.holds:
            return attempt, tuple(refused)
        refused.append(attempt)
    reasons = "\n".join(f"{attempt.quantization} refused: {attempt.reason}" for attempt in refused)
    raise GateError(f"no file keeps the gate\n{reasons}\n{_still_predicts(run)}")


class _Refused(Exception):
    """Leaves the temporary path without giving the file its name."""


def _write(plan: Plan, quantization: str, folder: Path) -> Attempt:
    """Makes a quantization, measures it, and gives it its name if it holds."""
    target = folder / plan.name(quantization)
    try:
        with _write_errors(target), files.atomic_path(target) as temporary:
            attempt = _attempt(plan, quantization, temporary)
            if not attempt.holds:
                attempt = _with_worst_operations(attempt, plan, temporary)
                raise _Refused
    except _Refused:
        pass
    return attempt


def _attempt(plan: Plan, quantization: str, path: Path) -> Attempt:
    """Makes a quantization, measures it, and tells of both."""
    begin = time.perf_counter()
    tell(f"export {quantization}: {plan.ahead(quantization)}")
    try:
        row, answers = plan.make(quantization, path, plan.settings.target(quantization))
    except (InputError, UnavailableError):
        raise
    except KerasftError as error:
        tell(f"export {quantization}: not possible ({time.perf_counter() - begin:.1f} s)")
        return Attempt(quantization, None, None, str(error))
    failed = f"{row.file} misses its targets: {'; '.join(row.failures)}" if row.failures else ""
    tell(
        f"export {quantization}: {row.megabytes:.2f} MB, {row.score_name} {row.score:.4f}, "
        f"{'refused' if failed else 'kept'} ({time.perf_counter() - begin:.1f} s)"
    )
    return Attempt(quantization, row, answers, failed)


def _with_worst_operations(attempt: Attempt, plan: Plan, path: Path) -> Attempt:
    """Names the operations to blame, where the file could be run."""
    worst = plan.worst_operations(attempt.quantization, path) if attempt.row is not None else []
    if not worst:
        return attempt
    return replace(attempt, reason=f"{attempt.reason}; {attempt.quantization} hurts most: {', '.join(worst)}")


def _advice(plan: Plan, failed: str, run: Run) -> str:
    """Tries the larger quantizations, smallest first, in a temporary folder, and names the first that holds."""
    larger = (
        plan.quantizations[plan.quantizations.index(failed) + 1 :] if failed in plan.quantizations else ()
    )
    with tempfile.TemporaryDirectory(prefix="kerasft-", ignore_cleanup_errors=True) as folder:
        for quantization in (*larger, "saved_model"):
            attempt = (
                None
                if quantization == failed
                else _attempt(plan, quantization, Path(folder) / plan.name(quantization))
            )
            if attempt is not None and attempt.holds and attempt.row is not None:
                size = f"{attempt.row.megabytes:.2f} MB"
                return f"the smallest that holds is {quantization} ({size}): {command(given_name(run), quantization)}"
    return f"no larger one holds either; {_still_predicts(run)}"


def _still_predicts(run: Run) -> str:
    return f"the run itself still predicts: kerasft predict {quoted(given_name(run))} INPUT"


@contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"the export can't be written ({error.strerror or error})"
        raise InputError(Problem(problem, str(target), "make room, or make the folder writable")) from error
