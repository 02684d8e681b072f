"""Which box each detection finds: the matching of COCO, which every number of a threshold or a curve is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

IOU = 0.5  # from which on a detection finds a box
_CERTAIN = 1 - 1e-10  # COCO's: an IoU of 1 is reached in spite of rounding


@dataclass(frozen=True, eq=False)
class Matches:
    """The detections of all images and what each of them finds.

    Detections are in one order over all images: the highest score first, equals as they come.

    Args:
        images: How many images there are.
        image: int64 (d,), the image of each detection.
        score: float64 (d,).
        class_of: int64 (d,).
        found: int64 (d,), the box that it finds; -1 where it finds none.
        ignored: bool (d,): it lies in a crowd region of its class, and counts for nothing.
        corners: float64 (d, 4), x1, y1, x2, y2.
        box_image: int64 (b,), the image of each box.
        box_class: int64 (b,).
        box_corners: float64 (b, 4).
        crowd: bool (b,): the box is a crowd region.
        ious: Of each image (its detections, its boxes), in the order of `rows` and `boxes_of`.
        rows: Of each image the rows of its detections.
    """

    images: int
    image: np.ndarray
    score: np.ndarray
    class_of: np.ndarray
    found: np.ndarray
    ignored: np.ndarray
    corners: np.ndarray
    box_image: np.ndarray
    box_class: np.ndarray
    box_corners: np.ndarray
    crowd: np.ndarray
    ious: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]

    @property
    def counts(self) -> np.ndarray:
        """Which detections count, being right or wrong: bool (d,)."""
        return ~self.ignored

    @property
    def right(self) -> np.ndarray:
        """Which detections find a box: bool (d,)."""
        return self.found >= 0

    def boxes_of(self, image: int) -> np.ndarray:
        """Returns the numbers of the boxes of an image, crowd regions among them."""
        return np.arange(*np.searchsorted(self.box_image, (image, image + 1)))

    def boxes_per_image(self, number: int | None = None) -> np.ndarray:
        """Returns how many boxes that count each image has, int64 (images,): of one class, or of all."""
        there = ~self.crowd if number is None else ~self.crowd & (self.box_class == number)
        return np.bincount(self.box_image[there], minlength=self.images)

    def unfound(self, threshold: float) -> np.ndarray:
        """Returns the numbers of the boxes that no detection of at least a score finds."""
        there = ~self.crowd
        there[self.found[self.right & (self.score >= threshold)]] = False
        return np.flatnonzero(there)


def match(targets: np.ndarray, found: np.ndarray, iou: float = IOU) -> Matches:
    """Matches detections and boxes of the same class as COCO does.

    The best detection chooses first, the box with the largest intersection over union that no other one has. Where it
    finds none but lies in a crowd region, it counts for nothing.

    Args:
        targets: float32 (n, 1 + boxes, 6): see `kerasft.targets.boxes.schema`.
        found: float32 (n, detections, 6): x1, y1, x2, y2, score, class; class -1 where a row is unused.
        iou: From which on a detection finds a box.
    """
    there, boxes = np.nonzero(found[:, :, 5] >= 0), np.nonzero(targets[:, 1:, 4] >= 0)
    detections = found[there].astype("float64")
    order = np.argsort(-detections[:, 4], kind="stable")
    detections, image = detections[order], there[0][order]
    truth = targets[:, 1:][boxes].astype("float64")
    crowd, result = truth[:, 5] > 0, np.full(len(detections), -1)
    ignored, ious, rows = np.zeros(len(detections), bool), [], []
    of_boxes = np.searchsorted(boxes[0], np.arange(len(targets) + 1))
    by_image = np.argsort(image, kind="stable")
    of_detections = np.searchsorted(image[by_image], np.arange(len(targets) + 1))
    for number in range(len(targets)):
        mine = by_image[of_detections[number] : of_detections[number + 1]]
        theirs = slice(of_boxes[number], of_boxes[number + 1])
        each = overlaps(detections[mine, :4], truth[theirs, :4], crowd[theirs])
        same = detections[mine, 5][:, None] == truth[theirs, 4]
        choices, lost = _chosen(np.where(same, each, 0.0), crowd[theirs], min(iou, _CERTAIN))
        result[mine] = np.where(choices < 0, -1, choices + of_boxes[number])
        ignored[mine] = lost
        ious.append(each)
        rows.append(mine)
    return Matches(
        images=len(targets),
        image=image,
        score=detections[:, 4],
        class_of=detections[:, 5].astype(np.int64),
        found=result,
        ignored=ignored,
        corners=detections[:, :4],
        box_image=boxes[0],
        box_class=truth[:, 4].astype(np.int64),
        box_corners=truth[:, :4],
        crowd=crowd,
        ious=tuple(ious),
        rows=tuple(rows),
    )


def overlaps(detections: np.ndarray, boxes: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """Returns the intersection over union of corners (d, 4) and (b, 4), float64 (d, b); of crowds over the detection.

    Sums are those of COCO's own code, which has corners and sides, so that roundings are the same.
    """
    mine, theirs = (np.hstack([each[:, :2], each[:, 2:] - each[:, :2]]) for each in (detections, boxes))
    ends, others = mine[:, None, :2] + mine[:, None, 2:], theirs[None, :, :2] + theirs[None, :, 2:]
    sides = np.minimum(ends, others) - np.maximum(mine[:, None, :2], theirs[None, :, :2])
    shared = np.where((sides > 0).all(axis=-1), sides.prod(axis=-1), 0.0)
    area, other = mine[:, 2:].prod(axis=1)[:, None], theirs[:, 2:].prod(axis=1)[None]
    union = np.where(crowd, np.broadcast_to(area, shared.shape), area + other - shared)
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _chosen(ious: np.ndarray, crowd: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the box of each detection, -1 for none, and which detections lie in a crowd region instead."""
    choices, lost = np.full(len(ious), -1), np.zeros(len(ious), bool)
    free = ~crowd
    for row in np.flatnonzero((ious >= least).any(axis=1)):
        own = np.where(free, ious[row], 0.0)
        best = len(own) - 1 - int(own[::-1].argmax())  # of equals the last, as COCO does it
        if own[best] >= least:
            choices[row], free[best] = best, False
        else:
            lost[row] = bool((ious[row, crowd] >= least).any())
    return choices, lost
