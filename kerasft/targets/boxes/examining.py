"""Checks of boxes: those that were changed, tiny ones, two on one place, sizes beside the anchors, images without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.findings import ClassCount, Finding, Suspect
from kerasft.data.class_findings import absent_finding, count_classes, few_finding
from kerasft.data.listing import Labelled
from kerasft.targets.boxes.anchors import STRIDES
from kerasft.targets.boxes.geometry import areas, overlaps, to_model
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.spelling import Box, boxes_of_label

TINY = 4  # pixels of the model's image: a shorter side is hard to see
SAME = 0.9  # intersection over union of two boxes, from which on they are on one place
MANY = 0.1  # of all boxes, from which on a finding is more than a note
_BLOCK = 512  # boxes of an image that are compared with all others at once
_CHANGED = {
    "cut": ("cut boxes", "cut at the edge"),
    "outside": ("boxes outside", "left out, lying outside"),
    "empty": ("empty boxes", "left out, having no width or no height"),
}

Trims = Mapping[str, Sequence[tuple[Box, str]]]


def box_findings(
    items: Sequence[Labelled], schema: Boxes, trims: Trims, noun: str
) -> tuple[list[Finding], tuple[ClassCount, ...]]:
    """Returns the findings on the boxes of examples, of which there is one at least, and the counts of the classes.

    Args:
        items: The examples.
        schema: Of their boxes.
        trims: By example, the boxes that are other ones than in the source, and how: "cut", "outside" or "empty".
        noun: What an example is called.
    """
    targets = schema.column(item.label for item in items)
    counts = count_classes(items, schema.present(targets), schema.class_names)
    findings = [
        few_finding(counts, noun),
        absent_finding(counts, noun),
        *(_changed(how, trims, items) for how in _CHANGED),
        *_on_one_place(items),
        *_sizes(items, targets, schema),
        _bare(items, targets, noun),
    ]
    return findings, counts


def shown_box(box: Box) -> str:
    """Returns a box in words: "cat at 12,34 56x78"."""
    return f"{box.name} at {box.x1:.4g},{box.y1:.4g} {box.x2 - box.x1:.4g}x{box.y2 - box.y1:.4g}"


def _changed(how: str, trims: Trims, items: Sequence[Labelled]) -> Finding:
    check, what = _CHANGED[how]
    rows = {item.id: row for row, item in enumerate(items)}
    suspects = tuple(
        Suspect(name, shown_box(box), row=rows.get(name))
        for name, each in trims.items()
        for box, is_so in each
        if is_so == how
    )
    if not suspects:
        return Finding(check, "ok", "none")
    images = len({suspect.id for suspect in suspects})
    found = f"{plural(len(suspects), 'box')} in {plural(images, 'image')} {what}"
    return Finding(check, "warn", found, "look at them: boxes may belong to another image or size", suspects)


def _on_one_place(items: Sequence[Labelled]) -> list[Finding]:
    """Looks for two boxes on one place: of one class the same twice, of two classes a contradiction."""
    twice, contrary = list[Suspect](), list[Suspect]()
    for row, item in enumerate(items):
        boxes = boxes_of_label(item.label)[1]
        for one, other in _pairs(boxes):
            if boxes[one].name == boxes[other].name:
                twice.append(Suspect(item.id, shown_box(boxes[one]), row=row))
            else:
                why = f"{shown_box(boxes[one])}, and {boxes[other].name}"
                contrary.append(Suspect(item.id, why, row=row))
    return [
        _pair_finding(
            "boxes twice", twice, "of one class on the same place", "remove one: the other is never found"
        ),
        _pair_finding(
            "two classes", contrary, "of different classes on the same place", "decide which is right"
        ),
    ]


def _pair_finding(check: str, suspects: list[Suspect], what: str, step: str) -> Finding:
    if not suspects:
        return Finding(check, "ok", "none")
    return Finding(check, "warn", f"{plural(len(suspects), 'pair')} of boxes {what}", step, tuple(suspects))


def _pairs(boxes: Sequence[Box]) -> Iterator[tuple[int, int]]:
    """Yields the places of two boxes that are the same but for a little; crowds lie on others by their nature."""
    single = [place for place, box in enumerate(boxes) if not box.crowd]
    corners = np.array([boxes[place].corners for place in single], float).reshape(-1, 4)
    for start in range(0, len(corners), _BLOCK):
        near = overlaps(corners[start : start + _BLOCK], corners) >= SAME
        for one, other in zip(*np.nonzero(near), strict=True):
            if start + one < other:
                yield single[start + one], single[other]


def _sizes(items: Sequence[Labelled], targets: np.ndarray, schema: Boxes) -> list[Finding]:
    """Compares sizes on the model's image with what it can see there, and with its anchors."""
    rows, places = np.nonzero((targets[:, :, 4] >= 0) & (targets[:, :, 5] == 0))
    if not len(rows):
        return []
    boxes = to_model(targets[..., :4], targets[:, 0, 2:4], schema.image_size, schema.resize)[rows, places]
    sides = np.sort(boxes[:, 2:] - boxes[:, :2], axis=1)
    tiny = np.flatnonzero(sides[:, 0] < TINY)
    tiny = tiny[np.argsort(sides[tiny, 0], kind="stable")]
    suspects = tuple(_tiny(items, targets, schema, int(rows[k]), int(places[k])) for k in tiny)
    level = "warn" if len(tiny) > MANY * len(rows) else "note"
    what = f"{plural(len(tiny), 'box')} of {len(rows)} with a side under {TINY} pixels at {schema.image_size}"
    found = Finding("tiny boxes", "ok", f"no side is under {TINY} pixels at {schema.image_size}")
    if len(tiny):
        step = "train with a larger --image-size, or on tiles of the images"
        found = Finding("tiny boxes", level, what, step, suspects)
    return [found, _beside_anchors(np.sqrt(areas(boxes)), schema.fitted(targets).sides, schema.image_size)]


def _tiny(items: Sequence[Labelled], targets: np.ndarray, schema: Boxes, row: int, place: int) -> Suspect:
    x1, y1, x2, y2, number = map(float, targets[row, place, :5])
    return Suspect(items[row].id, shown_box(Box(schema.class_names[int(number)], x1, y1, x2, y2)), row=row)


def _beside_anchors(sizes: np.ndarray, anchors: Sequence[float], image_size: int) -> Finding:
    least, middle, most = (float(each) for each in np.percentile(sizes, (0, 50, 100)))
    listed = ", ".join(f"{each:.3g}" for each in anchors)
    what = f"as squares from {least:.3g} to {most:.3g} pixels at {image_size}, median {middle:.3g}; anchors of {listed}"
    beneath = float(np.mean(sizes < STRIDES[0]))
    if beneath > MANY:
        step = "train with a larger --image-size, or on tiles of the images"
        found = f"{what}; {beneath:.0%} are smaller than a step of the finest map, {STRIDES[0]} pixels"
        return Finding("box sizes", "warn", found, step)
    return Finding("box sizes", "ok", what)


def _bare(items: Sequence[Labelled], targets: np.ndarray, noun: str) -> Finding:
    bare = [int(row) for row in np.flatnonzero(~(targets[:, :, 4] >= 0).any(axis=1))]
    if not bare:
        return Finding("without boxes", "ok", f"every {noun} has a box")
    what = f"{plural(len(bare), noun)} of {len(items)} without any box"
    step = f"check that nothing on these {noun}s should have one"
    if lacking := _without_any(items, bare):
        step = "give these images with boxes: training refuses a split that has none"
        return Finding(
            "without boxes", "fail", f"no {noun} of the {' or '.join(lacking)} split has a box", step
        )
    level = "warn" if 2 * len(bare) > len(items) else "note"
    return Finding("without boxes", level, what, step, tuple(Suspect(items[row].id, row=row) for row in bare))


def _without_any(items: Sequence[Labelled], bare: Sequence[int]) -> list[str]:
    """Returns the splits that the data has, and in which no example has a box."""
    without = set(bare)
    having = {item.split for row, item in enumerate(items) if row not in without}
    return sorted({item.split for item in items} - having - {""})
