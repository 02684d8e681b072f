"""From a run to its `report.html`."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from kerasft.base import files, languages
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.printable import shown
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.registry import task_of
from kerasft.contract.sections import Explained, Groups, Reported
from kerasft.contract.splits import Split, Splits
from kerasft.contract.task import Task
from kerasft.predicting.evaluate import evaluate, seen_by
from kerasft.predicting.opening import predictor_of_run
from kerasft.predicting.predictor import Predictor
from kerasft.reporting.explained import explain_mistakes
from kerasft.reporting.facts import Facts
from kerasft.reporting.page import build_page
from kerasft.reporting.verdict import verdict_of
from kerasft.reporting.views import training_views
from kerasft.runs.groups import groups_of, own_groups, units_of_run
from kerasft.runs.run import Run

FILE = "report.html"


@dataclasses.dataclass(frozen=True)
class Report:
    """A written report.

    Args:
        path: The page.
        evaluation: What it shows, on the test split.
        groups: The scores per group; None where no groups were given.
        note: Why the mistakes could not be explained; "" where they were, or were not to be.
    """

    path: Path
    evaluation: Evaluation
    groups: Groups | None = None
    note: str = ""

    def __str__(self) -> str:
        lines = [] if self.groups is None else [str(self.groups)]
        if self.evaluation.seen is not None and self.evaluation.seen.count:
            lines.append(f"note: {self.evaluation.seen.sentence()}")
        if self.note:
            lines.append(f"the mistakes are not explained: {self.note}")
        size = files.megabytes(self.path)
        return "\n".join([*lines, f"wrote {shown(self.path)} ({size:.1f} MB)"])

    def as_dict(self) -> JsonObject:
        """Returns what was written and measured as a value for JSON."""
        seen = self.evaluation.seen
        return {
            "path": str(self.path),
            self.evaluation.score_name: self.evaluation.score,
            "seen_in_training": None if seen is None else seen.count,
            "groups": None if self.groups is None else self.groups.as_dict(),
        }


def report(
    run: Run | str | os.PathLike[str],
    evaluation: Evaluation | None = None,
    *,
    group: str | Path | None = None,
    output: str | Path | None = None,
    explain: bool = True,
    language: str | None = None,
) -> Report:
    """Writes a run's report: one page that opens from disk, with everything to look at inside.

    Args:
        run: A `Run`, a run folder or a bundle.
        evaluation: Of this run on its test split, from `evaluate`, where the caller has it; default: measured now.
        group: A column of the run's table, or a CSV file with the columns id and group: metrics per group are shown.
            Default: what the run was split by, if it was.
        output: The page; default: `report.html` in the run folder, or in the current one for a bundle.
        explain: Whether the most confident mistakes, 12 at most, are shown with the evidence for them.
        language: Of the page: "en" or "zh"; default: the environment variable `KERASFT_LANGUAGE`, and else English.

    Raises:
        InputError: The run, its data or the groups can't be used, the evaluation is of other examples, or there is no
            such language.
    """
    with languages.chosen(language):
        return _write(run, evaluation, group, output, explain)


def _write(
    run: Run | str | os.PathLike[str],
    evaluation: Evaluation | None,
    group: str | Path | None,
    output: str | Path | None,
    explain: bool,
) -> Report:
    run = Run.open(Path(run)) if isinstance(run, str | os.PathLike) else run
    facts, splits = Facts.of(run), run.splits()
    if len(splits.test.labels) == 0:
        what = "the run has no test split to report on"
        raise InputError(Problem(what, str(run.given), "train again with --test-share 0.15"))
    own = own_groups(run, splits.test)
    groups = own if group is None else groups_of(run, group, splits.test)
    predictor = None
    if evaluation is None:
        predictor = predictor_of_run(run)
        evaluation = evaluate(predictor, splits.test)
    if evaluation.seen is None:
        evaluation = dataclasses.replace(evaluation, seen=seen_by(run, splits.test.hashes))
    if evaluation.units is None and (units := units_of_run(run, splits.test)) is not None:
        evaluation = dataclasses.replace(evaluation, units=units)
    _check_same(evaluation, splits)
    task = task_of(run.model_config.task)
    scored = None
    try:
        if groups is not None:
            scored = task.targets.compare_groups(evaluation, groups[1], groups[0])
    except InputError:  # more groups than a page shows, which nobody asked for
        if group is not None:
            raise
    explained = _explain(run, predictor, splits.test, evaluation, task) if explain else Explained()
    source = facts.config.get("data", {})
    reported = Reported(splits, evaluation, facts.shown, source, facts.calibration, explained, scored)
    showing = task.inputs.showing
    verdict = verdict_of(facts, evaluation, splits.reading.noun, showing.augmented)
    sections, views = task.targets.sections(reported, showing), training_views(task, splits, facts)
    page = build_page(facts, splits, sections, showing.augmented, verdict=verdict, views=views)
    home = run.run_dir if run.holder is None else Path(".")  # a bundle's folder is temporary
    target = home / FILE if output is None else Path(output)
    files.clear_partial(target.parent)
    path = files.write_text(target, page)
    return Report(path, evaluation, scored if group is not None else None, explained.note)


def _check_same(evaluation: Evaluation, splits: Splits) -> None:
    if evaluation.ids != tuple(splits.test.ids) or evaluation.schema != splits.schema:
        what = "the evaluation is not of this run's test split"
        received = f"{len(evaluation.ids)} examples"
        raise InputError(Problem(what, received, "leave it out, and the report measures"))


def _explain(
    run: Run, predictor: Predictor | None, split: Split, evaluation: Evaluation, task: Task
) -> Explained:
    if not len(evaluation.mistakes()):
        return Explained()
    if predictor is None:
        try:
            predictor = predictor_of_run(run)
        except InputError as error:  # the evaluation was given: the page needs no model
            return Explained(note=str(error).splitlines()[0])
    return explain_mistakes(predictor, split, evaluation, task.inputs.showing)
