"""What a model of masks should beat: the most common class everywhere."""

from __future__ import annotations

from typing import cast

import numpy as np

from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.masks.evaluation import MaskEvaluation
from kerasft.targets.masks.measuring import measure
from kerasft.targets.masks.schema import Masks


def most_common_class(splits: ImageSplits) -> MaskEvaluation:
    """Measures the answer that every pixel of the test split is of the class with the most training pixels.

    Args:
        splits: With masks.
    """
    schema, masks = cast(Masks, splits.schema), np.asarray(splits.test.targets)
    answer = np.zeros((1, 1, 1, len(schema.class_names)), np.float32)
    answer[..., int(np.argmax(schema.shares))] = 1
    everywhere = np.broadcast_to(answer, (*masks.shape, len(schema.class_names)))
    return measure(everywhere, masks, schema, splits.test.ids)
