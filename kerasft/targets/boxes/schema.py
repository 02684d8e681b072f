"""Boxes around things: which classes there are, and how an image lists its boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from kerasft.base.class_names import class_name_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.options import is_number
from kerasft.base.resizing import RESIZES
from kerasft.base.wording import plural, shorten
from kerasft.contract.answers import Memberships
from kerasft.targets.boxes.anchors import STRIDES, sides_of
from kerasft.targets.boxes.geometry import to_model
from kerasft.targets.boxes.spelling import Box, boxes_of_label, is_label, label_of_boxes

FRAME, UNUSED = -2, -1  # in the place of a class: the image itself, and no box
MOST_CLASSES = 1000
MULTIPLE = max(STRIDES)  # of which the side of images is a multiple
THRESHOLD = 0.25  # of a score, from which on a box is shown, before one is chosen
_FEWEST = 6  # images with a class, from which on every split gets some


@dataclass(frozen=True)
class Boxes:
    """The classes of boxes.

    Targets are float32 (n, 1 + most, 6). The first row of an image is the image itself, (0, 0, width, height, -2, 0);
    each other is x1, y1, x2, y2 in pixels of the original image, the number of the class, and 1 where it marks a crowd:
    things that were not told apart, or are too difficult to count. In rows that are not used the class is -1.

    Args:
        class_names: Their names, in the order of the outputs.
        image_size: Side of the images that the model sees, in pixels.
        resize: How images are brought to that size: "stretch", "crop" or "letterbox".
        sides: Of the anchors of each feature map, in pixels of these images; () before they are chosen.
        counts: How many training boxes each class has; () where that isn't known.
        threshold: The score from which on a box is shown. It is not what boxes mean: schemas with other ones are equal.
        form: How a file gives boxes: "anchors" (raw boxes and all scores) or "boxes" (finished ones). Nor is this.
    """

    noun: ClassVar[str] = "classes"
    conflict: ClassVar[str] = "there with other boxes"

    class_names: tuple[str, ...]
    image_size: int
    resize: str = "stretch"
    sides: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    threshold: float = field(default=THRESHOLD, compare=False)
    form: str = field(default="anchors", compare=False)

    def __str__(self) -> str:
        return f"{plural(len(self.class_names), 'class')} of boxes"

    def allows(self, label: str) -> bool:
        """Returns whether it lists boxes of these classes."""
        return is_label(label) and {box.name for box in boxes_of_label(label)[1]} <= set(self.class_names)

    def column(self, labels: Iterable[str]) -> np.ndarray:
        """Returns the targets, float32 (n, 1 + most, 6), of labels."""
        listed = [boxes_of_label(label) for label in labels]
        places = {name: place for place, name in enumerate(self.class_names)}
        found = np.zeros(
            (len(listed), 1 + max((len(boxes) for _, boxes in listed), default=0), 6), np.float32
        )
        found[:, :, 4] = UNUSED
        for row, (size, boxes) in enumerate(listed):
            found[row, 0] = (0, 0, *size, FRAME, 0)
            for place, box in enumerate(boxes, start=1):
                found[row, place] = (*box.corners, places[box.name], box.crowd)
        return found

    def on_model(self, targets: np.ndarray) -> list[np.ndarray]:
        """Returns the boxes of each target, float32 (k, 6), as they lie on the model's image."""
        moved = to_model(targets[..., :4], targets[:, 0, 2:4], self.image_size, self.resize)
        placed = np.concatenate([moved, targets[..., 4:]], axis=-1)
        return [rows[rows[:, 4] >= 0] for rows in placed]

    def to_text(self, targets: np.ndarray, row: int) -> str:
        """Returns the label of an image; see `kerasft.targets.boxes.spelling`."""
        frame, rest = targets[row, 0], targets[row, 1:]
        boxes = []
        for x1, y1, x2, y2, place, crowd in rest[rest[:, 4] >= 0].tolist():
            boxes.append(Box(self.class_names[int(place)], x1, y1, x2, y2, bool(crowd)))
        return label_of_boxes((int(frame[2]), int(frame[3])), boxes)

    def present(self, targets: np.ndarray) -> np.ndarray:
        """Returns bool (n, classes): which classes each image has, crowds apart."""
        classes = np.where(targets[..., 5] > 0, UNUSED, targets[..., 4])
        return np.stack([(classes == place).any(axis=1) for place in range(len(self.class_names))], axis=1)

    def strata(self, targets: np.ndarray) -> Memberships | None:
        """Returns the classes that are in enough images for every split to get some; None where no class is."""
        present = self.present(targets)
        common = np.flatnonzero(present.sum(axis=0) >= _FEWEST)
        if not len(common):
            return None
        return Memberships("class", tuple(self.class_names[each] for each in common), present[:, common])

    def few_hint(self, labels: Sequence[str]) -> str:
        """Returns no hint."""
        return ""

    def notes(self, targets: Mapping[str, np.ndarray], noun: str) -> list[str]:
        """Returns remarks on classes that a split lacks, and on images without boxes."""
        names, notes = np.array(self.class_names), []
        for name, each in targets.items():
            if not len(each):
                continue
            present = self.present(each)
            if len(missing := names[~present.any(axis=0)]):
                notes.append(f"the {name} split has no boxes of: {shorten(missing)}")
            if empty := int((~present.any(axis=1)).sum()):
                notes.append(
                    f"{plural(empty, noun)} of the {name} split {'has' if empty == 1 else 'have'} no boxes"
                )
        return notes

    def fitted(self, train: np.ndarray) -> Boxes:
        """Returns the schema with the anchors and the counts of the training boxes."""
        classes = train[..., 4][(train[..., 4] >= 0) & (train[..., 5] == 0)].astype(int)
        counts = np.bincount(classes, minlength=len(self.class_names))
        return replace(
            self, sides=sides_of(train, self.image_size, self.resize), counts=tuple(map(int, counts))
        )


def fields_of(values: JsonFields) -> Boxes:
    """Returns the schema in a config or a description.

    Raises:
        ValueError: A value can't be used; the text says which.
    """
    names, size, resize = (values.get(key) for key in ("class_names", "image_size", "resize"))
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError("class_names is not a list of names")
    problems = class_name_problems(names, "class_names")
    if problems or not 1 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
        raise ValueError(
            f"class_names is not a list of 1 to {MOST_CLASSES} different names ({shorten(names)})"
        )
    if not isinstance(size, int) or isinstance(size, bool) or not MULTIPLE <= size <= 4096 or size % MULTIPLE:
        raise ValueError(f"image_size is {size!r:.60}, no multiple of {MULTIPLE} up to 4096")
    if resize not in RESIZES:
        raise ValueError(f"resize is {resize!r:.60}")
    sides, counts = values.get("sides") or (), values.get("counts") or ()
    if not _numbers(sides, len(STRIDES)) or not all(0 < each <= 4096 for each in sides):
        raise ValueError(f"sides is not a list of {len(STRIDES)} numbers of pixels")
    if not _numbers(counts, len(names)) or not all(each >= 0 and each == int(each) for each in counts):
        raise ValueError(f"counts is not a list of {len(names)} whole numbers")
    return Boxes(tuple(names), size, str(resize), tuple(map(float, sides)), tuple(map(int, counts)))


def _numbers(values: object, count: int) -> bool:
    """Whether it is a list of so many finite numbers, or of none."""
    return isinstance(values, list | tuple) and len(values) in (0, count) and all(map(is_number, values))
