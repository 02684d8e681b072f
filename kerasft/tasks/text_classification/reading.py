"""`read_texts` and `read_labelled_texts`: texts, or pairs of texts, sorted into classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kerasft.data.earlier import EarlierRun
from kerasft.data.given import Given
from kerasft.data.group_column import Group
from kerasft.data.own_splits import Data
from kerasft.data.placing import Wish
from kerasft.inputs.texts.reading import read_split, read_splits
from kerasft.inputs.texts.texts import TextColumns, TextSplit, TextSplits
from kerasft.targets.classes.kind import CLASSES


def read_texts(
    source: Data,
    *,
    text: str = "text",
    text_pair: str | None = None,
    label: str = "label",
    validation_share: float = 0.15,
    test_share: float = 0.15,
    seed: int = 0,
    skip_broken: bool = False,
    class_names: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    labels: Iterable[object] | None = None,
    download: bool = False,
    earlier: EarlierRun | None = None,
    group: Group | None = None,
    validation_data: Data | None = None,
    test_data: Data | None = None,
) -> TextSplits:
    """Reads labelled texts, or pairs of texts, and draws the splits that the source lacks.

    Args:
        source: A table (.csv, .tsv, .jsonl, .parquet), a folder of class folders of .txt files (or of train/
            and test/ with class folders), "tfds:NAME", "messages" (the table that kerasft brings), or a list
            of texts or of pairs, with `labels`.
        text: The column of the text, or of the first text of a pair.
        text_pair: The column of the second text; None for single texts.
        label: The column of the class.
        validation_share: Share of the training texts drawn for validation, when the source has none.
        test_share: The same for the test split.
        seed: The same seed and texts give the same splits.
        skip_broken: Leave out rows that can't be used, and texts that have two labels, instead of refusing.
        class_names: A class list to enforce, in label order; the sorted names when None.
        data_dir: For TFDS, the folder of data sets.
        labels: For a list: class names, or indexes into `class_names`.
        download: For TFDS: download the data set when it is not there.
        earlier: The run (or its folder) that the model starts from: what it and those before it knew keeps its side.
        group: What stays on one side of every split: a column of the table (a customer), a CSV file with the columns id
            and group, or, for a list, a list with one group per text.
        validation_data: A table, folder or "tfds:NAME" that is the validation split; none is drawn then.
        test_data: The same for the test split.

    Returns:
        The splits; `notes` and `skipped` hold what a user should hear.

    Raises:
        InputError: Anything about the data that can be put right, all of it at once.
        UnavailableError: A TFDS data set is not on this machine, or a package is missing.
    """
    given = Given(source, labels, class_names, data_dir, validation_data, test_data, download, skip_broken)
    wish = Wish(validation_share, test_share, seed, earlier, group)
    return read_splits(given, CLASSES, TextColumns(text, text_pair, label), wish)


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
