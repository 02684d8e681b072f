"""Images of TensorFlow Datasets by name: `tfds:NAME`, from a local folder."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place, Spelling, UnreadableError
from kerasft.contract.splits import SPLITS, Schema
from kerasft.contract.targets import Targets
from kerasft.data.listing import Item, Listing
from kerasft.data.tfds import PREFIX, import_tfds, known_splits, open_builder, read_examples

if TYPE_CHECKING:
    import tensorflow_datasets


def list_tfds(
    name: str,
    targets: Targets,
    wanted: Schema | None = None,
    *,
    data_dir: str | Path | None = None,
    download: bool = False,
    all_needed: bool = True,
) -> Listing:
    """Lists a prepared TFDS data set with one image and one answer per example: a class label, or a number.

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
        InputError: The data set has no image, no answer, other classes, or features that could run code.
    """
    name = name.removeprefix(PREFIX)
    tfds = import_tfds()
    builder = open_builder(tfds, name, data_dir, download)
    image_key, label_key = _keys(tfds, builder, targets, name)
    decoders = {image_key: tfds.decode.SkipDecoding()}
    splits, others = known_splits(builder, name)
    if targets.named:
        found = tuple(builder.info.features[label_key].names)
    else:
        spelling = targets.spelling((), wanted)
        examples = chain.from_iterable(read_examples(tfds, builder, split, decoders) for split in splits)
        found = tuple(_spelled(spelling, each[label_key], name) for _, each in examples)
    place = Place(PREFIX + name, "choose another data set", all_needed=all_needed, in_order=targets.named)
    schema, problems = targets.find_schema(dict.fromkeys(found, ("",)), wanted, place)
    raise_problems(problems)
    sizes = {split: builder.info.splits[split].num_examples for split in splits}

    def items() -> Iterator[Item]:
        for split, canonical in splits.items():
            for number, example in read_examples(tfds, builder, split, decoders):
                raw = example[label_key]
                if targets.named and raw < 0:  # marks examples whose label is kept secret
                    continue
                label = found[int(raw)] if targets.named else _spelled(spelling, raw, name)
                yield Item(f"{PREFIX}{split}/{number}", label, bytes(example[image_key]), canonical)

    notes = [f"splits of {name} left out: {shorten(others)}"] if others else []
    given = tuple(split for split in SPLITS if split in splits.values())
    return Listing(sum(sizes.values()), items, schema, given, tuple(notes))


def _spelled(spelling: Spelling, raw: object, name: str) -> str:
    try:
        return spelling.label_of(raw)
    except UnreadableError as error:
        problem = Problem(f"an example of {name!r}: {error}", str(raw), "choose another data set")
        raise InputError(problem) from None


def _keys(
    tfds: ModuleType, builder: tensorflow_datasets.core.DatasetBuilder, targets: Targets, name: str
) -> tuple[str, str]:
    """The feature that is the image and the one that is the answer."""

    def is_image(feature: Any) -> bool:
        return isinstance(feature, tfds.features.Image)

    def is_answer(feature: Any) -> bool:
        of_classes = isinstance(feature, tfds.features.ClassLabel)
        if targets.named or of_classes:
            return targets.named and of_classes
        return (
            isinstance(feature, tfds.features.Tensor)
            and feature.shape == ()
            and feature.np_dtype.kind in "iuf"
        )

    answer = "class label" if targets.named else "number"
    features = dict(builder.info.features)
    supervised = builder.info.supervised_keys or ()
    keys, problems = [], []
    for fits, what in ((is_image, "image"), (is_answer, answer)):
        found = [key for key, feature in features.items() if fits(feature)]
        preferred = [key for key in found if key in supervised] or found
        if len(preferred) == 1:
            keys.append(preferred[0])
        else:
            message = f"the data set {name!r} has {'no' if not found else 'more than one'} {what}"
            problems.append(Problem(message, shorten(features), f"only one image and one {answer} fit"))
    raise_problems(problems)
    return keys[0], keys[1]
