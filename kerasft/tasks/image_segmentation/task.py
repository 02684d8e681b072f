"""Images with a mask each: which class each pixel is of."""

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
from kerasft.inputs.images.augment_maps import make_map_augment
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.placed import PlacedTask
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.masks.kind import MASKS
from kerasft.targets.masks.options import DECODERS
from kerasft.targets.masks.schema import Masks
from kerasft.tasks.image_segmentation import examining
from kerasft.tasks.image_segmentation.comparison import ImageSegmentationGrid
from kerasft.tasks.image_segmentation.config import MaskModelConfig
from kerasft.tasks.image_segmentation.mediapipe import segmenter_code
from kerasft.tasks.image_segmentation.reading import (
    read_images_with_masks,
    read_labelled_masks,
    restore_mask_splits,
)

if TYPE_CHECKING:
    import keras

    from kerasft.inputs.images.backbones.building import BackboneParts
    from kerasft.networks.own_heads import Head


class ImageSegmentation(PlacedTask[MaskModelConfig]):
    """Images to masks: a decoder on feature maps of the backbone."""

    name = "image_segmentation"
    Config = MaskModelConfig
    targets = MASKS
    Comparison, read = ImageSegmentationGrid, staticmethod(read_images_with_masks)
    labelled, restored = staticmethod(read_labelled_masks), staticmethod(restore_mask_splits)
    answers_of = "the probabilities of"
    strides = (4, 8, 16)
    pipeline_tag = "image-segmentation"

    def outputs(
        self, parts: BackboneParts, prepared: keras.KerasTensor, config: MaskModelConfig, seed: int
    ) -> keras.KerasTensor:
        """Returns logits (batch, size, size, classes) of the feature maps."""
        from kerasft.networks.levels import with_levels
        from kerasft.targets.masks.head import STRIDES, mask_head

        maps = with_levels(parts.backbone, STRIDES)(prepared)
        classes = len(config.class_names)
        return mask_head(maps, classes, config.image_size, config.decoder, config.dropout, seed)

    def chosen_head(self, head: str | Head | None) -> dict[str, object]:
        """Returns the decoder."""
        if head is not None and not isinstance(head, str):
            hint = "use " + ", ".join(DECODERS)
            raise InputError(Problem("masks have decoders and no heads of your own", repr(head)[:80], hint))
        return {} if head is None else {"decoder": head}

    def augment(self, splits: ImageSplits, training: Training) -> Augment | None:
        """Returns what moves images and their masks alike."""
        return make_map_augment(training.augment, flip=training.flip)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with masks."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with masks as training would, and says what is wrong with them."""
        return examining.examine(wish)

    def client_code(self, file: str, encoder: ImageEncoder, io: str, schema: Schema) -> str:
        """Returns code for MediaPipe's ImageSegmenter."""
        return segmenter_code(file, io)

    def drawings(
        self, path: str | Path, answer: np.ndarray, encoder: ImageEncoder, schema: Schema
    ) -> dict[str, bytes]:
        """Returns the mask as a PNG of numbers, and the image under its colours."""
        from kerasft.tasks.image_segmentation.drawing import drawings_of

        return drawings_of(path, answer, encoder, cast(Masks, schema))


TASK = ImageSegmentation()
