"""What TFLite metadata says of raw boxes and scores, as MediaPipe's ObjectDetector reads it.

Schema of the options: mediapipe/tasks/metadata/object_detector_metadata_schema.fbs in google-ai-edge/mediapipe. It
makes boxes of anchors as `kerasft.targets.boxes.anchors.decoded` does.
"""

from __future__ import annotations

from kerasft.contract.serving import Field, Writer
from kerasft.formats.label_file import LABELS
from kerasft.formats.tflite_metadata import MetadataWriter
from kerasft.targets.boxes.anchors import anchors_of
from kerasft.targets.boxes.schema import Boxes

_FEATURE, _BOX = 1, 3  # of the metadata's schema: what a tensor holds
_BOUNDARIES, _AXIS_LABELS, _VALUE_LABELS = 1, 2, 3
_CORNERS = [1, 0, 3, 2]  # left, top, right and bottom among top, left, bottom, right
OPTIONS = "DETECTOR_METADATA"  # the name that MediaPipe looks for
_IDENTIFIER = b"V001"


def location_tensor(writer: Writer, name: str) -> int:
    """Writes the metadata of an output of boxes, and returns its offset."""
    properties = writer.table(index=writer.words(_CORNERS), type=("int8", _BOUNDARIES))
    content = _content(writer, _BOX, properties, writer.table(min=("int32", 2), max=("int32", 2)))
    return writer.table(name=name, description="The boxes.", dimension_names=None, content=content)


def score_tensor(writer: Writer, name: str) -> int:
    """Writes the metadata of an output of scores, and returns its offset."""
    return writer.table(
        name=name,
        description="The score of each class, of each anchor.",
        dimension_names=None,
        content=_content(writer, _FEATURE, writer.table(), None),
        process_units=None,
        stats=writer.table(max=writer.floats([1.0]), min=writer.floats([0.0])),
        associated_files=writer.tables([writer.file(LABELS, "The classes, one per line.", _AXIS_LABELS)]),
    )


def label_tensor(writer: Writer, name: str) -> int:
    """Writes the metadata of an output whose values are numbers of classes, and returns its offset."""
    return writer.table(
        name=name,
        description="The number of the class of each box.",
        dimension_names=None,
        content=_content(writer, _FEATURE, writer.table(), None),
        process_units=None,
        stats=None,
        associated_files=writer.tables([writer.file(LABELS, "The classes, one per line.", _VALUE_LABELS)]),
    )


def decoder(writer: Writer, schema: Boxes) -> int:
    """Writes how boxes are made of raw ones, and returns its offset."""
    return writer.table(name=OPTIONS, data=writer.raw(decoding_options(schema)))


def decoding_options(schema: Boxes) -> bytes:
    """Returns the FlatBuffer of all anchors and of how boxes are made of them."""
    own, size = MetadataWriter(), schema.image_size
    anchors = anchors_of(size, schema.sides).astype("float64") / size
    tables = [
        own.table(x=("float32", x), y=("float32", y), width=("float32", side), height=("float32", side))
        for x, y, side in anchors.tolist()
    ]
    fixed = own.table(fixed=own.table(anchors=own.tables(tables)))
    one: Field = ("float32", 1.0)
    decoding = own.table(
        num_classes=("int32", len(schema.class_names)),
        num_boxes=("int32", len(anchors)),
        num_coords=("int32", 4),
        keypoint_coord_offset=("int32", 0),
        num_keypoints=("int32", 0),
        num_values_per_keypoint=("int32", 2),
        x_scale=one,
        y_scale=one,
        w_scale=one,
        h_scale=one,
        apply_exponential_on_box_size=("bool", 1),
        sigmoid_score=("bool", 0),
    )
    root = own.table(min_parser_version=None, ssd_anchors_options=fixed, tensors_decoding_options=decoding)
    return own.finished(root, _IDENTIFIER)


def _content(writer: Writer, kind: int, properties: int, span: int | None) -> int:
    return writer.table(kind=("uint8", kind), properties=properties, range=span)
