"""From pictures on disk to class names and probabilities, with any artifact."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.errors import InputError, Problem
from kerasft.opening import as_predictor, load_predictor
from kerasft.predictors import BATCH_SIZE, Predictor

__all__ = ["Prediction", "Predictor", "load_predictor", "predict"]


@dataclass(frozen=True)
class Prediction:
    """What a model says about one picture.

    Args:
        path: The picture, as it was given.
        class_name: The most probable class.
        probability: Its probability, between 0 and 1.
        top: The most probable classes and their probabilities, best first.
    """

    path: str
    class_name: str
    probability: float
    top: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        others = ", ".join(f"{name} {probability:.3f}" for name, probability in self.top[1:])
        return f"{self.path}: {self.class_name} {self.probability:.3f}" + (f" ({others})" if others else "")

    def as_dict(self) -> dict[str, Any]:
        """Returns the prediction as a value for JSON."""
        top = [{"class_name": name, "probability": probability} for name, probability in self.top]
        return {"path": self.path, "class_name": self.class_name, "probability": self.probability, "top": top}


def predict(artifact: Any, paths: str | Path | Iterable[str | Path], *, top: int = 3) -> list[Prediction]:
    """Predicts the class of pictures, or of texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, SavedModel folder, `.tflite` file) or a predictor.
        paths: Picture files, or one; for an artifact that takes texts, the texts themselves.
        top: How many classes each prediction lists, at least 1.

    Raises:
        InputError: No pictures, or some can't be read (all of them are listed), or the artifact can't.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not paths:
        raise InputError(
            Problem("there is nothing to predict", "", "give one or more picture files, or texts")
        )
    if top < 1:
        raise InputError(Problem("at least one class is listed", str(top), "use --top 1 or more"))
    predictor: Any = as_predictor(artifact)
    if getattr(predictor, "task", "") == "text_classification":
        rows = predictor.predict([str(text) for text in paths])
        return [_prediction(*pair, predictor.class_names, top) for pair in zip(paths, rows, strict=True)]
    problems: list[Problem] = []
    predictions: list[Prediction] = []
    for start in range(0, len(paths), BATCH_SIZE):
        chunk = paths[start : start + BATCH_SIZE]
        images = _read(chunk, predictor, problems)
        if not problems:  # otherwise the rest is only read, so that all the broken pictures are listed
            rows = predictor.predict(images)
            predictions += [
                _prediction(*pair, predictor.class_names, top) for pair in zip(chunk, rows, strict=True)
            ]
    if problems:
        raise InputError(problems)
    return predictions


def _read(paths: list[str | Path], predictor: Predictor, problems: list[Problem]) -> np.ndarray:
    """Returns uint8 (pictures, size, size, 3); what can't be read is added to `problems` instead."""
    from kerasft.data import BrokenImageError, load_image

    images = []
    for path in paths:
        try:
            images.append(load_image(path, predictor.image_size, predictor.resize))
        except BrokenImageError as error:
            problems.append(
                Problem(f"the picture can't be read: {error}", str(path), "leave it out or replace it")
            )
    size = predictor.image_size
    return np.stack(images) if images else np.zeros((0, size, size, 3), "uint8")


def _prediction(path: str | Path, row: np.ndarray, class_names: tuple[str, ...], top: int) -> Prediction:
    order = np.argsort(-row, kind="stable")[:top]
    best = tuple((class_names[index], float(row[index])) for index in order)
    return Prediction(str(path), *best[0], best)
