"""What `kerasft compare text-classification` takes, and the models that it trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasft.contract.grid import TEST_SHARE, UNUSED_SHARE, Build, Grid
from kerasft.inputs.texts.options import TextModel, TextReading
from kerasft.inputs.texts.texts import TextSplits
from kerasft.tasks.text_classification.reading import read_texts

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TextComparison(TextModel, Grid, TextReading):
    """The grid on texts."""

    head_learning_rate: float = 1e-2
    tune_learning_rate: float = 1e-4
    full_learning_rate: float = 1e-4
    scratch_learning_rate: float = 3e-4
    test_share: float = TEST_SHARE
    validation_share: float = UNUSED_SHARE


def compared_texts(config: TextComparison) -> tuple[TextSplits, Build]:
    """Returns the texts, and what builds a model for them; see `Task.compared`."""
    from kerasft.inputs.texts.measuring import measure_lengths
    from kerasft.runs.model import build_model

    splits = read_texts(config.data, **config.reading())
    lengths = measure_lengths(splits, config.backbone, config.sequence_length)

    def build(pretrained: bool, seed: int) -> keras.Model:
        return build_model(
            "text_classification", backbone=config.backbone, class_names=splits.class_names,
            dropout=config.dropout, sequence_length=lengths.sequence_length, precision="float32", seed=seed,
            weights=config.weights if pretrained else None,
        )  # fmt: skip

    return splits, build
