"""Images with boxes: which things are where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.inputs.images.augment import Augment
from kerasft.inputs.images.augment_boxes import make_box_augment
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.placed import PlacedTask
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.boxes.anchors import STRIDES
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


class ObjectDetection(PlacedTask[BoxModelConfig]):
    """Images to boxes: a pyramid on feature maps of the backbone."""

    name = "object_detection"
    Config = BoxModelConfig
    targets = BOXES
    Comparison, read = ObjectDetectionGrid, staticmethod(read_images_with_boxes)
    labelled, restored = staticmethod(read_labelled_boxes), staticmethod(restore_box_splits)
    strides = (8,)
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

    def augment(self, splits: ImageSplits, training: Training) -> Augment | None:
        """Returns what moves images and their boxes alike."""
        return make_box_augment(training.augment, flip=training.flip)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with boxes."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with boxes as training would, and says what is wrong with them."""
        return examining.examine(wish)

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
