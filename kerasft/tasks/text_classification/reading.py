"""`read_texts` and `read_labelled_texts`: texts, or pairs of texts, sorted into classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kerasft.base.signatures import Passed, taking
from kerasft.data.given import Given
from kerasft.data.own_splits import Data
from kerasft.inputs.texts.reading import read_answered, read_split
from kerasft.inputs.texts.texts import TextColumns, TextSplit, TextSplits
from kerasft.targets.classes.kind import CLASSES


@taking(read_answered)
def read_texts(*given: Passed, **options: Passed) -> TextSplits:
    """Reads texts, or pairs of texts, of classes, and draws the splits that the source lacks."""
    return read_answered(CLASSES, *given, **options)


def read_labelled_texts(
    source: Data,
    class_names: Sequence[str],
    columns: TextColumns | None = None,
    *,
    labels: Iterable[object] | None = None,
    data_dir: str | Path | None = None,
    skip_broken: bool = False,
) -> TextSplit:
    """Reads labelled texts to evaluate on, in the order of their source, with the class list of a model.

    A source that has splits of its own gives its test split. Classes without texts are allowed; classes
    beyond the list are not. Arguments are those of `read_texts`.

    Returns:
        One split named "test".

    Raises:
        InputError: The data can't be used with this class list.
    """
    given = Given(source, labels, class_names, data_dir, skip_broken=skip_broken)
    return read_split(given, CLASSES, columns or TextColumns())
