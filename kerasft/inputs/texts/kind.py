"""Texts as a kind of input.

What an exported file says of them in its `kerasft.json` (see `kerasft.formats.description`):

| field | meaning |
| --- | --- |
| sequence_length | tokens of each input; the inputs are int32 (1, sequence_length) |
| input_names | what the model reads: token_ids ("ids" in a `.tflite`), padding_mask ("mask"), segment_ids |
| pairs | whether it judges two texts at once |
| special_ids | start, end and pad token; separators: what stands between the halves of a pair |
| tokenizer | KerasHub's class and its settings, such as lowercase and strip_accents |

An input is: start, the tokens (of a pair: first half, separators, second half), end, then pad up to sequence_length;
what is too long is cut, of pairs the longer half first. The mask is 1 up to the end token, segment_ids are 1 from
the second half of a pair to its end (0 in models whose separators are two).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kerasft.base.errors import UnavailableError
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.specs import Spec
from kerasft.contract.asking import Asked, Example
from kerasft.contract.explanation import Explainer
from kerasft.contract.inputs import Inputs, Loaded
from kerasft.data.values import is_missing
from kerasft.inputs.texts.cleaning import readable
from kerasft.inputs.texts.column import Texts, as_texts, sample_of_texts
from kerasft.inputs.texts.encoding import NAMES, TextEncoder
from kerasft.inputs.texts.serving import SERVING
from kerasft.inputs.texts.show import SHOWING

if TYPE_CHECKING:
    import keras

_INPUT_NAMES = {"token_ids", "padding_mask", "segment_ids"}


def _no_text(content: object) -> str:
    """Returns why something is no text; "" for one."""
    if isinstance(content, bytes | np.bytes_):
        try:
            content.decode()
        except UnicodeDecodeError:
            return "bytes that are no UTF-8"
    elif not isinstance(content, str | os.PathLike):
        return "it is empty" if is_missing(content) else f"no text but {type(content).__name__}"
    return ""


def _text_of(content: object) -> str:
    return content.decode() if isinstance(content, bytes | np.bytes_) else str(content)


class TextInputs(Inputs["TextEncoder | RawTextEncoder", object]):
    """Texts, or pairs of texts, as tokens."""

    noun = "text"
    columns = ("text", "sentence", "content", "body", "review", "message")
    showing, serving = SHOWING, SERVING

    def asked(self, inputs: Sequence[str | Path], asked: Asked, data: JsonFields | None) -> list[Example]:
        """Lists the texts that a user names."""
        from kerasft.inputs.texts.asking import asked_texts

        return asked_texts(inputs, asked, data)

    def gather(
        self,
        contents: Sequence[object],
        encoder: TextEncoder | RawTextEncoder,
        seconds: Sequence[str | None] | None = None,
    ) -> Loaded:
        """Returns the texts as they are."""
        broken = {row: why for row, each in enumerate(contents) if (why := _no_text(each))}
        rows = [row for row in range(len(contents)) if row not in broken]
        pairs = None if seconds is None else tuple(seconds[row] or "" for row in rows)
        return Loaded(Texts(tuple(_text_of(contents[row]) for row in rows), pairs), rows, broken)

    def encoder_of_model(
        self, model: keras.Model, config: object, data: JsonFields | None = None
    ) -> TextEncoder | RawTextEncoder:
        """Returns the encoder that the model carries, for pairs if its run was trained on pairs."""
        pairs = None if data is None else data["columns"]["text_pair"] is not None
        return model.encoder.for_pairs(pairs)

    def column_of_table(self, name: str, data: JsonFields, ids: Sequence[str]) -> Mapping[str, str]:
        """Reads a column of a table of texts, whose ids are lines or rows."""
        from kerasft.inputs.texts.table import read_column

        return read_column(Path(data["source"]), name, ids)

    def explainer(self) -> Explainer:
        """Returns weights of words."""
        from kerasft.inputs.texts.explainer import TextExplainer

        return TextExplainer()

    def described(self, values: JsonFields) -> JsonObject:
        """Returns the fields of the table above; the tokenizer's are checked where it is built."""
        length, names, pairs = (values.get(key) for key in ("sequence_length", "input_names", "pairs"))
        if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= 100_000:
            raise ValueError(f"sequence_length is {length!r}")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"input_names is {names!r}")
        if not set(names) <= _INPUT_NAMES:
            raise ValueError(f"input_names is {names!r}")
        if not isinstance(pairs, bool):
            raise ValueError(f"pairs is {pairs!r}")
        if not all(isinstance(values.get(key), dict) for key in ("special_ids", "tokenizer")):
            raise ValueError("special_ids or tokenizer is missing")
        found = {"sequence_length": length, "input_names": tuple(names), "pairs": pairs}
        return {**found, "special_ids": values["special_ids"], "tokenizer": values["tokenizer"]}

    def encoder_of_file(
        self, values: JsonFields, files: Mapping[str, bytes], source: Path
    ) -> TextEncoder | RawTextEncoder:
        """Returns the encoder of a file, with the tokenizer that is inside."""
        from kerasft.inputs.texts.backbones.tokenizers import tokenizer_of_files

        tokenizer = tokenizer_of_files(values["tokenizer"], files, str(source))
        # a .tflite may have inputs that its model doesn't read: MediaPipe Tasks counts them
        names = NAMES if source.suffix == ".tflite" else values["input_names"]
        return TextEncoder(tokenizer, values["sequence_length"], names, values["pairs"])

    def raw_encoder(self, values: JsonFields) -> TextEncoder | RawTextEncoder:
        """Returns the encoder of a SavedModel, which has the tokenizer inside."""
        try:
            import tensorflow_text  # noqa: F401  # registers the operators
        except ImportError as error:
            wanted = "the tokenizer of this SavedModel needs TensorFlow Text: pip install tensorflow-text"
            raise UnavailableError(f"{wanted} (there is none for Windows: use the .tflite)") from error
        return RawTextEncoder(values)


@dataclass(frozen=True)
class RawTextEncoder:
    """Texts, or pairs of texts, as they are.

    Args:
        described: What the SavedModel says of its inputs.
    """

    described: JsonFields
    aliases: ClassVar[Mapping[str, str]] = {}

    @property
    def sequence_length(self) -> int:
        """Tokens per input, of which the SavedModel makes them."""
        return self.described["sequence_length"]

    @property
    def specs(self) -> dict[str, Spec]:
        """The texts, and the second halves where the model takes pairs."""
        return {name: Spec((), "string") for name in ("texts", "pairs")[: 1 + self.described["pairs"]]}

    def column(self, given: object) -> Texts:
        """Returns `Texts`, or a list of single texts, as a column; raises InputError if the model takes others."""
        return as_texts(given, self.described["pairs"])

    def __call__(self, examples: Texts) -> dict[str, np.ndarray]:
        """Returns UTF-8, objects (texts,); half a surrogate pair, which has none, is read as U+FFFD."""
        columns = {"texts": examples.texts, "pairs": examples.pairs}
        return {
            name: np.array([readable(text).encode() for text in column], object)
            for name, column in columns.items()
            if column is not None
        }

    def sample(self) -> Texts:
        """Returns one text, or one pair."""
        return sample_of_texts(self.described["pairs"])

    def describe(self) -> JsonObject:
        """Returns what the SavedModel says of its inputs."""
        return dict(self.described)

    def files(self) -> dict[str, bytes]:
        """A SavedModel has its tokenizer inside."""
        return {}


TEXTS = TextInputs()
