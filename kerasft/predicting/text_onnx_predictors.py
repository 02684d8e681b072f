"""Texts to probabilities with an `.onnx` file alone, on onnxruntime; and opening any `.onnx` file of kerasft."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.formats.description import DESCRIPTION_NAME, EXPORT_AGAIN, LABELS_NAME
from kerasft.formats.text_description import TASK, parse_text_description
from kerasft.inputs.texts.encoding import check_pairs
from kerasft.predicting.onnx_predictors import OnnxFile, OnnxPredictor, open_onnx
from kerasft.predicting.text_predictors import BATCH_SIZE, encoder_of

BASE64 = ".base64"  # behind the name of a tokenizer's file that is no text: metadata are texts


def load_onnx(path: str | Path, num_threads: int | None = None) -> Any:
    """Opens an `.onnx` file of kerasft for prediction, of pictures or of texts.

    Raises:
        InputError: It is no such file, or damaged.
        UnavailableError: onnxruntime is not installed.
    """
    file = open_onnx(path, num_threads)
    return TextOnnxPredictor(file) if file.task == TASK else OnnxPredictor(file)


class TextOnnxPredictor:
    """Predicts with an `.onnx` file, in batches; tokenizer and classes come from the file.

    Args:
        file: A file written by kerasft, or an `OnnxFile`.
        num_threads: CPU threads; None is all cores.

    Raises:
        InputError: It is no such file, or damaged.
        UnavailableError: onnxruntime is not installed.
    """

    kind = "onnx"
    task = TASK

    def __init__(self, file: str | Path | OnnxFile, num_threads: int | None = None):
        opened = file if isinstance(file, OnnxFile) else open_onnx(file, num_threads)
        self.description, sha256 = parse_text_description(opened.description, opened.path)
        kept = _tokenizer_files(opened)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()}
        if {"model": opened.model_hash(), **hashes} != sha256:
            problem = "the .onnx file is damaged or was changed: hashes differ"
            raise InputError(Problem(problem, str(opened.path), f"{EXPORT_AGAIN} --format onnx"))
        self.session = opened.session
        self.class_names = self.description.class_names
        self.sequence_length = self.description.sequence_length
        self.score_threshold = self.description.score_threshold
        self.inputs = tuple(each.name for each in self.session.get_inputs())
        known = [self.sequence_length] if set(self.inputs) <= set(self.description.input_names) else None
        opened.require_shapes([known] * len(self.inputs), [[len(self.class_names)]])
        self.encoder = encoder_of(self.description, kept, opened.path)

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns float32 probabilities (texts, classes) of texts, or of pairs where the model was trained on pairs."""
        check_pairs(self.description.pairs, pairs)
        tokens = self.encoder(texts, pairs)
        answers = [np.zeros((0, len(self.class_names)), "float32")]
        for start in range(0, len(texts), BATCH_SIZE):
            batch = {name: tokens[name][start : start + BATCH_SIZE] for name in self.inputs}
            answers += self.session.run(None, batch)
        return np.concatenate(answers)


def _tokenizer_files(file: OnnxFile) -> dict[str, bytes]:
    found = {}
    for name, text in file.metadata.items():
        if name in (DESCRIPTION_NAME, LABELS_NAME):
            continue
        try:
            content = base64.b64decode(text, validate=True) if name.endswith(BASE64) else text.encode()
        except ValueError as error:
            problem = f"the tokenizer's file {name} in the .onnx file is no base64"
            raise InputError(Problem(problem, str(file.path), f"{EXPORT_AGAIN} --format onnx")) from error
        found[name.removesuffix(BASE64)] = content
    return found
