"""A kind of example, such as images: what the works ask about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.asking import Asked, Example
from kerasft.contract.encoder import Encoder
from kerasft.contract.explanation import Explainer
from kerasft.contract.serving import EncoderType, Serving
from kerasft.contract.showing import Showing
from kerasft.contract.splits import Column, Split

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Loaded:
    """What came of loading examples.

    Args:
        column: Those that could be read.
        rows: Their places among all that were asked for.
        broken: Why each of the others could not be read, by place.
        sizes: Of images, width and height of each of those that could, in pixels, before a model's size was given to
            it; () of what has none.
    """

    column: Column
    rows: Sequence[int]
    broken: Mapping[int, str] = field(default_factory=dict)
    sizes: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class OtherWay:
    """Another endpoint of a SavedModel, and examples for it: it must answer as the first one does.

    Args:
        name: For messages: "from encoded images".
        endpoint: Its name in the SavedModel.
        arrays: What it takes, by name: the first examples of a split.
    """

    name: str
    endpoint: str
    arrays: Mapping[str, np.ndarray | Sequence[bytes]]


ConfigType = TypeVar("ConfigType")  # what describes a model of a kind


class Inputs(ABC, Generic[EncoderType, ConfigType]):
    """What differs between kinds of examples.

    Attributes:
        noun: What one example is called.
        columns: What a column of examples is called in frames and datasets, the likeliest first.
        showing: How a page shows examples.
        serving: How examples get into exported files.
    """

    noun: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ()
    showing: ClassVar[Showing]
    serving: ClassVar[Serving[Any, Any]]

    def asked(self, inputs: Sequence[str | Path], asked: Asked, data: JsonFields | None) -> list[Example]:
        """Lists the examples that a user names, to be predicted; by default each input is one.

        Args:
            inputs: Files, folders, patterns, tables, or examples themselves.
            asked: How to understand them.
            data: What config.json says of the data of the model's run; None: not known.

        Raises:
            InputError: There is nothing of that name, or it has no examples.
        """
        return [Example(str(each), each) for each in inputs]

    @abstractmethod
    def gather(
        self,
        contents: Sequence[object],
        encoder: EncoderType,
        seconds: Sequence[str | None] | None = None,
    ) -> Loaded:
        """Reads examples as a user names them.

        Args:
            contents: Paths of files, or what is itself an example: a text, an array, a PIL image, encoded bytes.
            encoder: Of the model that will answer.
            seconds: For pairs of texts, the second of each.

        Raises:
            InputError: This kind has no pairs.
        """

    @abstractmethod
    def encoder_of_model(
        self, model: keras.Model, config: ConfigType, data: JsonFields | None = None
    ) -> EncoderType:
        """Returns what turns examples into the arrays of a Keras model.

        Args:
            model: From `Task.build`.
            config: Its config.
            data: What config.json says of its run's data; None: not known.
        """

    def column_of_table(self, name: str, data: JsonFields, ids: Sequence[str]) -> Mapping[str, str]:
        """Returns what a column of the data's table, such as one of groups, says of each example, by id.

        Args:
            name: Of the column.
            data: "source", a table, and what else config.json of a run says of its data.
            ids: Of the examples, at least these.

        Raises:
            InputError: The table can't be read, or has no such column.
        """
        raise InputError(Problem(f"there are no tables of {self.noun}s", name))

    def other_ways(self, split: Split, source: str) -> list[OtherWay]:
        """Returns the other endpoints that a SavedModel has, with the first few examples of a split of a source."""
        return []

    def explainer(self) -> Explainer | None:
        """Returns the methods that explain answers to such examples; None: there are none yet."""
        return None

    @abstractmethod
    def described(self, values: JsonFields) -> JsonObject:
        """Returns those values of an exported file's description that an encoder gave, checked.

        Raises:
            ValueError: One can't be used; the text says which and why.
        """

    @abstractmethod
    def encoder_of_file(self, values: JsonFields, files: Mapping[str, bytes], source: Path) -> Encoder:
        """Returns the encoder of an exported file.

        Args:
            values: From `described`.
            files: Those that the encoder gave.
            source: The file, for messages.

        Raises:
            InputError: The files can't be used.
        """

    def raw_encoder(self, values: JsonFields) -> Encoder:
        """Returns the encoder of a SavedModel, whose `serve` takes examples with as little done to them as it can.

        Args:
            values: From `described`.

        Raises:
            UnavailableError: A package is missing without which such a SavedModel can't be loaded.
        """
        return self.encoder_of_file(values, {}, Path())
