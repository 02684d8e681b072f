"""Texts to probabilities with an exported file alone: a `.tflite` or a SavedModel folder."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem, UnavailableError
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats.description import DESCRIPTION_NAME, EXPORT_AGAIN
from kerasft.formats.text_description import TASK, TextDescription, read_embedded_text, read_text_saved_model
from kerasft.formats.tflite_start import check_is_tflite
from kerasft.formats.trust import require_trust
from kerasft.inputs.texts.encoding import check_pairs
from kerasft.predicting import runtimes

BATCH_SIZE = 32
_NAMES = {"ids": "token_ids", "mask": "padding_mask", "segment_ids": "segment_ids"}


class TextTFLitePredictor:
    """Predicts with a `.tflite` file on LiteRT, one text at a time, as a phone does.

    Tokenizer and classes come from the file; the ids are those of training. Threads may share it, and take turns: see
    `kerasft.predicting.runtimes.TFLitePredictor`.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads of the interpreter; None is all cores.

    Raises:
        InputError: It is no such file, or damaged.
        UnavailableError: LiteRT is not installed.
    """

    kind = "tflite"
    task = TASK

    def __init__(self, path: str | Path, num_threads: int | None = None):
        path = Path(path)
        check_is_tflite(path)
        self.description, files = read_embedded_text(path)
        self.class_names = self.description.class_names
        self.sequence_length = self.description.sequence_length
        self.score_threshold = self.description.score_threshold
        self.encoder = encoder_of(self.description, files, path)
        self.interpreter = runtimes.open_interpreter(path, num_threads or os.cpu_count() or 1)
        self.turn = threading.Lock()
        self.runner = _runner(self.interpreter, self.description, path)
        self.inputs = tuple(self.runner.get_input_details())

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns float32 probabilities (texts, classes) of texts, or of pairs where the model was trained on pairs."""
        check_pairs(self.description.pairs, pairs)
        tokens = self.tokens(texts, pairs)
        answers = np.zeros((len(texts), len(self.class_names)), "float32")
        for index in range(len(texts)):
            one = {name: array[index : index + 1] for name, array in tokens.items()}
            with self.turn:
                answers[index] = self.runner(**one)["probabilities"][0]
        return answers

    def tokens(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Returns what the file reads of texts: int32 (texts, sequence_length), by the names of its inputs."""
        found = self.encoder(texts, pairs)
        return {name: found[_NAMES[name]] for name in self.inputs}


class TextSavedModelPredictor:
    """Predicts with the `serve` endpoint of a SavedModel folder written by kerasft.

    Args:
        folder: The SavedModel.
        trust: Whether the user vouches for it; one that was exported here needs nobody to.

    Raises:
        InputError: It is not of kerasft, or was changed.
        UnavailableError: TensorFlow Text, which has the tokenizer's operators, is missing.
    """

    kind = "saved_model"
    task = TASK

    def __init__(self, folder: str | Path, trust: bool = False):
        folder = Path(folder)
        self.description = read_text_saved_model(folder)
        require_trust(folder / DESCRIPTION_NAME, trust)
        self.class_names = self.description.class_names
        self.sequence_length = self.description.sequence_length
        self.score_threshold = self.description.score_threshold
        import tensorflow as tf

        try:
            import tensorflow_text  # noqa: F401  # registers the operators
        except ImportError as error:
            wanted = "the tokenizer of this SavedModel needs TensorFlow Text: pip install tensorflow-text"
            raise UnavailableError(f"{wanted} (there is none for Windows: use the .tflite)") from error
        try:
            with quiet(), plain_path(folder) as plain:
                self.loaded = tf.saved_model.load(str(plain))
            self.serve = self.loaded.signatures["serve"]
        except InputError:
            raise
        except Exception as error:  # TensorFlow raises many kinds for a file it can't read
            problem = f"TensorFlow can't load the SavedModel: {runtimes.first_line(error)}"
            raise InputError(Problem(problem, str(folder), EXPORT_AGAIN)) from error

    def predict(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns float32 probabilities (texts, classes) of texts, or of pairs where the model was trained on pairs."""
        import tensorflow as tf

        check_pairs(self.description.pairs, pairs)
        answers = [np.zeros((0, len(self.class_names)), "float32")]
        for columns in _batches(texts, pairs):
            named = dict(zip(("texts", "pairs"), columns, strict=False))
            given = {name: tf.constant(column, tf.string) for name, column in named.items()}
            answers.append(self.serve(**given)["probabilities"].numpy())
        return np.concatenate(answers)


def encoder_of(description: TextDescription, files: dict[str, bytes], path: Path) -> Any:
    """Returns the `TextEncoder` of an exported file.

    Args:
        description: Of the file.
        files: The tokenizer's files, by name.
        path: Of the file, for messages.

    Raises:
        InputError: The tokenizer can't be built.
    """
    from kerasft.inputs.texts.backbones.tokenizers import build_tokenizer
    from kerasft.inputs.texts.encoding import NAMES, TextEncoder

    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder:
        for name, content in files.items():
            if Path(name).name != name:
                raise InputError(
                    Problem("a file inside has a path for a name", f"{path}: {name}", EXPORT_AGAIN)
                )
            (Path(folder) / name).write_bytes(content)
        tokenizer = build_tokenizer(description.tokenizer, Path(folder), str(path))
    return TextEncoder(tokenizer, description.sequence_length, NAMES)


def _runner(interpreter: Any, description: TextDescription, path: Path) -> Any:
    """Returns the function of the file's only signature, once its shapes are those of the description."""
    signatures = interpreter.get_signature_list()
    found = signatures.get("serve", {})
    known = set(found.get("inputs", ())) <= set(_NAMES) and list(found.get("outputs", ())) == [
        "probabilities"
    ]
    runner = interpreter.get_signature_runner("serve") if known else None
    shapes = [[1, description.sequence_length], [1, len(description.class_names)]]
    if runner is not None:
        details = [*runner.get_input_details().values(), *runner.get_output_details().values()]
        expected = [*shapes[:1] * (len(details) - 1), shapes[1]]
        if [each["shape"].tolist() for each in details] == expected:
            return runner
    problem = "the model's inputs and outputs are not those of its description"
    raise InputError(Problem(problem, str(path), EXPORT_AGAIN))


def _batches(texts: Sequence[str], pairs: Sequence[str] | None) -> Iterator[list[list[bytes]]]:
    columns = [texts] if pairs is None else [texts, pairs]
    if any(isinstance(column, str) for column in columns):
        raise InputError(Problem("texts must be a list of texts", repr(texts)[:50], "put it into a list"))
    if pairs is not None and len(pairs) != len(texts):
        received = f"{len(texts)} and {len(pairs)}"
        raise InputError(Problem("the halves of pairs must be as many", received, "give one for each text"))
    for start in range(0, len(texts), BATCH_SIZE):
        yield [[_utf8(text) for text in column[start : start + BATCH_SIZE]] for column in columns]


def _utf8(text: str) -> bytes:
    """Half a surrogate pair, as broken JSON may bring it, has no UTF-8; it is read as U+FFFD, as in training."""
    return re.sub("[\ud800-\udfff]", "\ufffd", str(text)).encode()
