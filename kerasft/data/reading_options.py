"""What every recipe asks about its data, said once: a recipe's `Config` inherits these fields, and so these flags."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from kerasft.base.options import option


@dataclass(frozen=True)
class Reading:
    """Where the data is, and how it becomes three splits."""

    data: str = option("", "a folder, a table or tfds:NAME", kind="data")
    data_dir: str | None = option(None, "where TFDS keeps its data sets")
    validation_data: str | None = option(
        None, "a validation set of your own; nothing is then taken from --data for it", kind="data"
    )
    test_data: str | None = option(
        None, "a test set of your own; nothing is then taken from --data for it", kind="data"
    )
    validation_share: float = option(
        0.15, "share of --data for validation, if it has no such split", above=0, below=0.9
    )
    test_share: float = option(
        0.15, "share of --data for the test, if it has no such split", above=0, below=0.9
    )
    group: str | None = option(
        None,
        "keep each patient, customer or video in one split: the column that names it, "
        "or a CSV file with the columns id and group",
    )

    def reading(self) -> dict[str, Any]:
        """Returns the arguments of `read_images` or `read_texts`, but for the data."""
        return {name: getattr(self, name) for name in reading_names(type(self)) if name != "data"}


@dataclass(frozen=True)
class ImageReading(Reading):
    """The same for images."""

    data: str = option(
        "digits", "a folder of class folders, a CSV of images and labels, or tfds:NAME", kind="data"
    )
    data_dir: str | None = option(
        None, "the folder that names in a table are relative to, or where TFDS keeps its data sets"
    )
    image: str | None = option(
        None, "the column of a table with paths, file names or ids of images (default: recognised)"
    )
    label: str | None = option(
        None,
        "the column of a table with the classes, or several columns of 0 and 1, as cat,dog (default: recognised)",
    )
    suffix: str = option("", "what makes ids file names, such as .jpg (default: looked up)")
    resize: str = option("stretch", "how pictures are brought to --image-size", choices=("stretch", "crop"))
    bit_depth: int | None = option(
        None, "how many bits 16-bit files use (default: looked up)", minimum=8, maximum=16
    )
    skip_broken: bool = option(False, "leave out pictures that can't be read")


@dataclass(frozen=True)
class TextReading(Reading):
    """The same for texts."""

    data: str = option(
        "messages", "a CSV, TSV, JSONL or Parquet table, a folder of .txt, or tfds:NAME", kind="data"
    )
    text: str = option("text", "the column of the texts")
    text_pair: str | None = option(None, "the column of the second text of each pair")
    label: str = option("label", "the column of the classes")
    skip_broken: bool = option(False, "leave out texts that can't be used")


def reading_names(kind: type) -> tuple[str, ...]:
    """Returns which fields of a config are about reading the data; none where it inherits neither of the two above."""
    readings = [each for each in kind.__mro__ if each in (ImageReading, TextReading)]
    return tuple(field.name for field in dataclasses.fields(readings[0])) if readings else ()
