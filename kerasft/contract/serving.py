"""How examples of a kind get into exported files, as the clients of these files see it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.specs import Spec
from kerasft.contract.encoder import Encoder
from kerasft.contract.splits import ExampleColumn

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

EncoderType = TypeVar("EncoderType", bound=Encoder)  # the one of a kind


@dataclass(frozen=True)
class Endpoint:
    """One way into a SavedModel.

    Args:
        name: In the SavedModel: "serve" is what servers ask.
        signatures: What it takes, by name, without the batch; where there are several, Python may call it in each of
            these ways, and servers in the first.
        encode: Turns the tensors (batch, ...) of a signature, given by name, into what the model reads, by name; it
            becomes a part of the graph.
        tracked: Keras layers whose state `encode` needs.
    """

    name: str
    signatures: tuple[Mapping[str, Spec], ...]
    encode: Callable[..., Mapping[str, tf.Tensor]]
    tracked: tuple[keras.Layer, ...] = ()


Field = str | int | tuple[str, float] | None  # an offset, or the kind of a number and its value


class Writer(Protocol):
    """Writes tables of TFLite metadata: see `kerasft.formats.tflite_metadata`."""

    def table(self, **fields: Field) -> int:
        """Writes a table and returns its offset."""

    def tables(self, offsets: list[int]) -> int:
        """Writes a list of tables."""

    def floats(self, values: list[float]) -> int:
        """Writes a list of float32."""

    def words(self, values: list[int]) -> int:
        """Writes a list of uint32."""

    def raw(self, content: bytes) -> int:
        """Writes bytes."""

    def unit(self, kind: int, options: int) -> int:
        """Writes a ProcessUnit."""

    def file(self, name: str, description: str, kind: int) -> int:
        """Writes an AssociatedFile."""


@dataclass(frozen=True)
class InputMetadata:
    """What TFLite metadata says of the inputs of a file.

    Args:
        tensors: Offsets of a TensorMetadata for each input, in the order of the file's inputs.
        parser: The oldest version of the metadata's parser that understands it.
        unit: Offset of a ProcessUnit of all inputs, such as a tokenizer; None without one.
    """

    tensors: list[int]
    parser: str
    unit: int | None = None


@dataclass(frozen=True)
class Kotlin:
    """Lines for an Android app: of an input, what makes it and what calls the file; of an output, its place and use.

    Args:
        before: Lines before the file is called.
        after: Of an input the call, of an output what comes after it.
        imports: Lines of imports.
        call: Of outputs that are several, what calls the file instead.
    """

    before: str
    after: str
    imports: str = ""
    call: str = ""


class Serving(ABC, Generic[EncoderType, ExampleColumn]):
    """What differs between kinds of examples in exported files and in the page about them."""

    fewest_golden = 0  # so many examples are kept for the tests of an app, where they are not more anyway

    @abstractmethod
    def endpoints(self, encoder: EncoderType) -> list[Endpoint]:
        """Returns the ways into a SavedModel; the first is "serve"."""

    def write_assets(self, encoder: EncoderType, folder: Path) -> None:  # noqa: B027  # most have none
        """Writes files, such as a tokenizer's, that clients of a SavedModel may want, into its folder."""

    def tensors(self, encoder: EncoderType) -> Mapping[str, Spec]:
        """Returns what a `.tflite` takes, by the names of its inputs: see `Encoder.aliases`."""
        return encoder.specs

    def metadata(self, writer: Writer, encoder: EncoderType, names: Sequence[str]) -> InputMetadata:
        """Writes what TFLite metadata says of the inputs.

        Args:
            writer: Of the file's metadata.
            encoder: Of the model.
            names: Of the inputs, in the order of the file: clients go by it.
        """
        return InputMetadata([writer.table(name=name) for name in names], "1.0.0")

    def check_representative(self, examples: ExampleColumn, available: int | None = None) -> None:  # noqa: B027  # none is wrong
        """Checks examples that are to set the ranges of integers: wrong ones give a wrong file without any error.

        Args:
            examples: A column; None where there are none.
            available: How many examples the training split has; None: not known.

        Raises:
            InputError: There are too few, or they aren't as the model is served.
        """

    def representative(
        self, examples: ExampleColumn, encoder: EncoderType
    ) -> Iterator[dict[str, np.ndarray]]:
        """Yields examples for the converter, one at a time, by the names of the inputs of a `.tflite`."""
        names = {encoder.aliases.get(name, name): name for name in self.tensors(encoder)}
        for row in range(len(examples)):
            arrays = encoder(examples[row : row + 1])
            yield {names[source]: array for source, array in arrays.items()}

    def integer_fault(self, dtype: str, scale: float, zero_point: int) -> str:
        """Returns why an integer input is not as clients give it, in words; "" where it is."""
        return ""

    @abstractmethod
    def golden(self, examples: ExampleColumn, encoder: EncoderType, folder: Path) -> list[JsonObject]:
        """Returns a few examples as values for JSON, such that a client's test can feed them; writes files beside.

        Args:
            examples: A column.
            encoder: Of the model.
            folder: Of the exported file.
        """

    @abstractmethod
    def goes_in(self, encoder: EncoderType) -> list[str]:
        """Returns how an example becomes the input, for the model card."""

    def also(self, encoder: EncoderType, golden: str) -> list[str]:
        """Returns what else the model card says: other endpoints, and the golden examples.

        Args:
            encoder: Of the model.
            golden: Which examples these are: "of every class of the test split".
        """
        return []

    def notes(self, encoder: EncoderType) -> list[str]:
        """Returns what the export of a `.tflite` prints to beware of."""
        return []

    def limits(self, encoder: EncoderType) -> list[str]:
        """Returns what the model card has to say against trusting the numbers."""
        return []

    @abstractmethod
    def kotlin(self, encoder: EncoderType, io: str, output: str) -> Kotlin:
        """Returns the lines that make an input and call the file.

        Args:
            encoder: Of the model.
            io: The type of input and output: "float32", "uint8" or "int8".
            output: The name of the file's output.
        """
