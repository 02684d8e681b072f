"""What people have in memory, as single examples: arrays, PIL images, bytes, frames, datasets of other libraries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import shorten
from kerasft.contract.answers import UnreadableError
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.values import as_list, is_missing

_CHANNELS = (1, 3, 4)


def contents_of(given: object, columns: Sequence[str]) -> list[object]:
    """Returns single examples, in the order given.

    A path, a text, bytes, a PIL image and an array (height, width) or (height, width, channels) are one example. Arrays
    with one dimension more are many, and so is what can be iterated: lists, pandas Series, `tf.data`, and PyTorch
    datasets, of whose pairs the first part is taken. Of frames and Hugging Face datasets, which have columns, the first
    of `columns` is taken, or the only one there is.

    Args:
        given: One of these.
        columns: What a column of examples is called, the likeliest first.

    Raises:
        InputError: It has columns, and none can be told to hold the examples; or it is nothing of these.
    """
    if isinstance(given, str | os.PathLike | bytes | bytearray | memoryview) or _is_image(given):
        return [given]
    if isinstance(given, np.ndarray):
        return _of_array(given)
    names = _columns_of(given)
    if names is not None:
        return list(given[_chosen(names, columns)])  # type: ignore[index]
    return [each for element in _iterated(given) for each in _of_element(element, columns)]


def labelled_of(given: object, columns: Sequence[str], label: str) -> tuple[list[object], list[object]]:
    """Returns single examples and their answers.

    Args:
        given: A tuple of both, each as `contents_of` takes it; a frame or a Hugging Face dataset with a column of
            answers; or a dataset of pairs.
        columns: See `contents_of`.
        label: The column of the answers.

    Raises:
        InputError: There are no answers, or more or fewer than examples.
    """
    names = _columns_of(given)
    if names is not None:
        if label not in names:
            hint = "rename the column, or give a tuple of examples and answers"
            raise InputError(Problem(f"there is no column {label!r} of answers", shorten(names), hint))
        examples, answers = given[_chosen(names, columns)], given[label]  # type: ignore[index]
        contents, labels = list(examples), list(answers)
    elif isinstance(given, tuple) and len(given) == 2:
        contents, labels = contents_of(given[0], columns), as_list(given[1])
    else:
        contents, labels = [], []
        for element in _iterated(given):
            if not isinstance(element, tuple) or len(element) < 2:
                hint = "give a tuple of examples and answers, or a dataset of pairs"
                raise InputError(Problem("there are no answers", type(element).__name__, hint))
            found = _of_element(element[0], columns)
            contents += found
            labels += as_list(element[1]) if len(found) > 1 or np.ndim(element[1]) > 0 else [element[1]]
    if len(contents) != len(labels):
        received = f"{len(contents)} and {len(labels)}"
        raise InputError(Problem("examples and answers differ in length", received, "align them"))
    return contents, labels


def spelled(raw: list[object], targets: Targets, wanted: Schema | None, noun: str) -> list[str]:
    """Returns the label of each row, spelled as those of any other source.

    Raises:
        InputError: One is no label; it is named by its row.
    """
    spelling = targets.spelling(raw, wanted)
    labels: list[str] = []
    for row, each in enumerate(raw):
        try:
            labels.append(spelling.label_of(each))
        except UnreadableError as error:
            if is_missing(each):
                step = f"fill it in, or remove the {noun}"
                raise InputError(Problem(f"label {row} is empty", repr(each), step)) from None
            what = f"label {row} is no {spelling.form}"
            raise InputError(Problem(what, repr(each)[:80], error.next_step)) from None
    return labels


def is_named(content: object) -> bool:
    """Returns whether an example is a text or a path, by which people know it again."""
    return isinstance(content, str | os.PathLike)


def _of_array(given: np.ndarray) -> list[object]:
    if given.ndim == 0:
        return [given.item()]
    many = given.ndim in (1, 4) or (given.ndim == 3 and given.shape[-1] not in _CHANNELS)
    return list(given) if many else [given]


def _of_element(element: Any, columns: Sequence[str]) -> list[object]:
    """Returns the examples of an element of a list or a dataset: it may be a batch, and have its answer with it."""
    if isinstance(element, tuple) and element:
        return _of_element(element[0], columns)
    if isinstance(element, Mapping):
        return _of_element(element[_chosen(list(element), columns)], columns)
    if hasattr(element, "__array__") and not _is_image(element) and not isinstance(element, np.generic):
        return [_text(each) for each in _of_array(np.asarray(element))]
    return [_text(element)]


def _text(value: object) -> object:
    """Returns texts of TensorFlow, which are bytes of an object array, and numpy's own texts as Python's."""
    return value.item() if isinstance(value, np.str_) else value


def _iterated(given: object) -> Iterator[object]:
    if hasattr(given, "as_numpy_iterator"):
        return iter(given.as_numpy_iterator())
    if isinstance(given, Iterable):
        return iter(given)
    if hasattr(given, "__getitem__") and hasattr(given, "__len__"):
        return (given[row] for row in range(len(given)))
    hint = "give paths, texts, arrays, PIL images, bytes, a frame or a dataset"
    raise InputError(Problem("it can't be told what to predict", type(given).__name__, hint))


def _columns_of(given: object) -> list[str] | None:
    """Returns the names of the columns of a frame or of a Hugging Face dataset; None of all else."""
    if hasattr(given, "iloc") and hasattr(given, "columns"):
        return [str(name) for name in given.columns]
    names = getattr(given, "column_names", None)
    return [str(name) for name in names] if isinstance(names, list) else None


def _chosen(names: Sequence[str], columns: Sequence[str]) -> str:
    found = [name for name in columns if name in names] or (list(names) if len(names) == 1 else [])
    if not found:
        hint = "give the column itself: frame[NAME]"
        raise InputError(Problem("it can't be told which column has the examples", shorten(names), hint))
    return found[0]


def _is_image(given: object) -> bool:
    return any(kind.__module__.startswith("PIL.") for kind in type(given).__mro__)
