"""Average precision and recall as COCO defines them (https://cocodataset.org/#detection-eval), by faster-coco-eval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonObject

AREAS = ("small", "medium", "large")  # to 32 x 32 pixels of the image, to 96 x 96, above
_EVERY, _MOST, _HALF, _THREE_QUARTERS = 0, 2, 0, 5  # places along the axes of COCO's arrays
_FIGURES = 7  # of numbers in a file


@dataclass(frozen=True)
class CocoScores:
    """COCO's numbers; None where there is no box to find.

    Args:
        ap: Average precision, the mean over IoU 0.50 to 0.95, of the classes that are there.
        ap50: At IoU 0.50.
        ap75: At IoU 0.75.
        ap_of_area: Of boxes by their area, in the order of `AREAS`.
        ar: Average recall over these IoU, of at most 1, 10 and 100 detections of a class in an image.
        ap_of_class: Average precision of each class.
        ap50_of_class: The same at IoU 0.50.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_of_area: tuple[float | None, ...]
    ar: tuple[float | None, ...]
    ap_of_class: tuple[float | None, ...]
    ap50_of_class: tuple[float | None, ...]


def coco_scores(targets: np.ndarray, found: np.ndarray, classes: int) -> CocoScores:
    """Measures detections float32 (n, detections, 6) on targets float32 (n, 1 + boxes, 6)."""
    precision, recall = _evaluated(_truth(targets, classes), _found(found, targets, classes))
    each = [precision[:, :, k, _EVERY, _MOST] for k in range(classes)]
    return CocoScores(
        ap=_mean(precision[:, :, :, _EVERY, _MOST]),
        ap50=_mean(precision[_HALF, :, :, _EVERY, _MOST]),
        ap75=_mean(precision[_THREE_QUARTERS, :, :, _EVERY, _MOST]),
        ap_of_area=tuple(_mean(precision[:, :, :, 1 + area, _MOST]) for area in range(len(AREAS))),
        ar=tuple(_mean(recall[:, :, _EVERY, most]) for most in range(3)),
        ap_of_class=tuple(_mean(one) for one in each),
        ap50_of_class=tuple(_mean(one[_HALF]) for one in each),
    )


def results_of(
    ids: Sequence[str], sizes: np.ndarray, found: np.ndarray, names: Sequence[str], threshold: float = 0.0
) -> JsonObject:
    """Returns detections as COCO's JSON: images, categories, and annotations with scores, all numbered from 1 on.

    Args:
        ids: (n,) the files of the images.
        sizes: (n, 2) their widths and heights, in pixels.
        found: float32 (n, most, 6), the detections.
        names: Of the classes.
        threshold: The least score to be there.
    """
    annotations = [
        _annotation(image, (*box[:4], box[5]), {"iscrowd": 0, "score": float(box[4])}, _short)
        for image, row in enumerate(found)
        for box in row[(row[:, 5] >= 0) & (row[:, 4] >= threshold)].astype("float64")
    ]
    return {
        "images": [
            {"id": number, "file_name": name, "width": int(width), "height": int(height)}
            for number, (name, (width, height)) in enumerate(zip(ids, sizes, strict=True), 1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, 1)],
    }


def _short(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def _evaluated(truth: JsonObject, found: JsonObject) -> tuple[np.ndarray, np.ndarray]:
    """Returns precision (10 IoU, 101 recalls, classes, 4 areas, 3 counts) and recall, without the 101."""
    from faster_coco_eval import COCO, COCOeval_faster

    evaluation = COCOeval_faster(COCO(truth), COCO(found), "bbox", print_function=_silent)
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval["precision"], evaluation.eval["recall"]


def _silent(*words: object) -> None:
    """Says nothing."""


def _mean(values: np.ndarray) -> float | None:
    there = values[values > -1]
    return float(there.mean()) if len(there) else None


def _truth(targets: np.ndarray, classes: int) -> JsonObject:
    annotations = [
        _annotation(image, box, {"iscrowd": int(box[5] > 0)})
        for image, row in enumerate(targets)
        for box in row[1:][row[1:, 4] >= 0].astype("float64")
    ]
    return _numbered(targets, classes, annotations)


def _found(found: np.ndarray, targets: np.ndarray, classes: int) -> JsonObject:
    annotations = [
        _annotation(image, (*box[:4], box[5]), {"iscrowd": 0, "score": float(box[4])})
        for image, row in enumerate(found)
        for box in row[row[:, 5] >= 0].astype("float64")
    ]
    return _numbered(targets, classes, annotations)


def _annotation(
    image: int,
    box: Sequence[float] | np.ndarray,
    more: Mapping[str, float],
    written: Callable[[float], float] = float,
) -> JsonObject:
    x, y, width, height = box[0], box[1], box[2] - box[0], box[3] - box[1]
    numbers = {name: written(each) if name == "score" else each for name, each in more.items()}
    return {
        "image_id": image + 1,
        "category_id": int(box[4]) + 1,
        "bbox": [written(each) for each in (x, y, width, height)],
        "area": written(width * height),
        **numbers,
    }


def _numbered(targets: np.ndarray, classes: int, annotations: list[JsonObject]) -> JsonObject:
    return {
        "images": [
            {"id": number + 1, "width": int(width), "height": int(height)}
            for number, (width, height) in enumerate(targets[:, 0, 2:4])
        ],
        "categories": [{"id": number + 1, "name": str(number)} for number in range(classes)],
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, 1)],
    }
