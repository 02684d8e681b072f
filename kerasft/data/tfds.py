"""Data sets in the format of TensorFlow Datasets, by name: `tfds:NAME`, from a local folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasft.base import extras
from kerasft.base.errors import InputError, Problem, UnavailableError, raise_problems
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import SPLIT_NAMES, Item, Listing
from kerasft.data.tfds_files import check_tfds_files

PREFIX = "tfds:"


def list_tfds(
    name: str,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    data_dir: str | Path | None = None,
    download: bool = False,
    all_needed: bool = True,
) -> Listing:
    """Lists a prepared TFDS data set with one image and one class label per example.

    Its splits train, validation and test are used as they are, others are told and left out. The encoded
    bytes are decoded by kerasft's own decoder. The ids are "tfds:SPLIT/NUMBER", in the order of the files.

    Args:
        name: As TFDS knows it, with or without the prefix "tfds:": "beans", "horses_or_humans:3.0.0".
        targets: What the labels mean.
        wanted: A schema that is already fixed: other classes are a problem, and its order counts.
        data_dir: The folder that holds data sets; None is TFDS' own choice (`TFDS_DATA_DIR`, or
            ~/tensorflow_datasets).
        download: Let TFDS download and prepare the data set when it is not there.
        all_needed: Whether all of `wanted` must be among the data set's classes.

    Raises:
        UnavailableError: tensorflow-datasets is missing or broken, or the data set is not on this machine.
        InputError: The data set has no image, no class label, other classes, or features that could run code.
    """
    name = name.removeprefix(PREFIX)
    tfds = import_tfds()
    builder = open_builder(tfds, name, data_dir, download)
    image_key, label_key = _keys(tfds, builder, name)
    found = tuple(builder.info.features[label_key].names)
    place = Place(PREFIX + name, "choose another data set", all_needed=all_needed, in_order=True)
    schema, problems = targets.find_schema(dict.fromkeys(found, ("",)), wanted, place)
    raise_problems(problems)
    splits, others = known_splits(builder, name)
    sizes = {split: builder.info.splits[split].num_examples for split in splits}

    def items() -> Iterator[Item]:
        for split, canonical in splits.items():
            decoders = {image_key: tfds.decode.SkipDecoding()}
            for number, example in read_examples(tfds, builder, split, decoders):
                label = int(example[label_key])
                if label >= 0:  # -1 marks examples whose label is kept secret
                    yield Item(
                        f"{PREFIX}{split}/{number}", found[label], bytes(example[image_key]), canonical
                    )

    notes = [f"splits of {name} left out: {shorten(others)}"] if others else []
    given = tuple(split for split in SPLITS if split in splits.values())
    return Listing(sum(sizes.values()), items, schema, given, tuple(notes))


def known_splits(builder: Any, name: str) -> tuple[dict[str, str], list[str]]:
    """Returns the data set's own name of each split that kerasft knows -> our name, and the other splits."""
    splits = {split: SPLIT_NAMES[split] for split in builder.info.splits if split in SPLIT_NAMES}
    others = [split for split in builder.info.splits if split not in splits]
    if "train" not in splits.values():
        what = f"the data set {name!r} has no split train"
        raise InputError(Problem(what, shorten(others) or "no splits", "choose another data set"))
    return splits, others


def read_examples(
    tfds: Any, builder: Any, split: str, decoders: dict[str, Any] | None = None
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


def import_tfds() -> Any:
    """Returns the package tensorflow-datasets, or says whether it is missing or broken."""
    return extras.load("tensorflow_datasets", "tensorflow-datasets", "tfds", "tfds: needs")


def open_builder(tfds: Any, name: str, data_dir: str | Path | None, download: bool) -> Any:
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


def _keys(tfds: Any, builder: Any, name: str) -> tuple[str, str]:
    """The feature that is the picture and the one that is the class."""
    features = dict(builder.info.features)
    supervised = builder.info.supervised_keys or ()
    keys, problems = [], []
    for kind, what in ((tfds.features.Image, "image"), (tfds.features.ClassLabel, "class label")):
        found = [key for key, feature in features.items() if isinstance(feature, kind)]
        preferred = [key for key in found if key in supervised] or found
        if len(preferred) == 1:
            keys.append(preferred[0])
        else:
            message = f"the data set {name!r} has {'no' if not found else 'more than one'} {what}"
            problems.append(Problem(message, shorten(features), "only one image and one class label fit"))
    raise_problems(problems)
    return keys[0], keys[1]
