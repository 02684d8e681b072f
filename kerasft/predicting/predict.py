"""From pictures on disk, or texts, to class names and probabilities, with any artifact."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.printable import shown
from kerasft.contract.encoder import BATCH_SIZE
from kerasft.contract.inputs import Loaded
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.predicting.predictor import Predictor

__all__ = ["Prediction", "Predictor", "load_predictor", "predict"]


_SHOWN = 500  # characters of a text that a line for people holds


@dataclass(frozen=True)
class Prediction:
    """What a model says about one picture, one text or one pair of texts.

    Args:
        path: The picture or text, as it was given.
        class_name: The most probable class.
        probability: Its probability, between 0 and 1.
        top: The most probable classes and their probabilities, best first.
        pair: The second text of a pair; None for all else.
        id: Its place in a table, or its file, where the text itself is not what was given; else None.
        unknown: Whether the probability is below the threshold that the file was exported with; None without one.
    """

    path: str
    class_name: str
    probability: float
    top: tuple[tuple[str, float], ...]
    pair: str | None = None
    unknown: bool | None = None
    id: str | None = None

    def __str__(self) -> str:
        others = ", ".join(f"{shown(name)} {probability:.3f}" for name, probability in self.top[1:])
        what = _shown(self.path) if self.pair is None else f"{_shown(self.path)} | {_shown(self.pair)}"
        what = what if self.id is None else f"{self.id}: {what}"
        if self.unknown:
            others = ", ".join(f"{shown(name)} {probability:.3f}" for name, probability in self.top)
            return f"{what}: unknown ({others})"
        return f"{what}: {shown(self.class_name)} {self.probability:.3f}" + (f" ({others})" if others else "")

    def as_dict(self) -> dict[str, Any]:
        """Returns the prediction as a value for JSON."""
        top = [{"class_name": name, "probability": probability} for name, probability in self.top]
        pair = {} if self.pair is None else {"pair": self.pair}
        said = {"class_name": self.class_name, "probability": self.probability, "top": top}
        unknown = {} if self.unknown is None else {"unknown": self.unknown}
        place = {} if self.id is None else {"id": self.id}
        return {**place, "path": self.path, **pair, **said, **unknown}


def predict(
    artifact: Any,
    paths: str | Path | Iterable[str | Path],
    *,
    pairs: str | Iterable[str] | None = None,
    top: int = 3,
    trust: bool = False,
) -> list[Prediction]:
    """Predicts the class of pictures, of texts or of pairs of texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, bundle, SavedModel folder, `.tflite` file) or a predictor.
        paths: Picture files, or one; for an artifact that takes texts, the texts themselves.
        pairs: For an artifact that takes pairs, the second text of each; a single text goes with all of them.
        top: How many classes each prediction lists, at least 1.
        trust: Whether a SavedModel that was not exported here may run: it is a program.

    Raises:
        InputError: No pictures, or some can't be read (all of them are listed), or the artifact can't, or it
            takes pairs and gets single texts, or the other way round.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not paths:
        raise InputError(
            Problem("there is nothing to predict", "", "give one or more picture files, or texts")
        )
    if top < 1:
        raise InputError(Problem("at least one class is listed", str(top), "use --top 1 or more"))
    predictor = as_predictor(artifact, trust)
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
                _prediction(path, row, predictor, top, pair)
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


def unreadable(predictor: Any, contents: Sequence[Any], loaded: Loaded) -> list[Problem]:
    """Returns a problem for each example that could not be read."""
    noun = predictor.task.inputs.noun
    return [
        Problem(f"the {noun} can't be read: {reason}", str(contents[row]), "leave it out or replace it")
        for row, reason in loaded.broken.items()
    ]


def _shown(text: str) -> str:
    return shown(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text):,} characters)")


def prediction_of(example: Any, row: np.ndarray, predictor: Any, top: int) -> Prediction:
    """Returns the answer to an example of `kerasft.predicting` from its probabilities (classes,)."""
    found = _prediction(str(example.content), row, predictor, top, example.pair)
    if isinstance(example.content, Path):
        return replace(found, path=example.id)
    return found if example.id == example.content else replace(found, id=example.id)


def _prediction(
    path: str | Path, row: np.ndarray, predictor: Any, top: int, pair: str | None = None
) -> Prediction:
    order = np.argsort(-row, kind="stable")[:top]
    best = tuple((predictor.class_names[index], float(row[index])) for index in order)
    threshold = getattr(predictor, "score_threshold", None)
    unknown = None if threshold is None else bool(row.max() < threshold)
    return Prediction(str(path), *best[0], best, pair, unknown)
