"""Evaluates any artifact, on its run's test split or on other labelled examples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from kerasft.base.bundle_file import is_bundle
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.shells import quoted
from kerasft.base.telling import step
from kerasft.base.wording import shorten
from kerasft.contract.evaluation import Evaluation, Seen
from kerasft.contract.splits import Split
from kerasft.data.earlier import count_seen, read_sides
from kerasft.data.objects import labelled_of, spelled
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.opening import as_predictor
from kerasft.predicting.predict import name_of, unreadable
from kerasft.predicting.predictor import Predictor
from kerasft.runs.groups import units_of_run
from kerasft.runs.run import Run

GIVE_DATA = "give labelled data after it: kerasft evaluate ARTIFACT DATA"


def evaluate(
    artifact: Artifact,
    data: object = None,
    *,
    trust: bool = False,
    skip_broken: bool = False,
) -> Evaluation:
    """Measures an artifact on labelled examples, in their order.

    Args:
        artifact: A `Run`, a path (run folder, SavedModel folder, `.tflite` file) or a predictor.
        data: None for the test split of the artifact's own run (an exported file finds its run in the
            folders above it); a folder of class folders or a table, whose classes must be among those of
            the artifact; a `Split`; or examples in memory with their answers: a tuple `(images, labels)`, a frame or
            a Hugging Face dataset with a column of each, or a dataset of pairs. Examples are as for `predict`; labels
            as for `read_images` or `read_texts`.
        trust: Whether a SavedModel that was not exported here may run: it is a program.
        skip_broken: Whether examples of `data` that can't be read are left out and told, instead of refused.

    Raises:
        InputError: The artifact or the data can't be used, or they don't fit together.
    """
    if isinstance(artifact, str | os.PathLike) and is_bundle(Path(artifact)):
        artifact = Run.open(Path(artifact))  # once for both
    predictor = as_predictor(artifact, trust)
    if data is None:
        run, split = _own_test_split(artifact, predictor)
        units = units_of_run(run, split)
    else:
        split, units = _given_split(artifact, predictor, data, skip_broken), None
    answers = predictor.predict(split.examples)
    with step("measuring the answers", "answers measured"):
        measured = predictor.task.targets.evaluate(answers, split.targets, predictor.schema, split.ids)
    seen = seen_by(artifact, getattr(split, "hashes", ()))
    whose = _whose(artifact, predictor)
    return replace(measured, seen=seen, left_out=getattr(split, "skipped", ()), artifact=whose, units=units)


def _whose(artifact: Artifact, predictor: Predictor) -> str:
    """Says whose numbers an evaluation has, by its name: a run and its files answer alike, but not the same.

    Without the folders above it, for the words are kept in the run, which may be moved or handed on.
    """
    path = getattr(artifact, "given", artifact)
    if not isinstance(path, str | os.PathLike):
        return ""
    name = Path(path).resolve().name
    if getattr(predictor, "kind", "") != "run":
        return f"the file {name}"
    phase = getattr(artifact, "weights", "best")
    return f"the run {name}, its Keras model" + ("" if phase == "best" else f" after the phase {phase}")


def seen_by(artifact: Artifact, hashes: Sequence[str]) -> Seen | None:
    """Returns how many examples an artifact's own run, or one that it started from, was trained on or chosen by.

    Args:
        artifact: As for `evaluate`.
        hashes: Of the examples.

    Returns:
        None where the artifact's run isn't known, or the examples have no hashes.
    """
    try:
        run = run_of(artifact)
    except InputError:
        return None
    return count_seen(hashes, read_sides(run)) if hashes else None


def _given_split(artifact: Artifact, predictor: Predictor, data: object, skip_broken: bool) -> Split:
    if isinstance(data, str | os.PathLike):
        return predictor.task.read_labelled(
            Path(data) if isinstance(data, os.PathLike) else data,
            predictor.schema,
            predictor.encoder,
            data_of(artifact),
            skip_broken=skip_broken,
        )
    if hasattr(data, "examples") and hasattr(data, "targets"):
        return cast(Split, data)
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        hint = "give a path, a Split, or a tuple of examples and answers"
        raise InputError(Problem("this is no labelled data", type(data).__name__, hint))
    return _split_in_memory(predictor, data, data_of(artifact) or {}, skip_broken)


def _split_in_memory(predictor: Predictor, data: object, known: JsonFields, skip_broken: bool) -> Split:
    inputs, targets, schema = predictor.task.inputs, predictor.task.targets, predictor.schema
    label = (known.get("columns") or {}).get("label") or "label"
    contents, raw = labelled_of(data, inputs.columns, str(label))
    if not contents:
        raise InputError(Problem("there are no examples", "", "give labelled examples"))
    loaded = inputs.gather(contents, predictor.encoder)
    names = [name_of(each, row) for row, each in enumerate(contents)]
    if not skip_broken:
        raise_problems(unreadable(predictor, names, loaded))
    labels = spelled(targets.of_list(raw, schema), targets, schema, inputs.noun)
    if odd := sorted({each for each in labels if not schema.allows(each)}):
        hint = "give answers that the model knows"
        raise InputError(Problem(f"the data has other {schema.noun} than the model", shorten(odd), hint))
    rows = np.asarray(loaded.rows, int)
    split = Split("test", loaded.column, schema.column(labels)[rows], tuple(names[row] for row in rows), ())
    left_out = tuple(f"{names[row]}: {why}" for row, why in loaded.broken.items())
    return replace(split, skipped=left_out) if left_out else split


def phase_scores(run: Run, evaluation: Evaluation) -> dict[str, float]:
    """Returns the score of each phase's best weights on the test split: `{"after head": 0.9, "after tune": 0.95}`.

    Args:
        run: A finished run.
        evaluation: Of the run on its test split. It holds for the phase whose weights the run took.
    """
    best = run.result["best"]
    return {
        f"after {name}": (evaluation if name == best else evaluate(run.at(name))).score
        for name in run.result["phases"]
    }


def data_of(artifact: Artifact) -> JsonFields | None:
    """Returns what config.json says of the data of an artifact's own run, if it has one."""
    try:
        run = run_of(artifact)
    except InputError:
        return None
    return run.config["data"]


def _own_test_split(artifact: Artifact, predictor: Predictor) -> tuple[Run, Split]:
    run = run_of(artifact)
    splits = run.splits()
    if splits.schema != predictor.schema:
        problem = (
            f"the artifact and its run have other {predictor.schema.noun}; it was exported before the run was "
            "trained again"
        )
        raise InputError(Problem(problem, str(artifact), f"kerasft export {quoted(run.run_dir)}"))
    if len(splits.test) == 0:
        raise InputError(Problem("the run has no test split", str(run.run_dir), GIVE_DATA))
    return run, splits.test


def run_of(artifact: object) -> Run:
    """Returns an artifact that is a run, or the one that its path belongs to: see `run_above`."""
    return cast(Run, artifact) if hasattr(artifact, "run_dir") else run_above(artifact)


def run_above(artifact: object) -> Run:
    """Returns the run of a path: the folder itself, or the nearest one above it that is a run."""
    if not isinstance(artifact, str | os.PathLike):
        raise InputError(
            Problem("only an artifact in a run folder knows its test split", "data=None", GIVE_DATA)
        )
    path = Path(artifact).resolve()
    for folder in (path, *path.parents[:2]):
        if (folder / "config.json").is_file():
            return Run.open(folder)
    raise InputError(
        Problem("the artifact is in no run folder, so its test split is unknown", str(artifact), GIVE_DATA)
    )
