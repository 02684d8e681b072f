"""Texts of TensorFlow Datasets by name: `tfds:NAME`, from a local folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from kerasft.base.errors import Problem, raise_problems
from kerasft.base.wording import shorten
from kerasft.contract.answers import Place
from kerasft.contract.splits import SPLITS
from kerasft.contract.targets import Targets
from kerasft.data.tfds import PREFIX, import_tfds, known_splits, open_builder, read_examples
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.table import find_columns
from kerasft.inputs.texts.texts import TextColumns


def read_tfds(
    name: str,
    columns: TextColumns,
    targets: Targets,
    *,
    data_dir: str | Path | None = None,
    download: bool = False,
) -> Source:
    """Reads a prepared TFDS data set of texts (or pairs) and class labels.

    Its splits train, validation and test are used as they are; others, and those whose labels are all kept
    secret (-1, as in GLUE's test splits), are told and left out. The ids are "tfds:SPLIT/NUMBER".

    Args:
        name: With or without the prefix "tfds:": "imdb_reviews", "glue/sst2:2.0.0".
        columns: Which features are the text, the second text and the label.
        targets: What the labels mean.
        data_dir: The folder that holds data sets; None is TFDS' own choice.
        download: Let TFDS download and prepare the data set when it is not there.

    Raises:
        UnavailableError: tensorflow-datasets is missing or broken, or the data set is not on this machine.
        InputError: The data set has no such features, or others that could run code.
    """
    name = name.removeprefix(PREFIX)
    tfds = import_tfds()
    builder = open_builder(tfds, name, data_dir, download)
    features = builder.info.features
    columns = find_columns(sorted(features), columns, f"data set {name!r}")
    raise_problems(_feature_problems(tfds, features, columns))
    class_names = tuple(features[columns.label].names)
    splits, others = known_splits(builder, name)
    rows: list[Row] = []
    for split, canonical in splits.items():
        found = [
            _row(split, canonical, number, example, columns, class_names)
            for number, example in read_examples(tfds, builder, split)
            if example[columns.label] >= 0
        ]
        rows += found
        if not found:
            others.append(split)
    notes = [f"splits of {name} left out, unknown or without labels: {shorten(others)}"] if others else []
    given = tuple(each for each in SPLITS if any(row.split == each for row in rows))
    place = Place(PREFIX + name, "check the data", noun="text", in_order=True)
    schema, problems = targets.find_schema(dict.fromkeys(class_names, ("",)), None, place)
    raise_problems(problems)
    return Source(rows, columns, schema, given, tuple(notes))


def _row(
    split: str,
    canonical: str,
    number: int,
    example: Mapping[str, Any],
    columns: TextColumns,
    names: Sequence[str],
) -> Row:
    return Row(
        f"{PREFIX}{split}/{number}",
        f"example {number} of {split}",
        example[columns.text],
        example[columns.text_pair] if columns.text_pair else None,
        split=canonical,
        spelled=names[int(example[columns.label])],
    )


def _feature_problems(
    tfds: ModuleType, features: Mapping[str, object], columns: TextColumns
) -> list[Problem]:
    problems = []
    for role, key in vars(columns).items():
        if key is None:
            continue
        flag = "--" + role.replace("_", "-")
        if role == "label" and not isinstance(features[key], tfds.features.ClassLabel):
            fitting = [
                each for each in sorted(features) if isinstance(features[each], tfds.features.ClassLabel)
            ]
            problems.append(_unfit(key, "a class label", flag, fitting))
        elif role != "label" and not _is_text(features[key]):
            fitting = [each for each in sorted(features) if _is_text(features[each])]
            problems.append(_unfit(key, "a text", flag, fitting))
    return problems


def _is_text(feature: object) -> bool:
    return getattr(feature, "shape", None) == () and getattr(feature, "np_dtype", None) == np.object_


def _unfit(key: str, wanted: str, flag: str, fitting: list[str]) -> Problem:
    step = f"those that fit: {shorten(fitting)}" if fitting else "choose another data set"
    return Problem(f"the feature {key!r} ({flag}) is not {wanted}", key, step)
