"""What lies beside an exported file: labels, details, golden examples and the model card."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerasft.base import files
from kerasft.exporting.model_card import write_card
from kerasft.exporting.results import Attempt, Export
from kerasft.formats import description as artifacts
from kerasft.formats.runtime_version import needed_runtime
from kerasft.formats.trust import forgotten
from kerasft.predicting.evaluate import seen_by
from kerasft.runs.calibration import calibration_of, weights_key
from kerasft.targets.classes.calibration import Calibration, calibration_error, log_loss, write_calibration
from kerasft.targets.classes.unknowns import measure_threshold


@dataclass(frozen=True, eq=False)
class Made:
    """A file that has its name already, and all that is known about it.

    Args:
        plan: A `Plan`.
        run: The `Run`.
        target: The file.
        attempt: What was measured on it.
        refused: The rungs that were tried before.
        calibration: The run's.
        threshold: For "unknown", chosen on the validation split; None: not asked for.
    """

    plan: Any
    run: Any
    target: Path
    attempt: Attempt
    refused: tuple[Attempt, ...]
    calibration: Calibration
    threshold: float | None


def finish(made: Made) -> Export:
    """Writes what goes beside a file. Nothing reads it back to predict: the file itself has it all."""
    plan, reference, target = made.plan, made.plan.reference, made.target
    row, answers = made.attempt.row, made.attempt.answers
    assert row is not None and answers is not None
    tolerance = plan.tolerance(row.rung, target, answers)
    row = replace(row, runtime=needed_runtime(target, row.rung), tolerance=tolerance)
    unknowns = None
    if made.threshold is not None:
        wanted = plan.settings.unknown_precision
        unknowns = measure_threshold(answers, reference.labels, made.threshold, wanted, reference.split)
    labels = files.write_text(target.parent / artifacts.LABELS_NAME, plan.labels())
    plan.finish(target)
    exported = Export(
        path=target,
        row=row,
        split=reference.split,
        keras_milliseconds=reference.milliseconds,
        labels=labels,
        details=target.with_suffix(".json"),
        card=target.parent / "MODEL_CARD.md",
        calibration=made.calibration,
        ece=(
            calibration_error(reference.uncalibrated, reference.labels),
            calibration_error(answers, reference.labels),
        ),
        log_loss=(
            log_loss(reference.uncalibrated, reference.labels),
            log_loss(answers, reference.labels),
        ),
        unknowns=unknowns,
        seen=seen_by(made.run, getattr(plan.splits, reference.split).hashes),
        refused=tuple((each.rung, each.reason) for each in made.refused),
        notes=_notes(plan, target),
    )
    values = exported.as_dict()
    hashes = {"sha256": files.sha256_of(target)} if target.is_file() else {}
    details = {**plan.details(row.rung), **hashes, "split": reference.split, "measured": row.as_dict()}
    details |= {name: values[name] for name in ("calibration", "unknown", "refused")}
    files.write_json(exported.details, details)
    _keep_calibration(made)
    write_card(exported, plan, made.run)
    return exported


def _notes(plan: Any, target: Path) -> tuple[str, ...]:
    notes = []
    if getattr(plan.model_config, "resize", "") == "crop" and target.suffix == ".tflite":
        notes.append("MediaPipe stretches and this run crops: cut the middle square out before you ask it")
    if target.is_dir() and (why := forgotten()):
        notes.append(
            f"later commands won't know who made it (kerasft predict will need --trust), since {why}"
        )
    return tuple(notes)


def given_name(run: Any) -> Path:
    """Returns the run as the user named it: its folder, or the bundle it came in."""
    return Path(getattr(run, "given", run.run_dir))


def _keep_calibration(made: Made) -> None:
    """Lets a run from before there were temperatures answer as its file does, from now on."""
    if calibration_of(made.run) is None and os.access(made.run.run_dir, os.W_OK):
        write_calibration(Path(made.run.run_dir), weights_key(made.run), made.calibration)
