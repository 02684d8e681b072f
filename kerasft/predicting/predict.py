"""From pictures on disk, or texts, to class names and probabilities, with any artifact."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.printable import shown
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.predicting.runtimes import BATCH_SIZE, Predictor

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
    predictor: Any = as_predictor(artifact, trust)
    if getattr(predictor, "task", "") == "text_classification":
        return _predict_texts(predictor, [str(text) for text in paths], pairs, top)
    if pairs is not None:
        what = "this model takes pictures, which have no second text"
        raise InputError(Problem(what, "pairs", "leave out the second texts (--text-pair)"))
    problems: list[Problem] = []
    predictions: list[Prediction] = []
    for start in range(0, len(paths), BATCH_SIZE):
        chunk = paths[start : start + BATCH_SIZE]
        images = _read(chunk, predictor, problems)
        if not problems:  # otherwise the rest is only read, so that all the broken pictures are listed
            rows = predictor.predict(images)
            predictions += [_prediction(*pair, predictor, top) for pair in zip(chunk, rows, strict=True)]
    if problems:
        raise InputError(problems)
    return predictions


def _predict_texts(
    predictor: Any, texts: list[str], pairs: str | Iterable[str] | None, top: int
) -> list[Prediction]:
    if isinstance(pairs, str):
        pairs = [pairs] * len(texts)
    seconds = None if pairs is None else [str(pair) for pair in pairs]
    rows = predictor.predict(texts, seconds)
    return [
        _prediction(text, row, predictor, top, None if seconds is None else seconds[number])
        for number, (text, row) in enumerate(zip(texts, rows, strict=True))
    ]


def _read(paths: list[str | Path], predictor: Predictor, problems: list[Problem]) -> np.ndarray:
    """Returns uint8 (pictures, size, size, 3); what can't be read is added to `problems` instead."""
    from kerasft.inputs.images.decode import BrokenImageError, load_image

    images = []
    for path in paths:
        try:
            images.append(load_image(path, predictor.image_size, predictor.resize, predictor.bit_depth))
        except BrokenImageError as error:
            problems.append(
                Problem(f"the picture can't be read: {error}", str(path), "leave it out or replace it")
            )
    size = predictor.image_size
    return np.stack(images) if images else np.zeros((0, size, size, 3), "uint8")


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
