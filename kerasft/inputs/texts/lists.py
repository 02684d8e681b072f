"""Texts, or pairs of texts, and labels that are already in lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural
from kerasft.contract.answers import UnreadableError
from kerasft.contract.splits import Schema
from kerasft.contract.targets import Targets
from kerasft.data.values import as_list, show
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.texts import TextColumns


def read_lists(texts: object, labels: object, targets: Targets, wanted: Schema | None = None) -> Source:
    """Takes one text, or a pair of texts, and one label per row.

    The ids are "train/0", "train/1", ... whatever split a row is drawn into.

    Args:
        texts: (n,) texts, or (n, 2) pairs of texts: lists, tuples or arrays.
        labels: (n,) the answers.
        targets: What they mean.
        wanted: A schema that is already fixed.

    Raises:
        InputError: Texts or labels are missing, of different length, or mixed single and paired.
    """
    if getattr(labels, "ndim", 1) != 2 or type(labels).__name__ == "DataFrame":
        labels = _as_list(labels, "labels")
    texts, labels = _as_list(texts, "texts"), as_list(labels, targets.apart)
    if not texts:
        raise InputError(Problem("the list of texts is empty", "", "give at least some texts per class"))
    if not labels:
        raise InputError(Problem("texts in a list need labels", "", "give labels=, one per text"))
    if len(texts) != len(labels):
        both = f"{len(texts)} and {len(labels)}"
        raise InputError(Problem("texts and labels differ in length", both, "give one label per text"))
    paired = [not isinstance(text, (str, bytes)) and hasattr(text, "__len__") for text in texts]
    if any(paired) and not all(paired):
        counts = f"{plural(sum(paired), 'pair')} and {len(texts) - sum(paired)} others"
        raise InputError(Problem("the list mixes single texts and pairs", counts, "give one kind"))
    labels = targets.of_list(labels, wanted)
    columns = TextColumns(text_pair="text_pair") if any(paired) else TextColumns()
    rows = [
        _row(number, text, label, any(paired))
        for number, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    return Source(rows, columns)


def _row(number: int, text: object, label: object, paired: bool) -> Row:
    name, place, pair = f"train/{number}", f"text {number}", cast(object, None)
    halves = cast(Sequence[object], text) if paired else ()
    if len(halves) == 2:
        text, pair = halves
    elif paired:
        step = "give two texts in each"
        text = UnreadableError(f"a pair has two texts, and this one {len(halves)}", show(text), step)
    return Row(name, place, text, pair, label)


def _as_list(values: object, name: str) -> list[object]:
    if type(values).__name__ == "DataFrame":
        step = 'give columns: read_texts(frame["text"].tolist(), labels=frame["label"].tolist())'
        raise InputError(Problem(f"{name} is a whole table", "DataFrame", step))
    if values is None:
        return []
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise InputError(Problem(f"{name} must be a list", show(values), "give one entry per text"))
    return list(values)
