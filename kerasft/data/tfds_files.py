"""What the metadata of a TFDS data set may say, looked at before TFDS sees it: the folder may be anybody's.

TFDS imports the Python module that features.json names for each feature, and joins names out of dataset_info.json to
paths.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.wording import shorten

_CORE = "tensorflow_datasets.core.features."
FEATURES = {
    _CORE + name
    for name in (
        "bounding_boxes.BBoxFeature", "class_label_feature.ClassLabel", "features_dict.FeaturesDict",
        "image_feature.Image", "labeled_image.LabeledImage", "scalar.Scalar", "sequence_feature.Sequence",
        "tensor_feature.Tensor", "text_feature.Text", "translation_feature.Translation",
        "translation_feature.TranslationVariableLanguages",
    )
}  # fmt: skip
_FILES = ("features.json", "dataset_info.json")
_MOST_BYTES = 16_000_000
_CLASS_KEYS = ("pythonClassName", "python_class_name", "type")
_NAME_KEYS = ("name", "version", "configName", "config_name", "fileFormat", "file_format")
_TEMPLATE_KEYS = ("filepathTemplate", "filepath_template")
_NAME = re.compile(r"[\w.+-]*")
_TEMPLATE = re.compile(r"[\w.{}+-]*")


def check_tfds_files(folder: Path, name: str) -> None:
    """Refuses feature types that are not TFDS' own, and names that could lead out of the folder.

    Args:
        folder: Where features.json and dataset_info.json are.
        name: The data set, for messages.

    Raises:
        InputError: All types or names that are not allowed.
    """
    features, info = (_read(folder / each, name) for each in _FILES)
    others = sorted({each for each in _class_names(features) if each not in FEATURES})
    if others:
        what = f"the TFDS data set {name!r} has features of a type that kerasft doesn't read"
        hint = "prepare it again with the types of tfds.features, without Audio, Video and types of your own"
        raise InputError(Problem(what, shorten(others), hint))
    wrong = sorted({repr(each) for each in _misnamed(info)})
    if wrong:
        what = f"dataset_info.json of the TFDS data set {name!r} holds names that are no file names"
        raise InputError(Problem(what, shorten(wrong), "prepare the data set again"))


def _read(path: Path, name: str) -> object:
    try:
        return json.loads(read_bytes(path, _MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        what = f"{path.name} of the TFDS data set {name!r} can't be read: {reason}"
        raise InputError(Problem(what, str(path), "prepare the data set again")) from None


def _objects(value: object) -> Iterator[JsonFields]:
    """Yields each object in a JSON value, and those in texts of JSON, where features of TFDS keep theirs."""
    if isinstance(value, Mapping):
        yield value
        for key, inner in value.items():
            if key == "json" and isinstance(inner, str):
                inner = json.loads(inner)
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _class_names(features: object) -> Iterator[str]:
    try:
        for each in _objects(features):
            yield from (each[key] for key in _CLASS_KEYS if isinstance(each.get(key), str))
    except (ValueError, RecursionError):
        yield "JSON inside JSON that can't be read"


def _misnamed(info: object) -> Iterator[str]:
    if not isinstance(info, Mapping):
        yield str(info)[:70]
        return
    splits = info.get("splits") or []
    if not isinstance(splits, list) or not all(isinstance(each, Mapping) for each in splits):
        yield str(splits)[:70]
        return
    for each in (info, *splits):
        for keys, allowed in ((_NAME_KEYS, _NAME), (_TEMPLATE_KEYS, _TEMPLATE)):
            for key in keys:
                value = str(each.get(key) or "")
                if not allowed.fullmatch(value) or value.strip(".") != value:
                    yield value
