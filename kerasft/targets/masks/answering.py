"""Masks in exported files: names, metadata, golden answers, and what the model card says."""

from __future__ import annotations

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.wording import plural, shorten
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.formats.label_file import LABELS, label_file, probability_tensor
from kerasft.targets.masks.prediction import shares_of
from kerasft.targets.masks.schema import Masks

_SHOWN = 30
_GRID = 8  # places along each side whose probabilities are golden


class MaskAnswering(Answering[Masks, np.ndarray]):
    """Probabilities (height, width, classes) in the order of `labels.txt`; those of a pixel sum to one."""

    output = "probabilities"
    never_unknown = "each pixel has its most probable class"

    def files(self, schema: Masks) -> dict[str, bytes]:
        """Returns `labels.txt`."""
        return label_file(schema.class_names)

    def metadata(self, writer: Writer, schema: Masks, described: JsonFields) -> list[int]:
        """Says which classes there are: MediaPipe's ImageSegmenter takes them from the output's file of labels."""
        what = "The probability of each class, of each pixel."
        return [probability_tensor(writer, what, "classes")]

    def golden(self, schema: Masks, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns the share of each class, and the probabilities at a grid of places."""
        found: list[JsonObject] = []
        for answer in answers:
            places = [np.unique(np.linspace(0, side - 1, _GRID).astype(int)) for side in answer.shape[:2]]
            picked = answer[np.ix_(*places)]
            found.append(
                {
                    "shares": [round(float(each), 6) for each in shares_of(answer)],
                    "rows": places[0].tolist(),
                    "columns": places[1].tolist(),
                    self.output: np.round(picked.astype(float), 6).tolist(),
                }
            )
        return found

    def summary(self, schema: Masks) -> str:
        """Returns the number of classes and the first ten."""
        names = shorten(schema.class_names, 10)
        return f"Says of each pixel which of {plural(len(schema.class_names), 'class')} it is: {names}."

    def title(self, schema: Masks, nouns: str) -> tuple[str, str]:
        """Returns how many classes there are, and which."""
        names = shorten([f"`{name}`" for name in schema.class_names], _SHOWN)
        return f"the pixels of {nouns} in {plural(len(schema.class_names), 'class')}", (
            f"says of each pixel of {nouns} which it is of {names}"
        )

    def comes_out(self, schema: Masks) -> list[str]:
        """Returns what the probabilities are in which file."""
        return [
            f"Out come {len(schema.class_names)} probabilities for each pixel, row by row, in the order of `{LABELS}`; "
            "of int8 files as bytes, to be divided by 256 (`--io int8`: add 128 first). A pixel is of its most "
            "probable class.",
            "Files of masks that `kerasft predict --drawings` writes hold the numbers of the training masks: "
            f"{shorten(f'{name} is {value}' for name, value in zip(schema.class_names, schema.values, strict=True))}.",
            "Two answers agree by the share of pixels to which both give the same class.",
        ]

    def limits(self, schema: Masks, described: JsonFields) -> list[str]:
        """Says that all that isn't known is taken for something known, and at which size scores were measured."""
        return [
            "Every pixel gets one of its classes, also where it shows something that was not in training.",
            "Scores are measured at the size that the model sees: what is smaller than a few pixels there is lost.",
        ]

    def kotlin(self, schema: Masks, io: str) -> Kotlin:
        """Returns the lines from the output to the class of each pixel."""
        kind, value = {
            "float32": ("Float", "pixel[k]"),
            "uint8": ("Byte", "pixel[k].toInt() and 255"),
            "int8": ("Byte", "pixel[k]"),
        }[io]
        count = len(schema.class_names)
        before = f"""val side = interpreter.getOutputTensor(0).shape()[1]
val output = Array(1) {{ Array(side) {{ Array(side) {{ {kind}Array({count}) }} }} }}"""
        after = f"""val labels = context.assets.open("{LABELS}").bufferedReader().readLines()
val classes = output[0].map {{ row ->
    row.map {{ pixel -> pixel.indices.maxByOrNull {{ k -> {value} }}!! }}
}}
println("the middle is ${{labels[classes[side / 2][side / 2]]}}")"""
        return Kotlin(before, after)


ANSWERING = MaskAnswering()
