"""What lies beside an exported file: labels, details, golden examples and the model card."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base import files
from kerasft.exporting.measuring import open_exported
from kerasft.exporting.model_card import write_card
from kerasft.exporting.plan import Plan
from kerasft.exporting.representative import first_of_each, strata_of
from kerasft.exporting.results import Attempt, Export
from kerasft.formats.runtime_version import needed_runtime
from kerasft.formats.trust import forgotten
from kerasft.predicting.evaluate import seen_by
from kerasft.runs.calibration import calibration_of, keep_calibration

if TYPE_CHECKING:
    from kerasft.runs.run import Run


@dataclass(frozen=True, eq=False)
class Made:
    """A file that has its name already, and all that is known about it.

    Args:
        plan: Of the export.
        run: The `Run`.
        target: The file.
        attempt: What was measured on it.
        refused: The quantizations that were tried before.
        threshold: For "unknown", chosen on the validation split; None: not asked for.
    """

    plan: Plan
    run: Run
    target: Path
    attempt: Attempt
    refused: tuple[Attempt, ...]
    threshold: float | None


def finish(made: Made) -> Export:
    """Writes what goes beside a file. Nothing reads it back to predict: the file itself has it all."""
    plan, target = made.plan, made.target
    split, answering = plan.reference.split, plan.task.targets.answering
    row, answers = made.attempt.row, made.attempt.answers
    assert row is not None and answers is not None
    tolerance = plan.tolerance(row.quantization, target, answers)
    row = replace(row, runtime=needed_runtime(target, row.quantization), tolerance=tolerance)
    unknowns, wanted = None, plan.settings.unknown_precision
    if made.threshold is not None and wanted is not None:
        unknowns = answering.measure_threshold(answers, split.targets, made.threshold, wanted, split.name)
    description = plan.describe(row.quantization)
    labels = tuple(
        files.write_text(target.parent / name, content.decode())
        for name, content in description.labels().items()
    )
    _write_golden(plan, target)
    exported = Export(
        path=target,
        row=row,
        split=split.name,
        keras_milliseconds=plan.reference.milliseconds,
        labels=labels,
        details=target.with_suffix(".json"),
        card=target.parent / "MODEL_CARD.md",
        calibration=plan.calibration,
        confidence=answering.confidence(
            plan.calibration, plan.reference.plain, answers, split.targets, split.name
        ),
        unknowns=unknowns,
        seen=seen_by(made.run, split.hashes),
        refused=tuple((each.quantization, each.reason) for each in made.refused),
        notes=_notes(plan, target, row.quantization),
    )
    values = exported.as_dict()
    hashes = {"sha256": files.sha256_of(target)} if target.is_file() else {}
    details = {**description.as_dict(), **hashes, "split": split.name, "measured": row.as_dict()}
    details |= {name: values[name] for name in ("calibration", "unknown", "refused")}
    files.write_json(exported.details, details)
    if calibration_of(made.run) is None and os.access(made.run.run_dir, os.W_OK):
        keep_calibration(
            made.run, plan.calibration
        )  # a run from before there was one answers as its file from now on
    write_card(exported, plan, made.run)
    return exported


def _write_golden(plan: Plan, target: Path) -> None:
    """Writes `NAME.golden.json`, a few examples with the file's answers, for the tests of an app."""
    split, serving = plan.reference.split, plan.task.inputs.serving
    rows = first_of_each(strata_of(split, plan.splits.schema), len(split), fill_up_to=serving.fewest_golden)
    examples = split.examples[rows]
    answers = open_exported(target, 1).predict(examples)
    given = serving.golden(examples, plan.encoder, target.parent)
    expected = plan.task.targets.answering.golden(plan.predictor.schema, split.targets[rows], answers)
    golden = [{**example, **answer} for example, answer in zip(given, expected, strict=True)]
    files.write_json(target.with_name(f"{target.stem}.golden.json"), golden)


def _notes(plan: Plan, target: Path, quantization: str) -> tuple[str, ...]:
    notes = list(plan.task.inputs.serving.notes(plan.encoder)) if target.suffix == ".tflite" else []
    remark = plan.reference.yardstick.remark(plan.settings.target(quantization))
    notes += [remark] if remark else []
    if target.is_dir() and (why := forgotten()):
        notes.append(
            f"later commands won't know who made it (kerasft predict will need --trust), since {why}"
        )
    return tuple(notes)
