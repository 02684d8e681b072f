"""A vector to a number: everything that is special about the task."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.contract.plan import Training
from kerasft.contract.splits import Split, Splits
from kerasft.contract.task import Task
from kerasft.data.batches import Batches
from kerasft.data.listing import Item
from kerasft.data.placing import Wish
from kerasft.data.reading import Found, draw_splits, restored, split_of
from kerasft.data.splits_file import read_split_rows
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from vectors_task.vectors import VECTORS, Rows, VectorEncoder, VectorReading


@dataclass(frozen=True)
class VectorConfig:
    """All that is needed to build a model again, without its weights."""

    backbone: str
    numbers: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    width: int = 3
    dropout: float = 0.1
    task: str = "vector_regression"


def read_items(source: Path) -> list[Item]:
    """Reads a CSV: all columns but the last are the vector, the last is the number."""
    spelling = NUMBERS.spelling((), None)
    try:
        with open(source, encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
    except (OSError, ValueError) as error:
        raise InputError(Problem("the table can't be read", str(source))) from error
    return [
        Item(f"row {number}", spelling.label_of(value), np.array(vector, "float32"))
        for number, (*vector, value) in enumerate(rows, 1)
    ]


def read_vectors(source: Path, seed: int = 0) -> Splits:
    """Reads a CSV and draws the splits."""
    found = Found(
        Rows(read_items(source)), Numbers(("value",)), VECTORS.column_of_table, (), {"source": str(source)}
    )
    splits = draw_splits(found, Wish(seed=seed), VectorReading(), Splits, skip_broken=False)
    return replace(splits, schema=splits.schema.fitted(splits.train.targets, "value"))


class VectorRegression(Task):
    name = "vector_regression"
    Config = VectorConfig
    inputs, targets = VECTORS, NUMBERS
    learning_rates = (1e-2, 1e-3)

    def build(
        self, config: VectorConfig, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        vector = keras.Input((config.width,), name="vector")
        inner = keras.Input((config.width,))
        x = keras.layers.Dense(16, activation="relu", name="first")(inner)
        x = keras.layers.Dense(16, activation="relu", name="second")(x)
        features = keras.Model(inner, x, name="backbone")(vector)
        number = self.targets.learning.head(features, self.schema_of(config), config.dropout, seed)
        model = keras.Model(vector, number, name=config.task)
        model.kerasft = config
        return model

    def settled(self, backbone: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def probe_input(self, model: keras.Model) -> np.ndarray:
        return np.ones((1, model.kerasft.width), "float32")

    def make_batches(self, model: keras.Model, splits: Splits, training: Training) -> tuple[Batches, Batches]:
        encode, size = self.targets.learning.encode(splits.schema), training.batch_size
        train, held_out = (
            (split.examples, split.targets, encode, size) for split in (splits.train, splits.validation)
        )
        return Batches(*train, shuffle=True, seed=training.seed), Batches(*held_out)

    def restore_splits(self, path: Path, source: Mapping[str, Any], config: VectorConfig) -> Splits:
        schema = self.schema_of(config)
        wanted = read_split_rows(path, schema)
        rows = Rows([item for item in read_items(Path(source["source"])) if item.id in wanted])
        return restored(rows, wanted, {}, Splits, source, schema, VectorReading())

    def read_labelled(
        self, source: Any, schema: Numbers, encoder: VectorEncoder, data: Any, *, skip_broken: bool = False
    ) -> Split:
        return split_of("test", Rows(read_items(Path(source))), slice(None), schema, Split)


TASK = VectorRegression()
