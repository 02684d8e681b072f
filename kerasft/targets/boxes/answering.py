"""Boxes in exported files: names, metadata, golden answers, and what the model card says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.wording import plural, shorten
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.formats.label_file import LABELS, label_file
from kerasft.targets.boxes import inside
from kerasft.targets.boxes.anchors import STRIDES
from kerasft.targets.boxes.app import kotlin_of
from kerasft.targets.boxes.metadata import decoder, location_tensor, score_tensor
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import LEAST_SCORE, MOST, OVERLAP, suppressed

LOCATION, SCORE = "location", "score"  # outputs
_SHOWN = 30


class BoxAnswering(Answering[Boxes, np.ndarray]):
    """Raw boxes (anchors, 4), and the scores of each class (anchors, classes) in the order of `labels.txt`."""

    output = SCORE
    forms: ClassVar[Mapping[str, str]] = {
        "anchors": "raw boxes and scores of all anchors, for MediaPipe and own code",
        "boxes": "finished boxes, four outputs, for clients that know no others",
    }
    never_unknown = "a box has a score, and those with little are left out"

    def files(self, schema: Boxes) -> dict[str, bytes]:
        """Returns `labels.txt`."""
        return label_file(schema.class_names)

    def metadata(self, writer: Writer, schema: Boxes, described: JsonFields) -> list[int]:
        """Says which output is which: MediaPipe's ObjectDetector reads it."""
        if schema.form == "boxes":
            return inside.tensors_of(writer)
        return [location_tensor(writer, LOCATION), score_tensor(writer, SCORE)]

    def custom_metadata(self, writer: Writer, schema: Boxes) -> list[int]:
        """Says where the anchors are."""
        return [] if schema.form == "boxes" else [decoder(writer, schema)]

    def golden(self, schema: Boxes, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns the boxes that are shown, as shares of the image that the model sees."""
        found: list[JsonObject] = []
        for answer in answers:
            rows = suppressed(answer)
            shown = rows[rows[:, 4] >= schema.threshold]
            found.append(
                {
                    "boxes": np.round(shown[:, :4].astype(float), 6).tolist(),
                    "scores": np.round(shown[:, 4].astype(float), 6).tolist(),
                    "classes": [schema.class_names[int(each)] for each in shown[:, 5]],
                }
            )
        return found

    def summary(self, schema: Boxes) -> str:
        """Returns the number of classes and the first ten."""
        names = shorten(schema.class_names, 10)
        return f"Finds things of {plural(len(schema.class_names), 'class')}: {names}."

    def title(self, schema: Boxes, nouns: str) -> tuple[str, str]:
        """Returns how many classes there are, and which."""
        names = shorten([f"`{name}`" for name in schema.class_names], _SHOWN)
        count = plural(len(schema.class_names), "class")
        return f"things of {count} in {nouns}", f"finds {names} in {nouns}, each with a box around it"

    def comes_out(self, schema: Boxes) -> list[str]:
        """Returns what the outputs are, and how boxes are made of them."""
        if schema.form == "boxes":
            return [
                f"`{inside.LOCATION}`: top, left, bottom and right of {inside.MOST} boxes, as shares of the image "
                f"that the model sees; `{inside.SCORE}`: theirs, the best first; `{inside.CATEGORY}`: the line in "
                f"`{LABELS}`, from 0 on; `{inside.NUMBER}`: how many there are.",
                f"Each place has one class. Of boxes of one class that overlap by more than {OVERLAP:g} the best is "
                f"given; those below {schema.threshold:.3f} should not be shown.",
            ]
        size = schema.image_size
        sides = ", ".join(
            f"{side:g} pixels on the {size // stride} x {size // stride} places of stride {stride}"
            for stride, side in zip(STRIDES, schema.sides, strict=True)
        )
        return [
            f"`{SCORE}`: for each anchor the score of each class, in the order of `{LABELS}`; of int8 files as bytes, "
            "to be divided by 256 (`--io int8`: add 128 first).",
            f"`{LOCATION}`: for each anchor y, x, height and width. An anchor is a square: {sides}; places go row by "
            "row, and their middles are half a stride from the edges. With the anchor's side s and middle (u, v), the "
            "box has its middle at (u + x s, v + y s), is s exp(height) high and s exp(width) wide, in pixels of the "
            "model's image.",
            f"Of boxes of one class that overlap by more than {OVERLAP:g} (intersection over union) the best stays; "
            f"boxes below {schema.threshold:.3f} are not shown. For the scores above, all from {LEAST_SCORE:g} on "
            f"are counted, at most {MOST} an image.",
            "Two files agree by the share of boxes that both show: the same class, and overlapping by half.",
        ]

    def limits(self, schema: Boxes, described: JsonFields) -> list[str]:
        """Says what is not found."""
        smallest = STRIDES[0]
        return [
            f"What is smaller than about {smallest} pixels in the model's image is hardly found.",
            "A thing that was not in training is found as nothing, or as one of the classes.",
        ]

    def kotlin(self, schema: Boxes, io: str) -> Kotlin:
        """Returns the lines from the outputs to boxes."""
        if schema.form == "boxes":
            return inside.kotlin_of(schema)
        return kotlin_of(schema, io, LOCATION, SCORE)


ANSWERING = BoxAnswering()
