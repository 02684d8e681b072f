"""Images with boxes: which things are where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.memory import available_memory
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.inputs.images.augment import Augment
from kerasft.inputs.images.augment_boxes import make_box_augment
from kerasft.inputs.images.columns import LOOK, image_columns_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.inputs.images.task import ImageTask, Preprocess
from kerasft.targets.boxes.anchors import STRIDES, anchors_of
from kerasft.targets.boxes.kind import BOXES
from kerasft.targets.boxes.schema import Boxes
from kerasft.tasks.object_detection import examining
from kerasft.tasks.object_detection.album import Album
from kerasft.tasks.object_detection.comparison import ObjectDetectionGrid
from kerasft.tasks.object_detection.config import BoxModelConfig
from kerasft.tasks.object_detection.mediapipe import detector_code
from kerasft.tasks.object_detection.reading import (
    read_images_with_boxes,
    read_labelled_boxes,
    restore_box_splits,
)

if TYPE_CHECKING:
    import keras

    from kerasft.inputs.images.backbones.building import BackboneParts
    from kerasft.networks.own_heads import Head

_BYTES_OF_AN_ANSWER = 12  # float32 of each number of an anchor, of a file, the run and what is made of them


class ObjectDetection(ImageTask[BoxModelConfig]):
    """Images to boxes: a pyramid on feature maps of the backbone."""

    name = "object_detection"
    Config = BoxModelConfig
    targets = BOXES
    Comparison, read = ObjectDetectionGrid, staticmethod(read_images_with_boxes)
    learning_rates = (3e-3, 1e-3)
    drawn, made = True, 8  # a backbone is built whole, and what lies above its coarsest map goes
    pipeline_tag = "object-detection"

    def outputs(
        self, parts: BackboneParts, prepared: keras.KerasTensor, config: BoxModelConfig, seed: int
    ) -> keras.KerasTensor:
        """Returns raw boxes and logits (batch, anchors, 4 + classes) of the feature maps."""
        from kerasft.networks.levels import levels_of, with_levels
        from kerasft.targets.boxes.head import box_head

        there = levels_of(parts.backbone)
        maps = with_levels(parts.backbone, [each for each in STRIDES if each in there or each == STRIDES[0]])
        return box_head(maps(prepared), len(config.class_names), config.dropout, seed)

    def served(self, model: keras.Model) -> keras.Model:
        """Returns the model with boxes and logits apart: together, integers would have one scale for both."""
        import keras

        outputs = {name: model.get_layer(name).output for name in ("boxes", "logits")}
        return keras.Model(model.input, outputs, name=self.name)

    def chosen_head(self, head: str | Head | None) -> dict[str, object]:
        """Refuses heads of the caller's own: boxes come from a pyramid of feature maps."""
        if head is not None:
            raise InputError(
                Problem(f"{self.name} takes no head of your own", str(head)[:80], "leave it out")
            )
        return {}

    def adopted(
        self, model: keras.Model, splits: ImageSplits, name: str, preprocessing: str | Preprocess
    ) -> keras.Model:
        """Refuses models from elsewhere: they have another head."""
        what = f"{self.name} takes no models from elsewhere"
        raise InputError(Problem(what, model.name, "use kerasft.build_model"))

    def fit_problems(self, splits: ImageSplits, config: BoxModelConfig) -> list[Problem]:
        """Returns, too, that the answers to a split would not fit into memory."""
        problems, most = super().fit_problems(splits, config), max(len(splits.validation), len(splits.test))
        anchors = len(anchors_of(config.image_size, config.sides))
        needed = most * anchors * (4 + len(config.class_names)) * _BYTES_OF_AN_ANSWER
        if needed > available_memory():
            what = f"the answers to {most} images need {needed / 1e9:.1f} GB of memory"
            step = "use a smaller --image-size, or a smaller --test-share and --validation-share"
            problems.append(Problem(what, f"{available_memory() / 1e9:.1f} GB are free", step))
        return problems

    def augment(self, splits: ImageSplits, training: Training) -> Augment | None:
        """Returns what moves images and their boxes alike."""
        return make_box_augment(training.augment, flip=training.flip)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with boxes."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with boxes as training would, and says what is wrong with them."""
        return examining.examine(wish)

    def read_labelled(
        self,
        source: str | Path,
        schema: Schema,
        encoder: ImageEncoder,
        data: JsonFields | None,
        *,
        skip_broken: bool = False,
    ) -> ImageSplit:
        """Reads images with boxes; columns that the run named are looked for where they aren't."""
        columns = replace(image_columns_of(data or {}), required=False)
        reading = ImageReading(encoder.image_size, encoder.resize, encoder.bit_depth, columns)
        return read_labelled_boxes(source, schema, reading, skip_broken)

    def restore_splits(self, path: Path, source: JsonFields, config: BoxModelConfig) -> ImageSplits:
        """Reads the images of a run and their boxes again, by its list."""
        columns = image_columns_of(source)
        named = None if columns == LOOK else columns
        reading = ImageReading(config.image_size, config.resize, config.bit_depth, named)
        return restore_box_splits(path, source, cast(Boxes, self.schema_of(config)), reading)

    def client_code(self, file: str, encoder: ImageEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's ObjectDetector."""
        return detector_code(file, io, cast(Boxes, schema).threshold)

    def drawings(
        self, path: str | Path, answer: np.ndarray, encoder: ImageEncoder, schema: Schema
    ) -> dict[str, bytes]:
        """Returns the image with its boxes."""
        from kerasft.tasks.object_detection.drawing import drawings_of

        return drawings_of(path, answer, encoder, cast(Boxes, schema))

    def album(self, schema: Schema) -> Album:
        """Returns what writes all boxes as COCO's JSON."""
        return Album(cast(Boxes, schema))


TASK = ObjectDetection()
