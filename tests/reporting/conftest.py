"""Made-up splits and answers: any number of classes and rows, without a model."""

from types import SimpleNamespace

import numpy as np
import pytest

from kerasft.contract.objective import Better
from kerasft.contract.sections import Explained, Reported
from kerasft.inputs.images import show as images_show
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.inputs.texts import show as texts_show
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.texts import TextColumns, TextReading, TextSplit, TextSplits
from kerasft.reporting import build_page
from kerasft.reporting.facts import Facts
from kerasft.targets.classes.measuring import measure
from kerasft.targets.classes.report import class_sections
from kerasft.targets.classes.schema import Classes
from kerasft.training.history import Epoch

DIGEST = "0" * 64


def labels_of(rng, count, classes):
    return np.sort(np.append(np.arange(classes), rng.integers(0, classes, count - classes))).astype("int32")


def picture_splits(names, tests=60, size=8, seed=0):
    rng, classes = np.random.default_rng(seed), len(names)

    def split(name, count):
        labels = labels_of(rng, count, classes)
        noise = rng.integers(0, 256, (1 if size > 16 else count, size, size, 3)).astype("uint8")
        images = np.broadcast_to(
            noise, (count, size, size, 3)
        )  # large ones are all the same, for the memory's sake
        ids = tuple(f"{names[label]}/{row}.jpg" for row, label in enumerate(labels))
        return ImageSplit(name, images, labels, ids, (DIGEST,) * count)

    parts = split("train", 4 * classes), split("validation", classes), split("test", tests)
    return ImageSplits(*parts, Classes(tuple(names)), ImageReading(size), "/data/birds", 0)


def text_splits(names, tests=60, pairs=False, seed=0, text="a text"):
    rng, classes = np.random.default_rng(seed), len(names)

    def split(name, count):
        labels = labels_of(rng, count, classes)
        texts = tuple(f"{text} {row} of {name}" for row in range(count))
        halves = tuple(f"its other half {row}" for row in range(count)) if pairs else None
        return TextSplit(
            name,
            Texts(texts, halves),
            labels,
            tuple(f"m.csv:{row}" for row in range(count)),
            (DIGEST,) * count,
        )

    parts = split("train", 4 * classes), split("validation", classes), split("test", tests)
    reading = TextReading(TextColumns(text_pair="pair" if pairs else None))
    return TextSplits(*parts, schema=Classes(tuple(names)), reading=reading, source="/data/m.csv", seed=0)


def answers(splits, right=0.8, seed=0):
    """Returns an `Evaluation` of the test split in which about this share is right; mistakes go to the next class."""
    rng, labels = np.random.default_rng(seed), splits.test.labels
    rows, classes = np.arange(len(labels)), len(splits.class_names)
    logits = rng.normal(0, 1, (len(labels), classes))
    wrong = rng.random(len(labels)) >= right
    logits[rows, np.where(wrong, (labels + 1) % classes, labels)] += 6
    powers = np.exp(logits)
    return measure(labels, powers / powers.sum(1, keepdims=True), splits.class_names, splits.test.ids)


def facts(title="birds", **changes):
    reached = {"accuracy": 0.9, "val_accuracy": 0.8, "val_log_loss": 0.5}
    values = {
        "config": {
            "model": {"task": "image_classification", "backbone": "starter"},
            "versions": {"keras": "3.15.1"},
        },
        "history": tuple(
            Epoch("head" if epoch < 3 else "tune", epoch, 1e-3, 1.5, 1 / epoch, 0.8 / epoch, reached)
            for epoch in range(1, 7)
        ),
        "phases": (
            {
                "name": "head", "unfreeze": "0", "learning_rate": 1e-3, "epochs": 2, "best_epoch": 2,
                "metrics": {"val_accuracy": 0.8, "val_log_loss": 0.5},
                "layers": ["logits"], "parameters": 1930, "features": "pooled features",
                "saved": "", "seconds": 83.4,
            },
        ),
        "best": "head",
        "better": Better("accuracy", higher=True),
        "shown": "head",
        "exports": (),
        "calibration": None,
        "command": "kerasft train image-classification",
        "hashes": {"splits.csv": DIGEST},
    }  # fmt: skip
    return Facts(title, **{**values, **changes})


def showing_of(splits):
    return images_show.SHOWING if isinstance(splits, ImageSplits) else texts_show.SHOWING


def page(facts, splits, evaluation, groups=None, explained=None):
    """Returns the page of a report, as `kerasft.report` builds it."""
    showing, data = showing_of(splits), facts.config.get("data", {})
    reported = Reported(
        splits, evaluation, facts.shown, data, facts.calibration, explained or Explained(), groups
    )
    return build_page(facts, splits, class_sections(reported, showing), showing.augmented)


@pytest.fixture(scope="session")
def made_up():
    """The makers above: `made_up.picture_splits(["a", "b"])`."""
    return SimpleNamespace(
        picture_splits=picture_splits,
        text_splits=text_splits,
        answers=answers,
        facts=facts,
        page=page,
        showing_of=showing_of,
    )
