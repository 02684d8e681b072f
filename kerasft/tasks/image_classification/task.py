"""Image classification: raw pictures -> preprocessing of the family -> backbone -> pool -> head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasft.base.errors import Problem
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.grid import Build
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.task import Task
from kerasft.data.batches import Batches
from kerasft.inputs.images import recognising
from kerasft.inputs.images.augment import make_augment
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.columns import LOOK, image_columns_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.images.reading import restore_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.classes.encoding import class_weigher, one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes, class_problems
from kerasft.tasks.image_classification.comparison import ImageComparison, compared_images
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.image_classification.examining import examine_images
from kerasft.tasks.image_classification.reading import read_labelled

if TYPE_CHECKING:
    import keras


class ImageClassification(Task):
    """Pictures to one class of several."""

    name = "image_classification"
    Config = ModelConfig
    inputs, targets = IMAGES, CLASSES
    learning_rates = (1e-3, 3e-4)
    Comparison = ImageComparison

    def build(
        self, config: ModelConfig, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        """Builds the model, from pictures (batch, size, size, 3) 0..255 to float32 logits (batch, classes)."""
        import keras

        from kerasft.inputs.images.backbones import building
        from kerasft.targets.classes import head

        size = config.image_size
        parts = building.build_backbone(config.backbone, size, weights, config=config.backbone_config)
        image = keras.Input((size, size, 3), dtype="float32", name="image")
        features = parts.pool(parts.backbone(parts.preprocess(image)))
        logits = head.classification_head(features, len(config.class_names), config.dropout, seed)
        model = keras.Model(image, logits, name=config.task)
        model.kerasft = replace(config, backbone_config=parts.config)
        return model

    def settled(self, backbone: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Returns image_size, by default the backbone's own, and resize."""
        return {"image_size": given["image_size"] or find(backbone).image_size, "resize": given["resize"]}

    def probe_input(self, model: keras.Model) -> np.ndarray:
        """Returns one picture of noise (1, size, size, 3)."""
        size = model.kerasft.image_size
        return np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype("float32")

    def read_labelled(
        self,
        source: Any,
        schema: Classes,
        encoder: ImageEncoder,
        data: Mapping[str, Any] | None,
        *,
        skip_broken: bool = False,
    ) -> ImageSplit:
        """Reads labelled images; columns that the run named are looked for where they aren't."""
        columns = replace(image_columns_of(data or {}), required=False)
        return read_labelled(
            source,
            schema.class_names,
            encoder.image_size,
            encoder.resize,
            bit_depth=encoder.bit_depth,
            columns=columns,
            skip_broken=skip_broken,
        )

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images."""
        return recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images as training would, and says what is wrong with them."""
        return examine_images(wish)

    def compared(self, config: ImageComparison) -> tuple[ImageSplits, Build]:
        """Reads images, and returns them with what builds a model for them."""
        return compared_images(config)

    def fit_problems(self, splits: ImageSplits, config: ModelConfig) -> list[Problem]:
        """Returns where the pictures have another size or form than the model takes, or other classes."""
        problems = []
        for name in ("image_size", "resize"):
            ours, theirs = getattr(config, name), getattr(splits, name)
            if ours != theirs:
                what = f"the data and the model have another {name}"
                problems.append(Problem(what, f"{theirs} and {ours}", f"give both the same {name}"))
        return problems + class_problems(splits.class_names, config.class_names)

    def adopt_reading(self, model: keras.Model, splits: ImageSplits) -> None:
        """Lets the model's config say how 16-bit files were read, so that whatever is made of it reads them so too."""
        model.kerasft = replace(model.kerasft, bit_depth=splits.bit_depth)

    def objective(self, config: ModelConfig, training: Training) -> Objective:
        """Returns the objective of one class of several."""
        from kerasft.targets.classes import head

        return head.classification_objective(len(config.class_names), training.label_smoothing)

    def make_batches(
        self, model: keras.Model, splits: ImageSplits, training: Training
    ) -> tuple[Batches, Batches]:
        """Returns the training split, shuffled and augmented, and the validation split as it is."""
        import keras

        count = len(splits.class_names)
        compact = keras.backend.backend() != "tensorflow"  # whose batches go through `Batches.dataset`
        train = Batches(
            splits.train.examples,
            splits.train.targets,
            one_hot(count),
            training.batch_size,
            shuffle=True,
            seed=training.seed,
            augment=make_augment(training.augment, splits.image_size, flip=training.flip),
            weigh=class_weigher(splits.train.labels, count) if training.class_weight == "auto" else None,
            compact=compact,
        )
        held_out = splits.validation
        return train, Batches(
            held_out.examples, held_out.targets, one_hot(count), training.batch_size, compact=compact
        )

    def restore_splits(self, path: Path, source: Mapping[str, Any], config: ModelConfig) -> ImageSplits:
        """Reads the pictures of a run again, by its list; see `kerasft.data.splits_file`."""
        columns = image_columns_of(source)
        reading = ImageReading(
            config.image_size, config.resize, config.bit_depth, None if columns == LOOK else columns
        )
        return restore_splits(path, source, CLASSES, CLASSES.schema_of(config), reading)

    def save_assets(self, model: keras.Model, folder: Path) -> None:
        """Pictures need no files besides the weights."""


TASK = ImageClassification()
