"""Predicts any number of examples in batches: what can't be read is named, and the rest is answered."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kerasft.base.counter import counter
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.contract.asking import AUTO, READINGS, Asked, Example
from kerasft.contract.encoder import BATCH_SIZE
from kerasft.contract.inputs import Loaded
from kerasft.contract.prediction import Prediction
from kerasft.contract.targets import Cell
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.drawing import Drawer
from kerasft.predicting.evaluate import data_of
from kerasft.predicting.opening import as_predictor
from kerasft.predicting.predict import prediction_of
from kerasft.predicting.predictor import Predictor
from kerasft.predicting.writers import check_output, open_writer

AT_ONCE = 256  # examples in memory, twice: a multiple of the predictors' batches
MOST_NUMBERS = 50_000_000  # of the answers to them: fewer examples where each answer is large
Answer = tuple[Example, np.ndarray]
_NEXT_STEP = "repair or remove it; all others are answered"


@dataclass(frozen=True)
class Answers:
    """What came of it.

    Args:
        count: How many examples were answered.
        predictions: The answers, in the order of the examples; () where they went into a file.
        broken: (id, reason) of each example that could not be read.
        output: The file with the answers, if one was asked for.
        drawings: The folder with the answers as images, if one was asked for.
    """

    count: int
    predictions: tuple[Prediction, ...]
    broken: tuple[tuple[str, str], ...]
    output: Path | None
    drawings: Path | None = None

    def problems(self) -> list[Problem]:
        """Returns one problem for each example that could not be read."""
        return [Problem(f"it can't be read: {reason}", name, _NEXT_STEP) for name, reason in self.broken]

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        broken = [{"path": name, "reason": reason} for name, reason in self.broken]
        drawn = {} if self.drawings is None else {"drawings": str(self.drawings)}
        if self.output is None:
            return {"predictions": [each.as_dict() for each in self.predictions], "broken": broken, **drawn}
        return {"output": str(self.output), "answered": self.count, "broken": broken, **drawn}


def predict_many(
    artifact: Artifact,
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    reading: str = AUTO,
    text: str | None = None,
    text_pair: str | Sequence[str] | None = None,
    image: str | None = None,
    data_dir: str | Path | None = None,
    drawings: str | Path | None = None,
    top: int = 3,
    trust: bool = False,
    verbose: bool = False,
) -> Answers:
    """Predicts the class of every image or text that the inputs name.

    Args:
        artifact: As for `predict`.
        inputs: Images, folders of images, patterns such as `photos/*.jpg`, and tables with a column of paths; for an
            artifact that takes texts, the texts, tables with a column of texts, and folders or patterns of .txt files.
        output: A `.csv`, `.jsonl` or `.parquet` for the answers, with the probability of every class; an earlier one
            is replaced in one step. None returns them.
        reading: For texts: "auto", "texts" (each input is a text, whatever files there are), or "files".
        text: The column of texts in a table; default: that of the run that the artifact belongs to, or "text".
        text_pair: For pairs: the column of the second texts; or, where the inputs are texts, these themselves.
        image: The column of paths, names or ids in a table of images; None takes the run's, or looks for it.
        data_dir: What the paths of a table are relative to; default: its own folder.
        drawings: A folder for answers that are images, such as masks: files named after each image.
        top: How many classes each returned prediction lists.
        trust: Whether a SavedModel that was not exported here may run: it is a program.
        verbose: Whether to draw a bar on terminals.

    Raises:
        InputError: There is nothing to predict, nothing of it can be read, or it doesn't fit the artifact.
    """
    given = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    target = None if output is None else Path(output)
    _check(given, target, reading, top)
    predictor: Predictor = as_predictor(artifact, trust)
    pairs = [text_pair] if isinstance(text_pair, str) else text_pair
    asked = Asked(reading, text, pairs, image, data_dir)
    folder = None if drawings is None else Path(drawings)
    drawer = None if folder is None else Drawer(predictor, folder)
    examples = predictor.task.inputs.asked(given, asked, data_of(artifact))
    broken = [(each.id, each.reason) for each in examples if each.reason]
    predictions: list[Prediction] = []
    with counter("predicting", verbose) as progress:
        answers = _answer(predictor, [each for each in examples if not each.reason], broken, progress)
        answers = answers if drawer is None else drawer.drawn(answers)
        if target is None:
            predictions = [prediction_of(each, row, predictor, top) for each, row in answers]
            count = len(predictions)
        else:
            count = _write(answers, target, predictor)
    if not count:
        raise InputError(Answers(0, (), tuple(broken), None).problems())
    return Answers(count, tuple(predictions), tuple(broken), target, folder)


def _check(inputs: Sequence[str | Path], target: Path | None, reading: str, top: int) -> None:
    if not inputs:
        raise InputError(Problem("there is nothing to predict", "", "give one or more image files, or texts"))
    if top < 1:
        raise InputError(Problem("at least one class is listed", str(top), "use --top 1 or more"))
    if reading not in READINGS:
        raise InputError(Problem("the inputs can't be read so", reading, f"use one of {', '.join(READINGS)}"))
    if target is not None:
        check_output(target, _files_in(inputs))


def _files_in(inputs: Sequence[str | Path]) -> list[Path]:
    found = []
    for each in inputs:
        with contextlib.suppress(ValueError):  # a text with a null character
            found += [Path(each)] if os.path.isfile(each) else []
    return found


def _answer(
    predictor: Predictor,
    examples: Sequence[Example],
    broken: list[tuple[str, str]],
    progress: Callable[[int, int], None],
) -> Iterator[Answer]:
    """Yields each example with the answer (...) to it; what can't be read is added to `broken`."""
    done = 0
    for chunk, loaded in _loaded_ahead(predictor, examples):
        broken += [(chunk[row].id, reason) for row, reason in loaded.broken.items()]
        rows = predictor.predict(loaded.column) if len(loaded.rows) else ()
        done += len(chunk)
        progress(done, len(examples))
        read = [chunk[row] for row in loaded.rows]
        if loaded.sizes:
            read = [replace(each, size=size) for each, size in zip(read, loaded.sizes, strict=True)]
        yield from zip(read, rows, strict=True)


def _at_once(predictor: Predictor) -> int:
    numbers = math.prod(predictor.task.targets.answer_shape(predictor.schema))
    return max(BATCH_SIZE, min(AT_ONCE, MOST_NUMBERS // numbers // BATCH_SIZE * BATCH_SIZE))


def _loaded_ahead(
    predictor: Predictor, examples: Sequence[Example]
) -> Iterator[tuple[Sequence[Example], Loaded]]:
    """Loads the next examples while the model answers."""
    inputs = predictor.task.inputs

    def load(chunk: Sequence[Example]) -> Loaded:
        seconds = [each.pair for each in chunk]
        paired = any(pair is not None for pair in seconds)
        return inputs.gather(
            [each.content for each in chunk if each.content is not None],
            predictor.encoder,
            seconds if paired else None,
        )

    size = _at_once(predictor)
    chunks = [examples[start : start + size] for start in range(0, len(examples), size)]
    with ThreadPoolExecutor(1) as pool:
        waiting: list[tuple[Sequence[Example], Future[Loaded]]] = []
        for chunk in [*chunks, None]:
            if chunk is not None:
                waiting.append((chunk, pool.submit(load, chunk)))
            if waiting and (chunk is None or len(waiting) > 1):
                ready, future = waiting.pop(0)
                yield ready, future.result()


def _write(answers: Iterator[Answer], target: Path, predictor: Predictor) -> int:
    """Writes the answers and returns how many there were; without any, there is no file."""
    first = next(answers, None)
    if first is None:
        return 0
    example, noun = first[0], predictor.task.inputs.noun
    files = isinstance(example.content, Path)
    columns: dict[str, type] = {"path": str} if files else {"id": str, noun: str}
    columns |= {} if example.pair is None else {"pair": str}
    names = [*columns, *(said := predictor.table_columns())]
    count = 0
    with open_writer(target, names, [*columns.values(), *said.values()]) as writer:
        for each, row in _chain(first, answers):
            cells: list[Cell] = [each.id] if files else [each.id, str(each.content)]
            cells += [each.pair] if example.pair is not None else []
            writer.write([*cells, *predictor.table_row(row)])
            count += 1
    return count


def _chain(first: Answer, rest: Iterator[Answer]) -> Iterator[Answer]:
    yield first
    yield from rest
