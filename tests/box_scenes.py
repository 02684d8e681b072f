"""Images with boxes, and detections that are right, beside them, twice there, of another class, or nowhere."""

import numpy as np


def targets_of(*images, size=(640, 480), most=12):
    """Returns float32 (n, 1 + most, 6) of lists of boxes (x1, y1, x2, y2, class) or (..., crowd)."""
    found = np.zeros((len(images), 1 + most, 6), "float32")
    found[:, :, 4] = -1
    found[:, 0] = (0, 0, *size, -2, 0)
    for row, boxes in enumerate(images):
        for place, box in enumerate(boxes, 1):
            found[row, place, : len(box)] = box
    return found


def found_of(*images, most=100):
    """Returns float32 (n, most, 6) of lists of detections (x1, y1, x2, y2, score, class), the best first."""
    found = np.zeros((len(images), most, 6), "float32")
    found[:, :, 5] = -1
    for row, detections in enumerate(images):
        for place, each in enumerate(sorted(detections, key=lambda one: -one[4])):
            found[row, place] = each
    return found


def random_scenes(count=40, classes=5, seed=0, crowds=0.1, most=8):
    """Returns targets and detections of images of which some are empty; no box is of the last class."""
    rng = np.random.default_rng(seed)
    truth, said = [], []
    for _ in range(count):
        number = 0 if rng.random() < 0.1 else int(rng.integers(1, most + 1))
        sides = rng.uniform(8, 150, (number, 2))
        corners = rng.uniform(0, 1, (number, 2)) * ((640, 480) - sides)
        boxes = [
            (*at, *(at + side), rng.integers(0, classes - 1), rng.random() < crowds)
            for at, side in zip(corners, sides, strict=True)
        ]
        wild = rng.uniform(0, 300, (rng.integers(0, 8), 2))
        near = [
            (*(np.array(box[:4]) + rng.normal(0, 0.12, 4) * (*side, *side)), rng.beta(3, 2), box[4])
            for box, side in zip(boxes, sides, strict=True)
            for _ in range(rng.integers(0, 4))
        ]
        other = [
            (*each[:5], rng.integers(0, classes)) if rng.random() < 0.2 else each
            for each in near
            if each[2] > each[0] and each[3] > each[1]
        ]
        far = [(*at, *(at + rng.uniform(8, 100, 2)), rng.beta(1, 3), rng.integers(0, classes)) for at in wild]
        truth.append(boxes)
        said.append([*other, *far])
    return targets_of(*truth), found_of(*said)
