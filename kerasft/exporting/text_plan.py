"""Exporting text runs: the writers, and the measurement of each file from raw texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kerasft.base import files
from kerasft.contract.encoder import inputs_taken
from kerasft.exporting import comparing
from kerasft.exporting.gate import Target
from kerasft.exporting.measuring import Row, measure_file, open_exported
from kerasft.exporting.plan import Plan
from kerasft.formats.ladder import TEXT_RUNGS
from kerasft.formats.onnx import write_onnx
from kerasft.formats.text_saved_model import write_text_saved_model
from kerasft.formats.text_tflite import write_text_tflite
from kerasft.inputs.images.golden import MOST_PICTURES, first_of_each_class
from kerasft.inputs.texts.serving import mediapipe_form, mediapipe_reads
from kerasft.predicting.opening import predictor_of_file

MOST_GOLDEN = 10


class TextPlan(Plan):
    """The export of a run of texts."""

    rungs = TEXT_RUNGS

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
