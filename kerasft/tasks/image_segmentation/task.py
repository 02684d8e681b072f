"""Images with a mask each: which class each pixel is of."""

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
from kerasft.inputs.images.augment_maps import make_map_augment
from kerasft.inputs.images.columns import LOOK, image_columns_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.inputs.images.task import ImageTask, Preprocess
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

_BYTES_OF_AN_ANSWER = 12  # float32 of each class and pixel, of a file, the run and what is made of them


class ImageSegmentation(ImageTask[MaskModelConfig]):
    """Images to masks: a decoder on feature maps of the backbone."""

    name = "image_segmentation"
    Config = MaskModelConfig
    targets = MASKS
    Comparison, read = ImageSegmentationGrid, staticmethod(read_images_with_masks)
    learning_rates = (3e-3, 1e-3)
    drawn, made = True, 8  # a backbone is built whole, and what lies above 16 pixels a step is most of it
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

    def adopted(
        self, model: keras.Model, splits: ImageSplits, name: str, preprocessing: str | Preprocess
    ) -> keras.Model:
        """Refuses models from elsewhere: they have another decoder."""
        what = f"{self.name} takes no models from elsewhere"
        raise InputError(Problem(what, model.name, "use kerasft.build_model"))

    def fit_problems(self, splits: ImageSplits, config: MaskModelConfig) -> list[Problem]:
        """Returns, too, that the answers to a split would not fit into memory."""
        problems, most = super().fit_problems(splits, config), max(len(splits.validation), len(splits.test))
        needed = most * config.image_size**2 * len(config.class_names) * _BYTES_OF_AN_ANSWER
        if needed > available_memory():
            what = f"the probabilities of {most} images need {needed / 1e9:.1f} GB of memory"
            step = "use a smaller --image-size, or a smaller --test-share and --validation-share"
            problems.append(Problem(what, f"{available_memory() / 1e9:.1f} GB are free", step))
        return problems

    def augment(self, splits: ImageSplits, training: Training) -> Augment | None:
        """Returns what moves images and their masks alike."""
        return make_map_augment(training.augment, flip=training.flip)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images with masks."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images with masks as training would, and says what is wrong with them."""
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
        """Reads images with masks; columns that the run named are looked for where they aren't."""
        columns = replace(image_columns_of(data or {}), required=False)
        reading = ImageReading(encoder.image_size, encoder.resize, encoder.bit_depth, columns)
        return read_labelled_masks(source, schema, reading, skip_broken)

    def restore_splits(self, path: Path, source: JsonFields, config: MaskModelConfig) -> ImageSplits:
        """Reads the images of a run and their masks again, by its list."""
        columns = image_columns_of(source)
        named = None if columns == LOOK else columns
        reading = ImageReading(config.image_size, config.resize, config.bit_depth, named)
        return restore_mask_splits(path, source, cast(Masks, self.schema_of(config)), reading)

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
