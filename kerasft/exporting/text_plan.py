"""Exporting text runs: the writers, and the measurement of each file from raw texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base import files
from kerasft.contract.encoder import inputs_taken
from kerasft.exporting import comparing, kernels
from kerasft.exporting.gate import Target
from kerasft.exporting.measuring import Row, make_reference, measure_file, open_exported
from kerasft.formats.description import Description
from kerasft.formats.ladder import TEXT_RUNGS
from kerasft.formats.onnx import write_onnx
from kerasft.formats.text_saved_model import write_text_saved_model
from kerasft.formats.text_tflite import write_text_tflite
from kerasft.formats.tflite_metadata import About
from kerasft.inputs.images.golden import MOST_PICTURES, first_of_each_class
from kerasft.inputs.texts.serving import mediapipe_form, mediapipe_reads
from kerasft.predicting.opening import predictor_of_file

MOST_GOLDEN = 10


class TextPlan:
    """What stays the same for all the rungs of one export of a text run.

    Args:
        predictor: The run's `Predictor`, with its temperature.
        model_config: The run's `TextModelConfig`.
        splits: The run's `TextSplits`.
        settings: The caller's wishes.
    """

    rungs = TEXT_RUNGS

    def __init__(self, predictor: Any, model_config: Any, splits: Any, settings: Any):
        self.predictor, self.model, self.encoder = predictor, predictor.model, predictor.encoder
        self.model_config, self.splits, self.settings = model_config, splits, settings
        self.reference = make_reference(predictor, splits)
        self.score_threshold: float | None = None

    def validation(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the Keras model's probabilities of the validation split, and its labels."""
        split = self.splits.validation
        return self.predictor.predict(split.examples), split.labels

    def describe(self, rung: str) -> Description:
        """Returns what the file of a rung says about itself."""
        return self.predictor.describe(self.model_config.backbone, rung, self.score_threshold)

    def labels(self) -> str:
        """Returns the content of `labels.txt`."""
        return self.describe("saved_model").labels()

    def details(self, rung: str) -> dict[str, Any]:
        """Returns the description as values for JSON."""
        return self.describe(rung).as_dict()

    def make(self, rung: str, path: Path, target: Target) -> tuple[Row, np.ndarray]:
        """Writes one rung to `path` and measures the file there, from raw texts; returns the row and its answers."""
        description = self.describe(rung)
        if rung == "saved_model":
            write_text_saved_model(self.model, self.encoder, description, path)
        elif rung == "onnx":
            write_onnx(self.model, self.encoder, description, path)
        else:
            write_text_tflite(self.model, self.encoder, description, path, about=self.about(rung))
        return measure_file(path, rung, self.reference, target)

    def worst_operations(self, rung: str, path: Path) -> list[str]:
        """Returns the operations that a quantised file hurts most, in words, the worst first; of other files none."""
        if rung not in comparing.RUNGS:
            return []
        exact = path.with_name("exact.tflite")
        write_text_tflite(self.model, self.encoder, self.describe("float32"), exact)
        predictor = predictor_of_file(exact)
        taken = inputs_taken(predictor.runtime, predictor.encoder)
        tokens = predictor.encoder(self.reference.examples[: comparing.MOST_COMPARED])
        examples = [
            {name: tokens[source][row : row + 1] for name, source in taken.items()}
            for row in range(min(comparing.MOST_COMPARED, len(self.reference.labels)))
        ]
        return comparing.worst_operations(path.read_bytes(), exact.read_bytes(), examples)

    def tolerance(self, rung: str, path: Path, answers: np.ndarray) -> float | None:
        """Returns how far an app's answers may be from the file's; None for files without a choice of kernels."""
        if rung not in TEXT_RUNGS:
            return None
        return kernels.tolerance(
            lambda name: kernels.use_kernels(predictor_of_file(path), path, name),
            self.reference.examples,
            answers,
            rung,
        )

    def about(self, rung: str) -> About:
        """Returns what the metadata says to people."""
        return self.settings.about(self.model_config.backbone, self.model_config.class_names, rung)

    def finish(self, target: Path) -> None:
        """Writes golden sentences beside the file, for the tests of an app: texts, ids and the file's answers."""
        chosen = first_of_each_class(self.reference.labels, MOST_PICTURES, fill_up_to=MOST_GOLDEN)
        examples = self.reference.examples[chosen]
        texts, pairs = examples.texts, examples.pairs
        tokens = self.encoder(examples)
        answers = open_exported(target, None).predict(examples)
        readable = mediapipe_reads(self.encoder, pairs is not None)
        strips = readable and self.encoder.tokenizer.strip_accents
        golden = [
            {
                "text": texts[index],
                "label": self.model_config.class_names[self.reference.labels[place]],
                **({"mediapipe_text": mediapipe_form(texts[index], strips)} if readable else {}),
                **({} if pairs is None else {"pair": pairs[index]}),
                **{name: array[index].tolist() for name, array in tokens.items()},
                "probabilities": [round(float(value), 6) for value in answers[index]],
            }
            for index, place in enumerate(chosen)
        ]
        files.write_json(target.with_name(f"{target.stem}.golden.json"), golden)
