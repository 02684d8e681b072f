"""Puts TFLite metadata and files into a `.tflite` file, where its clients look for them.

The metadata is a buffer of the model that the list `metadata` names TFLITE_METADATA. The files that it speaks of,
labels and vocabulary, lie in a ZIP behind the model, not compressed: clients read them in place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import flatbuffers

from kerasft.base.errors import KerasftError
from kerasft.base.quiet import quiet
from kerasft.formats.tflite_metadata import offset_vector

BUFFER_NAME = "TFLITE_METADATA"
# Buffers of a model are aligned to 16 bytes; 64 is what the widest vector units like
_ALIGNMENT = 64


def with_metadata(content: bytes, metadata: bytes) -> bytes:
    """Puts metadata into a model, in place of any that it had.

    The model stays as it is, byte by byte, behind a new root that also names the metadata: packing it anew in
    Python would lose the alignment of the weights.

    Args:
        content: A `.tflite` file without files behind it.
        metadata: From `image_metadata` or `text_metadata`.

    Raises:
        KerasftError: The model holds its weights outside the FlatBuffer (more than 2 GB).
    """
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(content, 0)
    buffers = [model.Buffers(index) for index in range(model.BuffersLength())]
    if any(each.Offset() > 1 for each in buffers):
        raise KerasftError("a model with weights outside its FlatBuffer can't carry metadata; quantize it")

    builder = flatbuffers.Builder(len(content) + len(metadata) + 64 * len(buffers) + 4096)
    builder.Prep(_ALIGNMENT, 0)  # so that the places of the old content keep their alignment
    padded = content + bytes(-len(content) % _ALIGNMENT)
    builder.CreateByteVector(padded)

    def old(place: int) -> int:
        """Turns a place in the old content into what the builder counts: bytes from the end."""
        return len(padded) - place

    builder.Prep(16, len(metadata))
    data = builder.CreateByteVector(metadata)
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, data, 0)
    new_buffer = builder.EndObject()
    name = builder.CreateString(BUFFER_NAME)
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependUint32Slot(1, len(buffers), 0)
    new_entry = builder.EndObject()
    kept = [model.Metadata(index) for index in range(model.MetadataLength())]
    entries = [old(each._tab.Pos) for each in kept if each.Name() != BUFFER_NAME.encode()]
    all_buffers = offset_vector(builder, [*(old(each._tab.Pos) for each in buffers), new_buffer])
    all_entries = offset_vector(builder, [*entries, new_entry])

    builder.StartObject(8)  # Model: 0 version, 4 buffers, 6 metadata; the others are tables and vectors
    builder.PrependUint32Slot(0, model.Version(), 0)
    for slot in (1, 2, 3, 5, 7):
        field = model._tab.Offset(4 + 2 * slot)
        if field:
            builder.PrependUOffsetTRelativeSlot(slot, old(model._tab.Indirect(model._tab.Pos + field)), 0)
    builder.PrependUOffsetTRelativeSlot(4, all_buffers, 0)
    builder.PrependUOffsetTRelativeSlot(6, all_entries, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())


def with_files(content: bytes, files: Mapping[str, bytes]) -> bytes:
    """Appends files to a model as a ZIP: not compressed, in this order, with a fixed date (same input, same bytes)."""
    written = io.BytesIO(content)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return written.getvalue()
