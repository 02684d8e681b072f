"""From a model's dense answers to the boxes that it found: of those that lie on each other, the best stays."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from kerasft.targets.boxes.geometry import overlaps, to_image
from kerasft.targets.boxes.schema import UNUSED, Boxes

MOST = 100  # boxes of an image
OVERLAP = 0.6  # intersection over union, from which on the worse of two boxes of one class goes
LEAST_SCORE = 0.01  # of boxes that are counted: the average precision looks at the tail, too
_MOST_KEPT = 10_000  # images, of 2.4 kB at most
_KEPT: OrderedDict[tuple[bytes, tuple[int, ...], str], np.ndarray] = OrderedDict()
_MOST_CANDIDATES = 1000  # of an image, before any goes


def detections(answers: np.ndarray, sizes: np.ndarray, schema: Boxes) -> np.ndarray:
    """Returns the boxes found in each image, best first: float32 (n, 100, 6).

    Each is x1, y1, x2, y2 in pixels of the original image, its score and the number of its class; the class of rows
    that are not used is -1, and their score 0.

    Args:
        answers: float32 (n, anchors, 4 + classes): boxes as shares of the model's image, and a score for each class.
        sizes: (n, 2) widths and heights of the original images, in pixels.
        schema: Of the model.
    """
    found = np.zeros((len(answers), MOST, 6), np.float32)
    found[..., 5] = UNUSED
    for row, answer in enumerate(answers):
        kept = suppressed(answer)
        found[row, : len(kept)] = kept
    found[..., :4] = to_image(found[..., :4] * schema.image_size, sizes, schema.image_size, schema.resize)
    found[..., :4][found[..., 5] < 0] = 0
    return found


def suppressed(answer: np.ndarray) -> np.ndarray:
    """Returns the boxes of one image (k, 6), best first: their corners as shares of it, score and class.

    A file's answers are asked for again and again, for its score and its agreement, so the last results are kept.
    """
    content = hashlib.blake2b(answer.tobytes(), digest_size=16).digest()
    key = (content, answer.shape, answer.dtype.str)
    found = _KEPT.pop(key, None)
    _KEPT[key] = found = _suppressed(answer) if found is None else found
    if len(_KEPT) > _MOST_KEPT:
        _KEPT.popitem(last=False)
    return found.copy()


def _suppressed(answer: np.ndarray) -> np.ndarray:
    places, classes = np.nonzero(answer[:, 4:] >= LEAST_SCORE)
    scores = answer[places, 4 + classes]
    order = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
    boxes, scores, classes = answer[places[order], :4], scores[order], classes[order]
    shifted = boxes.astype(np.float64) + 2 * classes[:, None]  # those of other classes lie elsewhere
    kept, left = list[int](), np.arange(len(order))
    while len(left) and len(kept) < MOST:
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[overlaps(shifted[best : best + 1], shifted[left])[0] <= OVERLAP]
    return np.concatenate([boxes[kept], scores[kept, None], classes[kept, None]], axis=1)
