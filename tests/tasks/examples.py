"""A tiny data set and a tiny model of each task, for what every task is held to."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import kerasft
from kerasft.contract.splits import Splits
from tests import toy_backbone
from tests.conftest import write_pictures

GRADES = ("dark", "dim", "bright", "white")


@dataclass(frozen=True)
class Example:
    """What a task is tried with.

    Args:
        read: Writes data into a folder and reads it.
        build: Builds a model for the splits, with random weights.
        data: In that folder, labelled examples to evaluate on.
        ask: In that folder, or by itself, what is predicted.
        wish: What the doctor is told besides the data.
    """

    read: Callable[[Path], Splits]
    build: Callable[[Splits], Any]
    data: str
    ask: str
    wish: Mapping[str, Any] = field(default_factory=dict)


def _images(folder: Path) -> Splits:
    return kerasft.read_images(write_pictures(folder / "images", per_class=10, size=24), 16)


def _classifier(splits: Splits) -> Any:
    return kerasft.build_model(
        "image_classification", backbone="starter", schema=splits.schema, image_size=16, weights=None
    )


def _brightness(folder: Path) -> Splits:
    """Images of one grey each, and how bright they are."""
    from PIL import Image

    rows = [("path", "brightness")]
    for number in range(40):
        noise = np.random.default_rng(number).integers(0, 8, (16, 16, 3))
        Image.fromarray((noise + 6 * number).astype("uint8")).save(folder / f"{number}.png")
        rows.append((f"{number}.png", str(number / 4)))
    with open(folder / "brightness.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return kerasft.read_images_with_numbers(folder / "brightness.csv", 16, label="brightness")


def _meter(splits: Splits) -> Any:
    return kerasft.build_model(
        "image_regression", backbone=toy_backbone.register(), schema=splits.schema, image_size=16
    )


def _shapes(folder: Path) -> Splits:
    """Images with a bright half on the left, at the top, both or neither."""
    from PIL import Image

    rows = [("path", "labels")]
    for number in range(60):
        left, top = number % 2, number // 2 % 2
        pixels = np.random.default_rng(number).integers(0, 60, (16, 16, 3))
        pixels[:, :8, 0] += 180 * left
        pixels[:8, :, 1] += 180 * top
        Image.fromarray(pixels.astype("uint8")).save(folder / f"{number}.png")
        rows.append((f"{number}.png", "|".join(["left"] * left + ["top"] * top)))
    with open(folder / "halves.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return kerasft.read_images_with_labels(folder / "halves.csv", 16)


def _tagger(splits: Splits) -> Any:
    return kerasft.build_model(
        "image_multilabel", backbone=toy_backbone.register(), schema=splits.schema, image_size=16
    )


def _halves(folder: Path) -> Splits:
    """Images with a bright half, on the left or at the top, and masks of it."""
    from PIL import Image

    for name in ("images", "masks"):
        (folder / "halves" / name).mkdir(parents=True)
    for number in range(48):
        pixels = np.random.default_rng(number).integers(0, 60, (24, 24, 3))
        mask = np.zeros((24, 24), "uint8")
        place = np.s_[:, :12] if number % 2 else np.s_[:12]
        pixels[place][..., number % 2] += 150
        mask[place] = 1 + number % 2
        Image.fromarray(pixels.astype("uint8")).save(folder / f"halves/images/{number:02}.png")
        Image.fromarray(mask).save(folder / f"halves/masks/{number:02}.png")
    return kerasft.read_images_with_masks(folder / "halves", 16)


def _segmenter(splits: Splits) -> Any:
    return kerasft.build_model(
        "image_segmentation", backbone="starter", schema=splits.schema, image_size=16, weights=None
    )


def _blocks(folder: Path) -> Splits:
    """Images twice as wide as high with one or two bright blocks, and the box of each."""
    from PIL import Image

    rows: list[tuple[Any, ...]] = [("path", "x1", "y1", "x2", "y2", "label")]
    (folder / "blocks").mkdir()
    for number in range(48):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 60, (32, 64, 3))
        for left, name in ((2, "red"), (34, "green"))[: 1 + number % 2]:
            x, y, wide, high = (int(each) for each in (left + rng.integers(8), *rng.integers(8, 16, 3)))
            pixels[y : y + high, x : x + wide, ("red", "green").index(name)] += 150
            rows.append((f"{number:02}.png", x, y, x + wide, y + high, name))
        Image.fromarray(pixels.astype("uint8")).save(folder / f"blocks/{number:02}.png")
    with open(folder / "blocks/boxes.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return kerasft.read_images_with_boxes(folder / "blocks/boxes.csv", 64)


def _detector(splits: Splits) -> Any:
    return kerasft.build_model(
        "object_detection", backbone="starter", schema=splits.schema, image_size=64, weights=None
    )


def _texts(folder: Path) -> Splits:
    from tests.text.conftest import write_preset

    write_preset("bert", folder / "bert")
    words = (("lovely", "good"), ("fine", "good"), ("dull", "bad"))
    texts = [f"{word} film number {number},{label}" for word, label in words for number in range(12)]
    (folder / "texts.csv").write_text("\n".join(["text,label", *texts]), "utf-8")
    return kerasft.read_texts(folder / "texts.csv")


def _text_classifier(splits: Splits) -> Any:
    backbone = str(Path(splits.source).with_name("bert"))
    return kerasft.build_model(
        "text_classification", backbone=backbone, schema=splits.schema, sequence_length=16, weights=None
    )


def _tickets(folder: Path) -> Splits:
    from tests.text.conftest import write_preset

    write_preset("bert", folder / "bert")
    words = (("lovely", "good"), ("dull", "bad"), ("lovely and dull", "good|bad"), ("plain", ""))
    texts = [f"a {word} film number {number},{labels}" for word, labels in words for number in range(12)]
    (folder / "tickets.csv").write_text("\n".join(["text,tags", *texts]), "utf-8")
    return kerasft.read_texts_with_labels(folder / "tickets.csv", label="tags")


def _text_tagger(splits: Splits) -> Any:
    backbone = str(Path(splits.source).with_name("bert"))
    return kerasft.build_model(
        "text_multilabel", backbone=backbone, schema=splits.schema, sequence_length=16, weights=None
    )


def _grades(folder: Path) -> Splits:
    """Images of a grey that is darker or brighter, and the name of its grade."""
    from PIL import Image

    rows = [("path", "grade")]
    for number in range(48):
        pixels = np.random.default_rng(number).integers(0, 60, (16, 16, 3)) + 65 * (number % 4)
        Image.fromarray(pixels.astype("uint8")).save(folder / f"{number}.png")
        rows.append((f"{number}.png", GRADES[number % 4]))
    with open(folder / "grades.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return kerasft.read_images_with_order(folder / "grades.csv", 16, label="grade", order=",".join(GRADES))


def _grader(splits: Splits) -> Any:
    return kerasft.build_model(
        "image_ordinal", backbone="starter", schema=splits.schema, image_size=16, weights=None
    )


def _stars(folder: Path) -> Splits:
    from tests.text.conftest import write_preset

    write_preset("bert", folder / "bert")
    words = (("lovely", 5), ("fine", 3.5), ("plain", 3), ("dull", 1))
    texts = [f"a {word} film number {number},{stars}" for word, stars in words for number in range(12)]
    (folder / "stars.csv").write_text("\n".join(["text,stars", *texts]), "utf-8")
    return kerasft.read_texts_with_order(folder / "stars.csv", label="stars")


def _text_grader(splits: Splits) -> Any:
    backbone = str(Path(splits.source).with_name("bert"))
    return kerasft.build_model(
        "text_ordinal", backbone=backbone, schema=splits.schema, sequence_length=16, weights=None
    )


def _texts_with_numbers(folder: Path) -> Splits:
    from tests.text.conftest import write_preset

    write_preset("bert", folder / "bert")
    texts = [
        f"a {word} film number {number},{value + number / 4}"
        for word, value in (("lovely", 9), ("fine", 5), ("dull", 1))
        for number in range(12)
    ]
    (folder / "reviews.csv").write_text("\n".join(["text,points", *texts]), "utf-8")
    return kerasft.read_texts_with_numbers(folder / "reviews.csv", label="points")


def _text_meter(splits: Splits) -> Any:
    backbone = str(Path(splits.source).with_name("bert"))
    return kerasft.build_model(
        "text_regression", backbone=backbone, schema=splits.schema, sequence_length=16, weights=None
    )


def _vectors(folder: Path) -> Splits:
    from vectors_task.task import read_vectors

    rng = np.random.default_rng(0)
    rows = [(*vector, vector.sum() * 3 + 10) for vector in rng.normal(size=(60, 3)).round(3)]
    with open(folder / "vectors.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("a", "b", "c", "value"), *rows])
    return read_vectors(folder / "vectors.csv")


def _regressor(splits: Splits) -> Any:
    return kerasft.build_model("vector_regression", backbone="dense", schema=splits.schema, weights=None)


EXAMPLES = {
    "image_classification": Example(_images, _classifier, "images", "images/circle/000.png"),
    "image_multilabel": Example(_shapes, _tagger, "halves.csv", "7.png"),
    "image_ordinal": Example(_grades, _grader, "grades.csv", "7.png", {"order": GRADES}),
    "image_regression": Example(_brightness, _meter, "brightness.csv", "7.png"),
    "image_segmentation": Example(_halves, _segmenter, "halves", "halves/images/07.png"),
    "object_detection": Example(_blocks, _detector, "blocks/boxes.csv", "blocks/07.png"),
    "text_classification": Example(_texts, _text_classifier, "texts.csv", "a fine film"),
    "text_multilabel": Example(_tickets, _text_tagger, "tickets.csv", "a fine film"),
    "text_ordinal": Example(_stars, _text_grader, "stars.csv", "a fine film", {"label": "stars"}),
    "text_regression": Example(
        _texts_with_numbers, _text_meter, "reviews.csv", "a fine film", {"label": "points"}
    ),
    "vector_regression": Example(_vectors, _regressor, "vectors.csv", "1,2,3"),
}
