"""TFLite metadata: what MediaPipe Tasks reads from a `.tflite` file to turn pictures or sentences into answers.

The metadata is a FlatBuffer of its own (root ModelMetadata, identifier "M001"); `attaching` puts it into the model.
Wire format: https://ai.google.dev/edge/litert/models/metadata, and the schema 1.5.0 in google-ai-edge/mediapipe
(mediapipe/tasks/metadata/metadata_schema.fbs).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers

# Numbers of the schema: kinds of files, unions and colour spaces
_LABELS, _VOCABULARY = 2, 5
_NORMALIZATION, _THRESHOLD, _BERT_TOKENIZER = 1, 3, 4
_IMAGE, _RGB = 2, 1
# The oldest parsers that understand what is used: 1.1.0 brought BertTokenizerOptions
_IMAGE_PARSER, _TEXT_PARSER = "1.0.0", "1.1.0"

_INPUTS = {
    "ids": "The ids of the tokens, after the start token; 0 behind the end.",
    "mask": "1 for each token and 0 behind them.",
    "segment_ids": "0 for the first text of a pair and 1 for the second; all 0 for one text.",
}


@dataclass(frozen=True)
class About:
    """What the metadata says to people. Empty texts are left out.

    Args:
        name: Of the model, such as "MobileNetV3Small on flowers".
        description: What it tells apart.
        version: Of the model.
        author: Who trained it.
        licence: Of the weights, as a name or a text.
    """

    name: str
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""


def image_metadata(
    about: About, image_size: int, labels_file: str, *, score_threshold: float | None = None
) -> bytes:
    """Returns the metadata of a picture classifier that takes raw RGB values 0..255.

    Args:
        about: For people.
        image_size: Width and height of the pictures.
        labels_file: Name of the file with one class per line.
        score_threshold: Clients leave out classes below this probability; None: they give all.
    """
    writer = _Writer()
    normalization = writer.table(mean=writer.floats([0.0]), std=writer.floats([1.0]))
    size = writer.table(width=("uint32", image_size), height=("uint32", image_size))
    properties = writer.table(color_space=("int8", _RGB), default_size=size)
    image = writer.table(
        name="image",
        description="An RGB picture with raw values from 0 to 255.",
        dimension_names=None,
        content=writer.table(type=("uint8", _IMAGE), properties=properties, range=None),
        process_units=writer.tables([writer.unit(_NORMALIZATION, normalization)]),
        stats=writer.table(max=writer.floats([255.0]), min=writer.floats([0.0])),
    )
    output = _output(writer, labels_file, score_threshold)
    return _model(writer, about, [image], output, _IMAGE_PARSER, tokenizer=None)


def text_metadata(
    about: About,
    input_names: Sequence[str],
    labels_file: str,
    *,
    vocabulary_file: str | None = None,
    score_threshold: float | None = None,
) -> bytes:
    """Returns the metadata of a text classifier.

    Args:
        about: For people.
        input_names: Of "ids", "mask" and "segment_ids", in the order of the model's inputs: clients go by it.
        labels_file: Name of the file with one class per line.
        vocabulary_file: Name of the file with one WordPiece token per line; None for other tokenizers.
        score_threshold: Clients leave out classes below this probability; None: they give all.
    """
    writer = _Writer()
    inputs = [writer.table(name=name, description=_INPUTS[name]) for name in input_names]
    tokenizer = None
    if vocabulary_file is not None:
        vocabulary = writer.file(
            vocabulary_file, "The tokens, one per line, in the order of their ids.", _VOCABULARY
        )
        tokenizer = writer.unit(_BERT_TOKENIZER, writer.table(vocab_file=writer.tables([vocabulary])))
    output = _output(writer, labels_file, score_threshold)
    return _model(writer, about, inputs, output, _TEXT_PARSER, tokenizer)


def _output(writer: _Writer, labels_file: str, score_threshold: float | None) -> int:
    units = None
    if score_threshold is not None:
        threshold = writer.table(global_score_threshold=("float32", score_threshold))
        units = writer.tables([writer.unit(_THRESHOLD, threshold)])
    return writer.table(
        name="probability",
        description="The probability of each class; their sum is 1.",
        dimension_names=None,
        content=None,
        process_units=units,
        stats=writer.table(max=writer.floats([1.0]), min=writer.floats([0.0])),
        associated_files=writer.tables([writer.file(labels_file, "The classes, one per line.", _LABELS)]),
    )


def _model(
    writer: _Writer, about: About, inputs: list[int], output: int, parser: str, tokenizer: int | None
) -> bytes:
    subgraph = writer.table(
        name=None,
        description=None,
        input_tensor_metadata=writer.tables(inputs),
        output_tensor_metadata=writer.tables([output]),
        associated_files=None,
        input_process_units=None if tokenizer is None else writer.tables([tokenizer]),
    )
    root = writer.table(
        name=about.name or None,
        description=about.description or None,
        version=about.version or None,
        subgraph_metadata=writer.tables([subgraph]),
        author=about.author or None,
        license=about.licence or None,
        associated_files=None,
        min_parser_version=parser,
    )
    writer.builder.Finish(root, file_identifier=b"M001")
    return bytes(writer.builder.Output())


class _Writer:
    """Writes tables of the schema; each method returns the offset of what it wrote."""

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)

    def table(self, **fields: Any) -> int:
        """Writes a table.

        Args:
            fields: All fields up to the last one that is set, in the order of the schema: a text, the offset of what
                is written already, None, or (type, number). The names are for the reader.
        """
        ready = [self.builder.CreateString(v) if isinstance(v, str) else v for v in fields.values()]
        self.builder.StartObject(len(ready))
        for slot, value in enumerate(ready):
            if isinstance(value, tuple):
                kind, number = value
                self._number(kind)(slot, number, 0)
            elif value is not None:
                self.builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        return self.builder.EndObject()

    def tables(self, offsets: list[int]) -> int:
        """Writes a vector of tables."""
        return offset_vector(self.builder, offsets)

    def floats(self, values: list[float]) -> int:
        """Writes a vector of float32."""
        self.builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            self.builder.PrependFloat32(value)
        return self.builder.EndVector()

    def unit(self, kind: int, options: int) -> int:
        """Writes a ProcessUnit."""
        return self.table(options_type=("uint8", kind), options=options)

    def file(self, name: str, description: str, kind: int) -> int:
        """Writes an AssociatedFile."""
        return self.table(name=name, description=description, type=("int8", kind))

    def _number(self, kind: str) -> Callable[[int, Any, Any], None]:
        builder = self.builder
        return {
            "int8": builder.PrependInt8Slot,
            "uint8": builder.PrependUint8Slot,
            "uint32": builder.PrependUint32Slot,
            "float32": builder.PrependFloat32Slot,
        }[kind]


def offset_vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    """Writes a FlatBuffer vector of what is written already, by offset, and returns its own offset."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()
