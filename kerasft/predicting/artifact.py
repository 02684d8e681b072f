"""What answers: a run or an exported file, as callers name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import os

    from kerasft.predicting.predictor import Predictor
    from kerasft.runs.run import Run

# A path is that of a run folder, a bundle, a SavedModel folder, a `.tflite` or an `.onnx` file
Artifact: TypeAlias = "Run | Predictor | str | os.PathLike[str]"
