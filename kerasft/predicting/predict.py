"""From examples, such as images on disk or texts, to what any artifact says about them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.contract.asking import Example
from kerasft.contract.encoder import BATCH_SIZE
from kerasft.contract.inputs import Loaded
from kerasft.contract.prediction import Prediction
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.predicting.predictor import Predictor

__all__ = ["Prediction", "Predictor", "load_predictor", "predict"]


def predict(
    artifact: Artifact,
    paths: str | Path | Iterable[str | Path],
    *,
    pairs: str | Iterable[str] | None = None,
    top: int = 3,
    trust: bool = False,
) -> list[Prediction]:
    """Predicts images, texts or pairs of texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, bundle, SavedModel folder, `.tflite` file) or a predictor.
        paths: Image files, or one; for an artifact that takes texts, the texts themselves.
        pairs: For an artifact that takes pairs, the second text of each; a single text goes with all of them.
        top: How many classes each prediction lists, at least 1, where answers are classes.
        trust: Whether a SavedModel that was not exported here may run: it is a program.

    Raises:
        InputError: No images, or some can't be read (all of them are listed), or the artifact can't, or it
            takes pairs and gets single texts, or the other way round.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not paths:
        raise InputError(Problem("there is nothing to predict", "", "give one or more image files, or texts"))
    if top < 1:
        raise InputError(Problem("at least one class is listed", str(top), "use --top 1 or more"))
    predictor: Predictor = as_predictor(artifact, trust)
    seconds: Sequence[str | None] | None = seconds_of(pairs, len(paths))
    problems: list[Problem] = []
    predictions: list[Prediction] = []
    for start in range(0, len(paths), BATCH_SIZE):
        chunk, halves = paths[start : start + BATCH_SIZE], seconds and seconds[start : start + BATCH_SIZE]
        loaded = predictor.task.inputs.gather(chunk, predictor.encoder, halves)
        problems += unreadable(predictor, chunk, loaded)
        if not problems:  # otherwise the rest is only read, so that all the broken ones are listed
            rows = predictor.predict(loaded.column)
            predictions += [
                replace(predictor.decode(row, top), path=str(path), pair=pair)
                for path, row, pair in zip(chunk, rows, halves or [None] * len(chunk), strict=True)
            ]
    if problems:
        raise InputError(problems)
    return predictions


def seconds_of(pairs: str | Iterable[str] | None, count: int) -> list[str] | None:
    """Returns the second text of each of so many inputs; a single text goes with all of them.

    Raises:
        InputError: There are more or fewer.
    """
    if pairs is None:
        return None
    seconds = [pairs] * count if isinstance(pairs, str) else list(pairs)
    if len(seconds) != count:
        received = f"{count} and {len(seconds)}"
        raise InputError(Problem("the halves of pairs must be as many", received, "give one for each text"))
    return seconds


def unreadable(predictor: Predictor, contents: Sequence[str | Path], loaded: Loaded) -> list[Problem]:
    """Returns a problem for each example that could not be read."""
    noun = predictor.task.inputs.noun
    return [
        Problem(f"the {noun} can't be read: {reason}", str(contents[row]), "leave it out or replace it")
        for row, reason in loaded.broken.items()
    ]


def prediction_of(example: Example, row: np.ndarray, predictor: Predictor, top: int) -> Prediction:
    """Returns the prediction for an example that a user named, from the answer (...) to it."""
    found = replace(predictor.decode(row, top), path=str(example.content), pair=example.pair)
    if isinstance(example.content, Path):
        return replace(found, path=example.id)
    return found if example.id == example.content else replace(found, id=example.id)
