"""kerasft: fine-tune a pretrained Keras backbone in two phases, and ship the file that was measured.

The names below are loaded when they are first used, so that `import kerasft` and `kerasft --help` are
instant: neither Keras nor TensorFlow is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kerasft.environment import prepare as _prepare
from kerasft.keras_settings import require_backend as _require_backend

if TYPE_CHECKING:
    from kerasft.benchmarking import benchmark
    from kerasft.bundling import bundle, extract
    from kerasft.comparing.artifacts import compare
    from kerasft.comparing.lecture import compare_ways
    from kerasft.config import ModelConfig, Phase, Training, two_phases
    from kerasft.data import Split, Splits, read_images, read_labelled, read_labelled_texts, read_texts
    from kerasft.doctor import Diagnosis, check_environment, diagnose, write_page
    from kerasft.errors import GateError, InputError, KerasftError, UnavailableError
    from kerasft.evaluation import evaluate, tfidf_baseline
    from kerasft.explaining import explain
    from kerasft.exporting import export, export_later
    from kerasft.learning_rates import LearningRates, find_learning_rate
    from kerasft.model import build_model
    from kerasft.predicting import predict_many
    from kerasft.prediction import predict
    from kerasft.reporting import report
    from kerasft.run import Run
    from kerasft.starting import start_from
    from kerasft.tasks.text_classification import measure_lengths
    from kerasft.training import fine_tune, resume

__version__ = "0.1.0"

_HOME = {
    "GateError": "errors", "InputError": "errors", "KerasftError": "errors", "UnavailableError": "errors",
    "ModelConfig": "config", "Phase": "config", "Training": "config", "two_phases": "config",
    "Split": "data", "Splits": "data", "read_images": "data", "read_labelled": "data",
    "read_texts": "data", "read_labelled_texts": "data", "measure_lengths": "tasks.text_classification",
    "benchmark": "benchmarking", "bundle": "bundling", "extract": "bundling",
    "Diagnosis": "doctor", "check_environment": "doctor", "diagnose": "doctor", "write_page": "doctor",
    "build_model": "model", "start_from": "starting", "fine_tune": "training",
    "resume": "training", "Run": "run",
    "evaluate": "evaluation", "tfidf_baseline": "evaluation", "predict": "prediction",
    "predict_many": "predicting", "export": "exporting", "export_later": "exporting",
    "explain": "explaining",
    "report": "reporting", "compare": "comparing.artifacts", "compare_ways": "comparing.lecture",
    "LearningRates": "learning_rates", "find_learning_rate": "learning_rates",
}  # fmt: skip
__all__ = sorted(_HOME)

_WITHOUT_KERAS = ("Diagnosis", "check_environment", "write_page")  # and errors and configs

# The one thing done at import: these switches have no effect once TensorFlow is loaded.
_prepare()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        if _HOME[name] not in ("errors", "config") and name not in _WITHOUT_KERAS:
            _require_backend()
        value = getattr(importlib.import_module(f"kerasft.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'kerasft' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
