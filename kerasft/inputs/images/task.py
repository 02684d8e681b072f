"""What tasks of images have in common, whatever the answers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypeVar, cast

import numpy as np

from kerasft.base.errors import Problem
from kerasft.base.json_values import JsonFields
from kerasft.contract.model_config import answer_fields
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema, Split
from kerasft.contract.task import Task
from kerasft.data.batches import Batches
from kerasft.data.given import Given
from kerasft.formats.ladder import LADDER
from kerasft.inputs.images.augment import Augment, make_augment
from kerasft.inputs.images.backbones.catalog import find, known_here_alone
from kerasft.inputs.images.columns import LOOK, image_columns_of
from kerasft.inputs.images.comparison import ImageComparison
from kerasft.inputs.images.config import ImageModelConfig
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.images.reading import read_split, restore_splits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits

if TYPE_CHECKING:
    import keras

    from kerasft.inputs.images.backbones.building import BackboneParts
    from kerasft.networks.own_heads import Head


Preprocess: TypeAlias = "Callable[[keras.KerasTensor], keras.KerasTensor]"
ConfigType = TypeVar("ConfigType", bound=ImageModelConfig)


class ImageTask(Task[ConfigType, ImageSplits, ImageEncoder]):
    """A task of images: raw images -> preprocessing of the family -> backbone -> pool -> head."""

    inputs = IMAGES
    read: ClassVar[Callable[..., ImageSplits]]  # from data, as `kerasft.read_images`
    quantizations: ClassVar[tuple[str, ...]] = LADDER
    learning_rates = (1e-3, 3e-4)

    def head(self, features: keras.KerasTensor, config: ConfigType, seed: int) -> keras.KerasTensor:
        """Returns the float32 outputs of pooled features, a KerasTensor (batch, channels)."""
        return self.targets.learning.head(features, self.schema_of(config), config.dropout, seed)

    def outputs(
        self, parts: BackboneParts, prepared: keras.KerasTensor, config: ConfigType, seed: int
    ) -> keras.KerasTensor:
        """Returns the float32 outputs of images that are preprocessed; by default those of pooled features."""
        from kerasft.networks.own_heads import features_of

        maps = parts.backbone(prepared)
        return self.head(features_of(config.own_head, lambda: parts.pool(maps), maps), config, seed)

    def build(
        self, config: ConfigType, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        """Builds the model, from images (batch, size, size, 3) 0..255 to float32 outputs."""
        import keras

        from kerasft.inputs.images.backbones import building

        size = config.image_size
        parts = building.build_backbone(config.backbone, size, weights, config=config.backbone_config)
        image = keras.Input((size, size, 3), dtype="float32", name="image")
        model = keras.Model(image, self.outputs(parts, parts.preprocess(image), config, seed), name=self.name)
        model.kerasft = replace(config, backbone_config=parts.config)
        return model

    def settled(self, backbone: str, given: Mapping[str, object]) -> dict[str, object]:
        """Returns image_size, by default the backbone's own, resize, and the name of a head of the caller's own."""
        size = given["image_size"] or find(backbone).image_size
        head = cast("str | Head | None", given.get("head"))
        return {"image_size": size, "resize": given["resize"], **self.chosen_head(head)}

    def chosen_head(self, head: str | Head | None) -> dict[str, object]:
        """Returns what the config says of a head that was asked for; by default the name of one of the caller's own.

        Raises:
            InputError: It can't be used.
        """
        from kerasft.networks.own_heads import name_of_head

        return {} if head is None else {"own_head": name_of_head(head)}

    def compared(self, config: ImageComparison) -> tuple[ImageSplits, dict[str, object]]:
        """Reads the images of a comparison."""
        settled = config.settled()
        return self.read(config.data, settled["image_size"], **config.reading()), settled

    def probe_input(self, model: keras.Model) -> np.ndarray:
        """Returns one image of noise (1, size, size, 3)."""
        size = model.kerasft.image_size
        return np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype("float32")

    def read_labelled(
        self,
        source: str | Path,
        schema: Schema,
        encoder: ImageEncoder,
        data: JsonFields | None,
        *,
        skip_broken: bool = False,
    ) -> ImageSplit:
        """Reads images with their answers; columns that the run named are looked for where they aren't."""
        return self.labelled(source, schema, self.reading_of_file(encoder, data), skip_broken)

    def labelled(
        self, source: str | Path, schema: Schema, reading: ImageReading, skip_broken: bool
    ) -> ImageSplit:
        """Reads labelled images to evaluate a model on."""
        return read_split(Given(source, wanted=schema, skip_broken=skip_broken), self.targets, reading)

    def reading_of_file(self, encoder: ImageEncoder, data: JsonFields | None) -> ImageReading:
        """Returns how images are read to evaluate a model on; `data` is what config.json says of its run's."""
        columns = replace(image_columns_of(data or {}), required=False)
        return ImageReading(encoder.image_size, encoder.resize, encoder.bit_depth, columns)

    def reading_of_run(self, config: ConfigType, source: JsonFields) -> ImageReading:
        """Returns how the images of a run were read; `source` is what its config.json says of its data."""
        columns = image_columns_of(source)
        named = None if columns == LOOK else columns
        return ImageReading(config.image_size, config.resize, config.bit_depth, named)

    def fit_problems(self, splits: ImageSplits, config: ConfigType) -> list[Problem]:
        """Returns where the images or their answers are others than the model takes."""
        problems = super().fit_problems(splits, config)
        for name in ("image_size", "resize"):
            ours, theirs = getattr(config, name), getattr(splits, name)
            if ours != theirs:
                what = f"the data and the model have another {name}"
                problems.append(Problem(what, f"{theirs} and {ours}", f"give both the same {name}"))
        return problems

    def adopt_reading(self, model: keras.Model, splits: ImageSplits) -> None:
        """Lets the model's config say how 16-bit files were read, so that whatever is made of it reads them so too."""
        model.kerasft = replace(model.kerasft, bit_depth=splits.bit_depth)

    def adopted(
        self, model: keras.Model, splits: ImageSplits, name: str, preprocessing: str | Preprocess
    ) -> keras.Model:
        """Takes a model apart, registers what is below its last layer as a backbone, and checks what comes out."""
        from kerasft.inputs.images import adopting
        from kerasft.inputs.images.backbones.own import preprocessing_of_own, register_backbone

        parts = adopting.taken_apart(model)
        schema, size = splits.schema, splits.image_size
        head = self.targets.learning.adopt(parts.kernel, parts.bias, parts.activation, schema)
        register_backbone(name, parts.features, preprocessing=preprocessing, image_size=size)
        given = answer_fields(schema, self.Config)
        given |= {"backbone": name, "image_size": size, "resize": splits.resize, "task": self.name}
        built = self.build(cast(ConfigType, self.Config(**given)), "pretrained", 0)
        built.layers[-1].set_weights(list(head))
        preprocess = preprocessing_of_own(name)
        adopting.require_same(parts, built, preprocess, splits.validation.examples)
        return built

    def notes(self, config: ConfigType) -> list[str]:
        """Returns that a backbone or a head is known to this process alone."""
        from kerasft.networks.own_heads import head_notes

        if not known_here_alone(config.backbone):
            return head_notes(config.own_head)
        needs = "the run has its weights, and needs kerasft.register_backbone again wherever it is opened"
        return [f"the backbone {config.backbone} is of your own: {needs}", *head_notes(config.own_head)]

    def make_batches(
        self, model: keras.Model, splits: ImageSplits, training: Training
    ) -> tuple[Batches, Batches]:
        """Returns the training split, shuffled and augmented, and the validation split as it is."""
        import keras

        learning = self.targets.learning
        encode = learning.encode(splits.schema)
        compact = keras.backend.backend() != "tensorflow"  # whose batches go through `Batches.dataset`
        train, held_out = splits.train, splits.validation
        return Batches(
            train.examples,
            train.targets,
            encode,
            training.batch_size,
            shuffle=True,
            seed=training.seed,
            augment=self.augment(splits, training),
            weigh=learning.weigh(train.targets, splits.schema, training),
            draw=learning.draw(train.targets, splits.schema, training),
            compact=compact,
        ), Batches(held_out.examples, held_out.targets, encode, training.batch_size, compact=compact)

    def seen_in_training(self, split: Split, splits: ImageSplits, training: Training) -> Split | None:
        """Returns images as one augmentation makes them, rounded to uint8."""
        augment = self.augment(splits, training)
        if augment is None:
            return None
        encoded = cast(np.ndarray, self.targets.learning.encode(splits.schema)(split.targets))
        images, _ = augment(np.asarray(split.examples), encoded, training.seed)
        seen = np.clip(np.rint(images), 0, 255).astype("uint8")
        return ImageSplit(split.name, seen, split.targets, split.ids, split.hashes)

    def augment(self, splits: ImageSplits, training: Training) -> Augment | None:
        """Returns what changes images and their encoded answers while training; None: nothing does."""
        return make_augment(training.augment, splits.image_size, flip=training.flip)

    def restore_splits(self, path: Path, source: JsonFields, config: ConfigType) -> ImageSplits:
        """Reads the images of a run again, by its list; see `kerasft.data.splits_file`."""
        return self.restored(path, source, self.schema_of(config), self.reading_of_run(config, source))

    def restored(self, path: Path, source: JsonFields, schema: Schema, reading: ImageReading) -> ImageSplits:
        """Reads the images of a run again, given its list and what its config says of the data."""
        return restore_splits(path, source, self.targets, schema, reading)
