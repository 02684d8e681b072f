"""Files that give finished boxes: decoding and suppression are inside, and four outputs come out.

Clients from before MediaPipe know no others, such as the Task Library of TensorFlow Lite. The order of the numbers of a
box, and which outputs there are, is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kerasft.contract.serving import Kotlin, Writer
from kerasft.formats.label_file import LABELS
from kerasft.targets.boxes.anchors import anchors_of
from kerasft.targets.boxes.metadata import label_tensor, location_tensor
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import LEAST_SCORE, OVERLAP

if TYPE_CHECKING:
    import keras

LOCATION, CATEGORY, SCORE, NUMBER = "location", "category", "score", "number"
MOST = 50  # boxes of an image

Shapes = dict[str, tuple[int, ...]]


def shapes_of() -> Shapes:
    """Returns the shapes of the outputs for one image, by name."""
    return {LOCATION: (MOST, 4), CATEGORY: (MOST,), SCORE: (MOST,), NUMBER: ()}


def served(raw: keras.KerasTensor, logits: keras.KerasTensor, schema: Boxes) -> dict[str, keras.KerasTensor]:
    """Returns the boxes of one image: y1, x1, y2, x2 as shares of it, class, score, and how many there are.

    Each place has one class, the most probable one; boxes of other classes don't suppress each other.

    Args:
        raw: (1, anchors, 4), as `kerasft.targets.boxes.anchors.decoded` takes them.
        logits: (1, anchors, classes).
        schema: Of the model.
    """
    import tensorflow as tf

    from kerasft.targets.boxes.losses import corners_of

    anchors = anchors_of(schema.image_size, schema.sides) / np.float32(schema.image_size)
    x1, y1, x2, y2 = tf.unstack(corners_of(raw, anchors)[0], axis=-1)
    boxes = tf.clip_by_value(tf.stack([y1, x1, y2, x2], axis=-1), 0.0, 1.0)
    best = tf.sigmoid(tf.reduce_max(logits[0], axis=-1))
    category = tf.cast(tf.argmax(logits[0], axis=-1, output_type=tf.int32), tf.float32)
    found = tf.raw_ops.NonMaxSuppressionV5(
        boxes=boxes + 2.0 * category[:, None],  # those of other classes lie elsewhere
        scores=best,
        max_output_size=MOST,
        iou_threshold=OVERLAP,
        score_threshold=LEAST_SCORE,
        soft_nms_sigma=0.0,
        pad_to_max_output_size=True,
    )
    rows = found.selected_indices
    return {
        LOCATION: tf.gather(boxes, rows)[None],
        CATEGORY: tf.gather(category, rows)[None],
        SCORE: found.selected_scores[None],
        NUMBER: tf.cast(found.valid_outputs, tf.float32)[None],
    }


def answers_of(outputs: Mapping[str, np.ndarray], classes: int) -> np.ndarray:
    """Returns the outputs for n images as answers (n, 50, 4 + classes): each box has a score for its class alone."""
    location, score = outputs[LOCATION], outputs[SCORE]
    answers = np.zeros((*score.shape, 4 + classes), np.float32)
    answers[..., :4] = location[..., [1, 0, 3, 2]]
    there = np.arange(score.shape[1]) < outputs[NUMBER].reshape(-1, 1)
    numbers = np.clip(outputs[CATEGORY], 0, classes - 1).astype(int)
    image, row = np.nonzero(there)
    answers[image, row, 4 + numbers[image, row]] = score[image, row]
    answers[~there] = 0
    return answers


def tensors_of(writer: Writer) -> list[int]:
    """Writes the metadata of the outputs, in the order of `shapes_of`, and returns the offsets."""
    return [
        location_tensor(writer, LOCATION),
        label_tensor(writer, CATEGORY),
        writer.table(name=SCORE, description="The score of each box, the best first."),
        writer.table(name="number of detections", description="How many of the boxes there are."),
    ]


def kotlin_of(schema: Boxes) -> Kotlin:
    """Returns the lines of an Android app that make room for the outputs, call the file, and go through its boxes."""
    before = f"""val location = Array(1) {{ Array({MOST}) {{ FloatArray(4) }} }}
val category = Array(1) {{ FloatArray({MOST}) }}
val score = Array(1) {{ FloatArray({MOST}) }}
val number = FloatArray(1)"""
    call = f"""val outputs = mapOf(
    "{LOCATION}" to location, "{CATEGORY}" to category, "{SCORE}" to score, "{NUMBER}" to number
)
interpreter.runSignature(mapOf("image" to input), outputs, "serve")"""
    after = f"""val labels = context.assets.open("{LABELS}").bufferedReader().readLines()
for (row in 0 until number[0].toInt()) if (score[0][row] >= {schema.threshold:.4f}f) {{
    val (top, left, bottom, right) = location[0][row].toList()  // shares of the image
    println("${{labels[category[0][row].toInt()]}} ${{score[0][row]}} at $left, $top, $right, $bottom")
}}"""
    return Kotlin(before, after, "", call)
