"""What the grid of `kerasft compare TASK` asks about texts and their models, whatever the answers are."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.contract.grid import TEST_SHARE, UNUSED_SHARE
from kerasft.inputs.texts.options import TextModel, TextReading


@dataclass(frozen=True)
class TextComparison(TextModel, TextReading):
    """Texts, and the rates that suit their backbones."""

    head_learning_rate: float = 1e-2
    tune_learning_rate: float = 1e-4
    full_learning_rate: float = 1e-4
    scratch_learning_rate: float = 3e-4
    test_share: float = TEST_SHARE
    validation_share: float = UNUSED_SHARE
