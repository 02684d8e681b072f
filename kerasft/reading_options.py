"""What every recipe asks about its data, said once: a recipe's `Config` inherits these fields, and so these flags."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from kerasft.options import option


@dataclass(frozen=True)
class Reading:
    """Where the data is, and how it becomes three splits."""

    data: str = option("", "a folder, a table or tfds:NAME", kind="data")
    data_dir: str | None = option(None, "where TFDS keeps its data sets")
    validation_data: str | None = option(
        None, "data of its own for validation; none is taken from --data then", kind="data"
    )
    test_data: str | None = option(
        None, "data of its own for the test split; none is taken from --data then", kind="data"
    )
    validation_share: float = option(0.15, "share for validation, where it is drawn", above=0, below=0.9)
    test_share: float = option(0.15, "share for the test split, where it is drawn", above=0, below=0.9)
    group: str | None = option(
        None, "what stays in one split (patient, customer, video): a column, or a CSV of id and group"
    )

    def reading(self) -> dict[str, Any]:
        """Returns the arguments of `read_images` or `read_texts`, but for the data."""
        kind = next(each for each in type(self).__mro__ if each in (ImageReading, TextReading))
        names = [field.name for field in dataclasses.fields(kind) if field.name != "data"]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class ImageReading(Reading):
    """The same for images."""

    data: str = option(
        "digits", "a folder of class folders, a CSV of images and labels, or tfds:NAME", kind="data"
    )
    data_dir: str | None = option(
        None, "where TFDS keeps its data sets, or what a CSV's paths are relative to"
    )
    image: str | None = option(None, "a CSV's column of paths, file names or ids (default: recognised)")
    label: str | None = option(
        None, "its column of classes, or columns of 0 and 1 with commas (default: recognised)"
    )
    suffix: str = option("", "what ids in it lack to be file names, such as .jpg (default: looked up)")
    resize: str = option("stretch", "how pictures are brought to that size", choices=("stretch", "crop"))
    bit_depth: int | None = option(None, "bits that 16-bit files use (default: found)", minimum=8, maximum=16)
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
