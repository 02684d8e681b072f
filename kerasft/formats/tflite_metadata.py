"""TFLite metadata: what MediaPipe Tasks reads from a `.tflite` file to turn images or sentences into answers.

The metadata is a FlatBuffer of its own (root ModelMetadata, identifier "M001"); `attaching` puts it into the model.
Wire format: https://ai.google.dev/edge/litert/models/metadata, and the schema 1.5.0 in google-ai-edge/mediapipe
(mediapipe/tasks/metadata/metadata_schema.fbs).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import flatbuffers

from kerasft.contract.serving import Field, InputMetadata

if TYPE_CHECKING:
    from kerasft.formats.program import Program


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


def metadata_of(
    program: Program, names: Sequence[str], outputs: Sequence[str], about: About | None = None
) -> bytes:
    """Returns the metadata of a file.

    Args:
        program: What the file computes.
        names: Of its inputs, in their order: clients go by it.
        outputs: The same of its outputs.
        about: For people; default: backbone, and what it does.
    """
    task, description, writer = program.task, program.description, MetadataWriter()
    about = about or About(
        name=f"{description.backbone}, {description.quantization}",
        description=task.targets.answering.summary(description.schema),
        author="kerasft",
    )
    inputs = task.inputs.serving.metadata(writer, program.encoder, names)
    answering = task.targets.answering
    tensors = answering.metadata(writer, description.schema, description.answers)
    declared = dict(zip(task.targets.file_shapes(description.schema), tensors, strict=True))
    ordered = [declared[name] for name in outputs] if len(tensors) > 1 else tensors
    return _model(writer, about, inputs, ordered, answering.custom_metadata(writer, description.schema))


def _model(
    writer: MetadataWriter, about: About, inputs: InputMetadata, outputs: list[int], custom: list[int]
) -> bytes:
    subgraph = writer.table(
        name=None,
        description=None,
        input_tensor_metadata=writer.tables(inputs.tensors),
        output_tensor_metadata=writer.tables(outputs),
        associated_files=None,
        input_process_units=None if inputs.unit is None else writer.tables([inputs.unit]),
        output_process_units=None,
        input_tensor_groups=None,
        output_tensor_groups=None,
        custom_metadata=writer.tables(custom) if custom else None,
    )
    root = writer.table(
        name=about.name or None,
        description=about.description or None,
        version=about.version or None,
        subgraph_metadata=writer.tables([subgraph]),
        author=about.author or None,
        license=about.licence or None,
        associated_files=None,
        min_parser_version=inputs.parser,
    )
    return writer.finished(root, b"M001")


class MetadataWriter:
    """Writes tables of the schema; each method returns the offset of what it wrote."""

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)

    def table(self, **fields: Field) -> int:
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

    def words(self, values: list[int]) -> int:
        """Writes a vector of uint32."""
        self.builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            self.builder.PrependUint32(value)
        return self.builder.EndVector()

    def raw(self, content: bytes) -> int:
        """Writes a vector of bytes."""
        return self.builder.CreateByteVector(content)

    def finished(self, root: int, identifier: bytes) -> bytes:
        """Returns all that was written, with its root table."""
        self.builder.Finish(root, file_identifier=identifier)
        return bytes(self.builder.Output())

    def unit(self, kind: int, options: int) -> int:
        """Writes a ProcessUnit."""
        return self.table(options_type=("uint8", kind), options=options)

    def file(self, name: str, description: str, kind: int) -> int:
        """Writes an AssociatedFile."""
        return self.table(name=name, description=description, type=("int8", kind))

    def _number(self, kind: str) -> Callable[[int, float, float], None]:
        builder = self.builder
        return {
            "int8": builder.PrependInt8Slot,
            "uint8": builder.PrependUint8Slot,
            "int32": builder.PrependInt32Slot,
            "bool": builder.PrependBoolSlot,
            "uint32": builder.PrependUint32Slot,
            "float32": builder.PrependFloat32Slot,
        }[kind]


def offset_vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    """Writes a FlatBuffer vector of what is written already, by offset, and returns its own offset."""
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()
