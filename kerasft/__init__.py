"""kerasft: fine-tune a pretrained Keras backbone in two phases, and ship the file that was measured.

The names below are loaded when they are first used, so that `import kerasft` and `kerasft --help` are
instant: neither Keras nor TensorFlow is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kerasft.base.environment import prepare as _prepare

if TYPE_CHECKING:
    from kerasft.base.errors import GateError, InputError, KerasftError, UnavailableError
    from kerasft.benchmarking import benchmark
    from kerasft.comparing.artifacts import compare
    from kerasft.comparing.lecture import compare_ways
    from kerasft.comparing.page import write_comparison
    from kerasft.contract.plan import Phase, Training, two_phases
    from kerasft.contract.splits import Split, Splits
    from kerasft.doctor import Diagnosis, check_environment, diagnose, write_page
    from kerasft.explaining import explain
    from kerasft.exporting import export, export_later
    from kerasft.inputs.images.backbones.own import register_backbone
    from kerasft.inputs.texts.measuring import measure_lengths
    from kerasft.networks.own_heads import register_head
    from kerasft.predicting.evaluate import evaluate, phase_scores
    from kerasft.predicting.many import predict_many
    from kerasft.predicting.predict import predict, predict_frame
    from kerasft.reporting import report
    from kerasft.runs.adopting import run_from_model
    from kerasft.runs.bundling import bundle, extract
    from kerasft.runs.model import build_model
    from kerasft.runs.run import Run
    from kerasft.runs.starting import start_from
    from kerasft.tasks.image_classification.config import ModelConfig
    from kerasft.tasks.image_classification.reading import read_images, read_labelled
    from kerasft.tasks.image_multilabel.baseline import one_vs_rest_of_pixels
    from kerasft.tasks.image_multilabel.reading import read_images_with_labels
    from kerasft.tasks.image_ordinal.baseline import logistic_of_pixels
    from kerasft.tasks.image_ordinal.reading import read_images_with_order
    from kerasft.tasks.image_regression.baseline import ridge_on_features
    from kerasft.tasks.image_regression.reading import read_images_with_numbers
    from kerasft.tasks.image_segmentation.baseline import most_common_class
    from kerasft.tasks.image_segmentation.reading import read_images_with_masks
    from kerasft.tasks.object_detection.reading import read_images_with_boxes
    from kerasft.tasks.text_classification.baseline import tfidf_baseline
    from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
    from kerasft.tasks.text_multilabel.baseline import tfidf_one_vs_rest
    from kerasft.tasks.text_multilabel.reading import read_texts_with_labels
    from kerasft.tasks.text_ordinal.baseline import tfidf_order
    from kerasft.tasks.text_ordinal.reading import read_texts_with_order
    from kerasft.tasks.text_regression.baseline import tfidf_ridge
    from kerasft.tasks.text_regression.reading import read_texts_with_numbers
    from kerasft.training.fine_tune import fine_tune, resume
    from kerasft.training.learning_rates import LearningRates, find_learning_rate, plot_learning_rates
    from kerasft.training.own import Own

__version__ = "0.1.0"

_HOME = {
    "GateError": "base.errors", "InputError": "base.errors", "KerasftError": "base.errors",
    "UnavailableError": "base.errors", "ModelConfig": "tasks.image_classification.config", "Phase": "contract.plan",
    "Training": "contract.plan", "two_phases": "contract.plan", "Split": "contract.splits",
    "Splits": "contract.splits", "read_images": "tasks.image_classification.reading",
    "read_labelled": "tasks.image_classification.reading",
    "read_images_with_labels": "tasks.image_multilabel.reading",
    "one_vs_rest_of_pixels": "tasks.image_multilabel.baseline",
    "read_images_with_order": "tasks.image_ordinal.reading", "logistic_of_pixels": "tasks.image_ordinal.baseline",
    "read_texts_with_order": "tasks.text_ordinal.reading", "tfidf_order": "tasks.text_ordinal.baseline",
    "read_images_with_numbers": "tasks.image_regression.reading",
    "read_images_with_masks": "tasks.image_segmentation.reading",
    "read_images_with_boxes": "tasks.object_detection.reading",
    "most_common_class": "tasks.image_segmentation.baseline",
    "read_texts": "tasks.text_classification.reading", "read_labelled_texts": "tasks.text_classification.reading",
    "read_texts_with_labels": "tasks.text_multilabel.reading", "tfidf_one_vs_rest": "tasks.text_multilabel.baseline",
    "read_texts_with_numbers": "tasks.text_regression.reading", "tfidf_ridge": "tasks.text_regression.baseline",
    "ridge_on_features": "tasks.image_regression.baseline",
    "measure_lengths": "inputs.texts.measuring", "register_backbone": "inputs.images.backbones.own",
    "register_head": "networks.own_heads",
    "benchmark": "benchmarking", "bundle": "runs.bundling",
    "extract": "runs.bundling", "Diagnosis": "doctor", "check_environment": "doctor", "diagnose": "doctor",
    "write_page": "doctor", "build_model": "runs.model", "start_from": "runs.starting",
    "fine_tune": "training.fine_tune", "Own": "training.own", "resume": "training.fine_tune", "Run": "runs.run",
    "run_from_model": "runs.adopting",
    "evaluate": "predicting.evaluate", "phase_scores": "predicting.evaluate",
    "tfidf_baseline": "tasks.text_classification.baseline",
    "predict": "predicting.predict", "predict_frame": "predicting.predict", "predict_many": "predicting.many",
    "export": "exporting",
    "export_later": "exporting", "explain": "explaining", "report": "reporting", "compare": "comparing.artifacts",
    "compare_ways": "comparing.lecture", "write_comparison": "comparing.page",
    "LearningRates": "training.learning_rates",
    "find_learning_rate": "training.learning_rates", "plot_learning_rates": "training.learning_rates",
}  # fmt: skip
__all__ = sorted(_HOME)

_WITHOUT_KERAS = ("Diagnosis", "check_environment", "write_page")  # and errors and configs

# The one thing done at import: these switches have no effect once TensorFlow is loaded.
_prepare()


def __getattr__(name: str) -> Any:
    if name in _HOME:
        home = f"kerasft.{_HOME[name]}"
        if _HOME[name] not in ("base.errors", "contract.plan") and name not in _WITHOUT_KERAS:
            from kerasft.base.environment import import_quietly

            value = getattr(import_quietly(home), name)
        else:
            value = getattr(importlib.import_module(home), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'kerasft' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
