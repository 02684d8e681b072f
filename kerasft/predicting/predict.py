"""From examples, such as images on disk or texts, to what any artifact says about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base import extras
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.asking import Example
from kerasft.contract.encoder import BATCH_SIZE
from kerasft.contract.inputs import Loaded
from kerasft.contract.prediction import Prediction, Predictions
from kerasft.data.objects import contents_of, is_named
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.predicting.predictor import Predictor

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

_Answered = tuple[str, str | None, np.ndarray, tuple[int, int] | None]  # name, second text, answer, size

__all__ = ["Prediction", "Predictor", "load_predictor", "predict", "predict_frame"]


def predict(
    artifact: Artifact,
    examples: object,
    *,
    pairs: str | Iterable[str] | None = None,
    top: int = 3,
    trust: bool = False,
) -> list[Prediction]:
    """Predicts images, texts or pairs of texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, bundle, SavedModel folder, `.tflite` file) or a predictor.
        examples: Image files, or one; images as arrays (height, width, 3) with values 0..255, PIL images or encoded
            bytes; for an artifact that takes texts, the texts themselves. One, or many: a list, an array with one
            dimension more, a pandas Series, a frame or a Hugging Face dataset with a column of them, `tf.data` or a
            PyTorch dataset, whose labels are passed over.
        pairs: For an artifact that takes pairs, the second text of each; a single text goes with all of them.
        top: How many classes each prediction lists, at least 1, where answers are classes.
        trust: Whether a SavedModel that was not exported here may run: it is a program.

    Raises:
        InputError: No images, or some can't be read (all of them are listed), or the artifact can't, or it
            takes pairs and gets single texts, or the other way round.
    """
    if top < 1:
        raise InputError(Problem("at least one class is listed", str(top), "use --top 1 or more"))
    predictor: Predictor = as_predictor(artifact, trust)
    return Predictions(
        replace(predictor.decode(answer, top, size), path=name, pair=pair)
        for name, pair, answer, size in _answers(predictor, examples, pairs)
    )


def predict_frame(
    artifact: Artifact, examples: object, *, pairs: str | Iterable[str] | None = None, trust: bool = False
) -> pandas.DataFrame:
    """Predicts as `predict` does, into a pandas frame: a row for each example, with the probability of every class.

    Args:
        artifact: As for `predict`.
        examples: As for `predict`.
        pairs: As for `predict`.
        trust: As for `predict`.

    Returns:
        The columns are those of `predict_many`'s tables; the first, "id", is the path, the text, or the place.

    Raises:
        InputError: As for `predict`.
        UnavailableError: pandas is not installed.
    """
    frames = extras.load("pandas", "pandas", "frames", "Frames need")
    predictor: Predictor = as_predictor(artifact, trust)
    rows = [
        [name, *predictor.table_row(answer)] for name, _, answer, _ in _answers(predictor, examples, pairs)
    ]
    return frames.DataFrame(rows, columns=["id", *predictor.table_columns()])


def _answers(predictor: Predictor, examples: object, pairs: str | Iterable[str] | None) -> list[_Answered]:
    """Returns what is known of each example.

    Raises:
        InputError: There are none, or some can't be read: all of them are listed.
    """
    contents = contents_of(examples, predictor.task.inputs.columns)
    if not contents:
        raise InputError(Problem("there is nothing to predict", "", "give one or more image files, or texts"))
    seconds: Sequence[str | None] | None = seconds_of(pairs, len(contents))
    problems: list[Problem] = []
    found: list[_Answered] = []
    for start in range(0, len(contents), BATCH_SIZE):
        chunk, halves = contents[start : start + BATCH_SIZE], seconds and seconds[start : start + BATCH_SIZE]
        loaded = predictor.task.inputs.gather(chunk, predictor.encoder, halves)
        names = [name_of(each, start + row) for row, each in enumerate(chunk)]
        problems += unreadable(predictor, names, loaded)
        if not problems:  # otherwise the rest is only read, so that all the broken ones are listed
            none = [None] * len(chunk)
            answers, sizes = predictor.predict(loaded.column), loaded.sizes or none
            found += zip(names, halves or none, answers, sizes, strict=True)
    raise_problems(problems)
    return found


def name_of(content: object, row: int) -> str:
    """Returns what an example is known by: a path or a text itself, else its place, from 0."""
    return str(content) if is_named(content) else str(row)


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


def unreadable(predictor: Predictor, names: Sequence[str], loaded: Loaded) -> list[Problem]:
    """Returns a problem for each example that could not be read."""
    noun = predictor.task.inputs.noun
    return [
        Problem(f"the {noun} can't be read: {reason}", names[row], "leave it out or replace it")
        for row, reason in loaded.broken.items()
    ]


def prediction_of(example: Example, row: np.ndarray, predictor: Predictor, top: int) -> Prediction:
    """Returns the prediction for an example that a user named, from the answer (...) to it."""
    said = predictor.decode(row, top, example.size)
    found = replace(said, path=str(example.content), pair=example.pair)
    if isinstance(example.content, Path):
        return replace(found, path=example.id)
    return found if example.id == example.content else replace(found, id=example.id)
