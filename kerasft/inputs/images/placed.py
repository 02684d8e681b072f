"""What tasks of images have in common whose answers lie on the images: masks, boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from kerasft.base.errors import InputError, Problem
from kerasft.base.memory import available_memory
from kerasft.inputs.images.backbones.catalog import find
from kerasft.inputs.images.splits import ImageSplit, ImageSplits
from kerasft.inputs.images.task import ConfigType, ImageTask, Preprocess

if TYPE_CHECKING:
    import keras

_BYTES_OF_A_NUMBER = 12  # float32 of a file, the run and what is made of them


class PlacedTask(ImageTask[ConfigType]):
    """A task of images with a decoder on feature maps, whose answers are large and read from files of their own.

    Attributes:
        labelled: Reads labelled images to evaluate a model on, given source, schema, reading and `skip_broken`.
        restored: Reads the images of a run again, given its list, what its config says of the data, schema and reading.
        strides: Of the feature maps that its decoder can't do without.
        answers_of: How its answers are called: "the answers to".
    """

    learning_rates = (3e-3, 1e-3)
    # a backbone is built whole, and what lies above its coarsest map goes, which is most of some
    drawn, made = True, 8
    labelled: ClassVar[Callable[..., ImageSplit]]
    restored: ClassVar[Callable[..., ImageSplits]]
    answers_of: ClassVar[str] = "the answers to"
    strides: ClassVar[tuple[int, ...]]

    def settled(self, backbone: str, given: Mapping[str, object]) -> dict[str, object]:
        """Refuses, before its weights are fetched, a backbone whose maps no size would make fit; else as for images."""
        if lacking := [str(each) for each in self.strides if each in find(backbone).lacks]:
            what = f"the backbone has no feature map of stride {', '.join(lacking)} at any size"
            raise InputError(Problem(what, backbone, "use another backbone, such as mobilenet_v3_small"))
        return super().settled(backbone, given)

    def adopted(
        self, model: keras.Model, splits: ImageSplits, name: str, preprocessing: str | Preprocess
    ) -> keras.Model:
        """Refuses models from elsewhere: they have another decoder."""
        what = f"{self.name} takes no models from elsewhere"
        raise InputError(Problem(what, model.name, "use kerasft.build_model"))

    def fit_problems(self, splits: ImageSplits, config: ConfigType) -> list[Problem]:
        """Returns, too, that the answers to a split would not fit into memory."""
        problems, most = super().fit_problems(splits, config), max(len(splits.validation), len(splits.test))
        numbers = math.prod(self.targets.answer_shape(self.schema_of(config)))
        needed = most * numbers * _BYTES_OF_A_NUMBER
        if needed > available_memory():
            what = f"{self.answers_of} {most} images need {needed / 1e9:.1f} GB of memory"
            step = "use a smaller --image-size, or a smaller --test-share and --validation-share"
            problems.append(Problem(what, f"{available_memory() / 1e9:.1f} GB are free", step))
        return problems
