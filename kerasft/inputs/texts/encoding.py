"""Texts to token ids: one way for training, prediction and export, so that a model sees in use what it learned on.

Three things are put right before KerasHub's WordPiece tokenizers see a text, as google-research/bert and Hugging
Face's tokenizers do, and so as the checkpoints were trained. A no-break space separates words (KerasHub would make
the two words one unknown token). Invisible characters (soft hyphens, zero-width joiners, NUL) vanish (KerasHub would
split the word, or drop the rest of the text). And upper case becomes lower case and nothing else (KerasHub also
replaces compatibility characters: an ellipsis by three full stops, "ß" by "ss").

"[SEP]" in a text is text, never a separator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.specs import Spec
from kerasft.inputs.texts.cleaning import (
    clean_tensor,
    clean_text,
    has_tensorflow_text,
    readable,
    without_folding,
)
from kerasft.inputs.texts.column import Texts, as_texts, batches, halves, sample_of_texts
from kerasft.inputs.texts.graphs import Graph, Key, graph_of, on_the_cpu, pays
from kerasft.inputs.texts.unknown import unknown_id

if TYPE_CHECKING:
    import keras_hub
    import tensorflow as tf

NAMES = ("token_ids", "padding_mask", "segment_ids")
# Characters read of a text: 512 tokens are rarely more than 3000. Bounds time and memory, in exports too.
MAX_CHARACTERS = 100_000

_TWO_SEPARATORS = ("RobertaTokenizer", "XLMRobertaTokenizer")  # their checkpoints saw <s> A </s></s> B </s>


class TextEncoder:
    """Texts, or pairs of texts, to the arrays that a text model takes.

    Attributes:
        aliases: The names of the inputs in a `.tflite` file, which MediaPipe Tasks looks for in the metadata.

    Args:
        tokenizer: A tokenizer of KerasHub.
        sequence_length: Tokens per input, start and end tokens included. What is longer is cut: of pairs the longer
            half first.
        input_names: Which of token_ids, padding_mask and segment_ids to give (`TextBackboneParts.input_names`).
        pairs: Whether the model takes pairs of texts; None: not known, so both are taken.

    Raises:
        InputError: `sequence_length` leaves no room for a word in each half of a pair.
    """

    aliases: ClassVar[Mapping[str, str]] = {"ids": "token_ids", "mask": "padding_mask"}

    def __init__(
        self,
        tokenizer: keras_hub.tokenizers.Tokenizer,
        sequence_length: int,
        input_names: Sequence[str] = NAMES,
        pairs: bool | None = None,
    ):
        import keras_hub

        self.tokenizer, self.pairs = tokenizer, pairs
        self.sequence_length = int(sequence_length)
        self.input_names = tuple(input_names)
        self._word_pieces = isinstance(tokenizer, keras_hub.tokenizers.WordPieceTokenizer)
        self._lowercase = self._word_pieces and tokenizer.lowercase
        self._tokenize = without_folding(tokenizer) if self._lowercase else tokenizer
        self._two_separators = type(tokenizer).__name__ in _TWO_SEPARATORS
        end = tokenizer.end_token_id
        self._separators = [end, end] if self._two_separators else [end]
        if self.sequence_length < self.special_tokens(pairs=True) + 2:
            hint = f"use --sequence-length {self.special_tokens(pairs=True) + 2} or more"
            raise InputError(Problem("--sequence-length is too small", str(sequence_length), hint))
        self._packer = keras_hub.layers.MultiSegmentPacker(
            sequence_length=self.sequence_length,
            start_value=tokenizer.start_token_id,
            end_value=end,
            sep_value=self._separators,
            pad_value=tokenizer.pad_token_id,
        )

    @property
    def specs(self) -> dict[str, Spec]:
        """The inputs by name, int32 (sequence_length,) each."""
        return {name: Spec((self.sequence_length,), "int32") for name in self.input_names}

    def for_pairs(self, pairs: bool | None) -> TextEncoder:
        """Returns the same encoder for a model that takes pairs, or single texts."""
        found = copy(self)
        found.pairs = pairs
        return found

    def column(self, given: object) -> Texts:
        """Returns `Texts`, or a list of single texts, as a column; raises InputError if the model takes others."""
        return as_texts(given, self.pairs)

    def __call__(
        self, texts: Texts | Sequence[str], pairs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Encodes texts.

        Args:
            texts: A column; or the texts, or the first halves of pairs. Any of them may be empty.
            pairs: The second halves, where `texts` is no column.

        Returns:
            By name, int32 arrays (texts, sequence_length): the same for the same texts, in any order and company.
        """
        if isinstance(texts, Texts):
            return self(texts.texts, texts.pairs)
        parts = [
            self._encode([readable(text)[:MAX_CHARACTERS] for text in batch] for batch in columns)
            for columns in batches(halves(texts, pairs))
        ]
        empty = np.zeros((0, self.sequence_length), "int32")
        return {name: np.concatenate([part[name] for part in parts] or [empty]) for name in self.input_names}

    def graph(self, texts: tf.Tensor, pairs: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """Does the same as a call inside a `tf.function`, for a SavedModel that takes strings.

        Args:
            texts: A tf.string tensor (batch,) of UTF-8; what is not is read as U+FFFD.
            pairs: The second halves, alike.

        Returns:
            By name, int32 tensors (batch, sequence_length).
        """
        import tensorflow as tf

        columns = [self._clean_graph(column) for column in (texts, pairs) if column is not None]
        token_ids, segment_ids = self._packer(tuple(self._tokenize(column) for column in columns))
        found = self._named(
            tf.cast(token_ids, tf.int32), tf.cast(segment_ids, tf.int32), tf.cast, tf.zeros_like
        )
        return {name: tf.ensure_shape(array, (None, self.sequence_length)) for name, array in found.items()}

    def lengths(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns how many tokens each text has before it is cut, start and end tokens included, int32 (texts,)."""
        return self.count(texts, pairs)[:, 0] + self.special_tokens(pairs is not None)

    def count(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> np.ndarray:
        """Returns how many tokens each text has before it is cut, and how many are unknown, int32 (texts, 2).

        Start, end and separators don't count.
        """
        columns = halves(texts, pairs)
        total = np.zeros((len(columns[0]), 2), "int32")
        for column in columns:
            counts = [self._count([readable(text) for text in batch]) for (batch,) in batches([column])]
            total += np.concatenate(counts or [total[:0]])
        return total

    def special_tokens(self, pairs: bool = False) -> int:
        """Returns how many tokens of an input are start, end and separators."""
        return 2 + (len(self._separators) if pairs else 0)

    def sample(self) -> Texts:
        """Returns one text, or one pair."""
        return sample_of_texts(self.pairs)

    def describe(self) -> JsonObject:
        """Returns what an exported file says about its inputs; `kerasft.inputs.texts.kind` explains the fields."""
        from kerasft.inputs.texts.backbones.tokenizers import tokenizer_config

        ids = {name: int(getattr(self.tokenizer, f"{name}_token_id")) for name in ("start", "end", "pad")}
        return {
            "sequence_length": self.sequence_length,
            "input_names": self.input_names,
            "pairs": bool(self.pairs),
            "special_ids": {**ids, "separators": [ids["end"]] * len(self._separators)},
            "tokenizer": tokenizer_config(self.tokenizer),
        }

    def files(self) -> dict[str, bytes]:
        """Returns the tokenizer's vocabulary files by KerasHub's names, such as vocabulary.txt."""
        from kerasft.inputs.texts.backbones.tokenizers import tokenizer_files

        return tokenizer_files(self.tokenizer)

    def _count(self, texts: list[str]) -> np.ndarray:
        if self._word_pieces and has_tensorflow_text():
            if pays(self._key("count", 1), [texts]):
                return self._graph("count", 1)(texts).numpy()
            with on_the_cpu():
                found = self._tokenize(self._clean_graph(texts, None))
        else:
            found = self._tokenize([self._clean(text) for text in texts])
        unknown, rows = unknown_id(self.tokenizer), [np.asarray(ids) for ids in found]
        return np.array([(len(ids), np.count_nonzero(ids == unknown)) for ids in rows], "int32")

    def _count_graph(self, texts: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        ids = self._tokenize(self._clean_graph(texts, None))
        unknown = tf.cast(ids.flat_values == unknown_id(self.tokenizer), tf.int32)
        unknown = tf.math.unsorted_segment_sum(unknown, ids.value_rowids(), ids.nrows())
        return tf.stack([tf.cast(ids.row_lengths(), tf.int32), unknown], axis=1)

    def _encode(self, batch: Iterator[list[str]]) -> dict[str, np.ndarray]:
        columns = list(batch)
        if self._word_pieces and has_tensorflow_text():
            # six times faster than KerasHub's Python, and the very operations of the export
            if pays(self._key("encode", len(columns)), columns):
                found = self._graph("encode", len(columns))(*columns)
            else:
                with on_the_cpu():
                    found = self.graph(*columns)
            return {name: array.numpy() for name, array in found.items()}
        cleaned = [[self._clean(text) for text in column] for column in columns]
        packed = self._packer(tuple(self._tokenize(column) for column in cleaned))
        token_ids, segment_ids = (np.asarray(each, "int32") for each in packed)
        return self._named(token_ids, segment_ids, np.asarray, np.zeros_like)

    def _named(
        self, token_ids: tf.Tensor, segment_ids: tf.Tensor, cast: Callable, zeros_like: Callable
    ) -> dict[str, tf.Tensor]:
        # checkpoints whose tokenizer doubles separators have one kind of segment, if any
        found = {
            "token_ids": token_ids,
            "padding_mask": cast(token_ids != self.tokenizer.pad_token_id, "int32"),
            "segment_ids": zeros_like(segment_ids) if self._two_separators else segment_ids,
        }
        return {name: found[name] for name in self.input_names}

    def _key(self, work: str, columns: int) -> Key:
        """Returns what like encoders have alike when they encode or count so many columns of texts."""
        asked = () if work == "count" else (self.sequence_length, self.input_names)
        return (self._likeness, work, columns, *asked)

    def _graph(self, work: str, columns: int) -> Graph:
        function = self.graph if work == "encode" else self._count_graph
        return graph_of(self._key(work, columns), function, columns)

    @cached_property
    def _likeness(self) -> str:
        """A hash of all that the tokens depend on; for WordPiece tokenizers."""
        tokenizer = self._tokenize
        options = {key: value for key, value in tokenizer.get_config().items() if key != "name"}
        what = [type(tokenizer).__name__, options, tokenizer.split_on_cjk, tokenizer.get_vocabulary()]
        return hashlib.sha256(repr([*what, self._lowercase]).encode()).hexdigest()

    def _clean(self, text: str) -> str:
        return clean_text(text, word_pieces=self._word_pieces, lowercase=self._lowercase)

    def _clean_graph(self, texts: tf.Tensor, most: int | None = MAX_CHARACTERS) -> tf.Tensor:
        return clean_tensor(texts, most, word_pieces=self._word_pieces, lowercase=self._lowercase)
