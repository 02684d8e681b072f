"""Data sets in the format of TensorFlow Datasets, by name: `tfds:NAME`, from a local folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kerasft.base import extras
from kerasft.base.errors import InputError, Problem, UnavailableError
from kerasft.base.wording import shorten
from kerasft.data.listing import SPLIT_NAMES
from kerasft.data.tfds_files import check_tfds_files

if TYPE_CHECKING:
    import tensorflow_datasets

PREFIX = "tfds:"


def known_splits(
    builder: tensorflow_datasets.core.DatasetBuilder, name: str
) -> tuple[dict[str, str], list[str]]:
    """Returns the data set's own name of each split that kerasft knows -> our name, and the other splits."""
    splits = {split: SPLIT_NAMES[split] for split in builder.info.splits if split in SPLIT_NAMES}
    others = [split for split in builder.info.splits if split not in splits]
    if "train" not in splits.values():
        what = f"the data set {name!r} has no split train"
        raise InputError(Problem(what, shorten(others) or "no splits", "choose another data set"))
    return splits, others


def read_examples(
    tfds: ModuleType,
    builder: tensorflow_datasets.core.DatasetBuilder,
    split: str,
    decoders: dict[str, Any] | None = None,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields each example of a split as numpy values, with its number, always in the same order."""
    dataset = builder.as_dataset(
        split=split,
        shuffle_files=False,
        decoders=decoders,
        # One file after the other: the default interleaves them, and the numbers would depend on it.
        read_config=tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
    )
    yield from enumerate(dataset.as_numpy_iterator())


def import_tfds() -> tensorflow_datasets.core.DatasetBuilder:
    """Returns the package tensorflow-datasets, or says whether it is missing or broken."""
    return extras.load("tensorflow_datasets", "tensorflow-datasets", "tfds", "tfds: needs")


def open_builder(
    tfds: ModuleType, name: str, data_dir: str | Path | None, download: bool
) -> tensorflow_datasets.core.DatasetBuilder:
    """Returns the builder of a data set that is prepared on this machine, or is downloaded if asked for."""
    from tensorflow_datasets.core import read_only_builder
    from tensorflow_datasets.core.registered import DatasetNotFoundError
    from tensorflow_datasets.core.utils import error_utils

    directory = None if data_dir is None else os.path.expanduser(data_dir)
    try:  # files only: the builder's own code might ask the network for its metadata
        # not `builder_from_files`, which opens what it finds unseen; there is no public way to look first
        find = error_utils.reraise_with_context(DatasetNotFoundError)(read_only_builder._find_builder_dir)
        found = find(name, data_dir=directory)
        if found is not None:
            check_tfds_files(Path(os.fspath(found)), name)
            return read_only_builder.builder_from_directory(found)
    except (DatasetNotFoundError, FileNotFoundError):
        pass
    except (ValueError, AssertionError):
        problem = Problem("not a name of a TFDS data set", PREFIX + name, "for example tfds:beans")
        raise InputError(problem) from None
    if not download:
        where = directory or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
        raise UnavailableError(
            "the TFDS data set is not prepared on this machine "
            f"(received: {PREFIX}{name}, looked in {where}); give its folder with --data-dir, "
            f"or prepare it where there is a network: tfds build {name}"
        )
    try:
        builder = tfds.builder(name, data_dir=directory)
        builder.download_and_prepare()
    except Exception as error:
        raise UnavailableError(f"TFDS can't prepare {name}: {type(error).__name__}: {error}") from error
    return builder
