"""What goes with an exported text classifier: its description, the tokenizer's files, and who can read them."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerasft.formats.text_description import TASK, TextDescription
from kerasft.inputs.texts.backbones.tokenizers import tokenizer_config
from kerasft.inputs.texts.encoding import TextEncoder, clean_word_pieces

# Names of the inputs in a `.tflite` file: the ones that MediaPipe Tasks looks for in the metadata
TFLITE_NAMES = {"token_ids": "ids", "padding_mask": "mask", "segment_ids": "segment_ids"}


def describe_text(
    encoder: TextEncoder,
    class_names: Sequence[str],
    backbone: str,
    rung: str,
    pairs: bool = False,
    temperature: float = 1.0,
    score_threshold: float | None = None,
) -> TextDescription:
    """Returns the description of a file exported from a model that reads what `encoder` gives."""
    tokenizer = encoder.tokenizer
    special_ids = {
        "start": int(tokenizer.start_token_id),
        "end": int(tokenizer.end_token_id),
        "pad": int(tokenizer.pad_token_id),
        "separators": [int(tokenizer.end_token_id)] * (encoder.special_tokens(pairs=True) - 2),
    }
    return TextDescription(
        task=TASK,
        class_names=tuple(class_names),
        sequence_length=encoder.sequence_length,
        input_names=encoder.input_names,
        pairs=pairs,
        special_ids=special_ids,
        tokenizer=tokenizer_config(tokenizer),
        backbone=backbone,
        rung=rung,
        temperature=temperature,
        score_threshold=score_threshold,
    )


def tokenizer_files(tokenizer: Any) -> dict[str, bytes]:
    """Returns the tokenizer's vocabulary files by KerasHub's names, such as vocabulary.txt."""
    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder:
        tokenizer.save_assets(folder)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def has_word_pieces(tokenizer: Any) -> bool:
    """Returns whether the tokenizer is BERT's kind, with one vocabulary file."""
    import keras_hub

    return isinstance(tokenizer, keras_hub.tokenizers.WordPieceTokenizer)


def mediapipe_form(text: str, strip_accents: bool = True) -> str:
    """Returns a text as an app has to hand it to MediaPipe: cleaned as for training, in lower case, without accents.

    MediaPipe leaves no-break spaces, soft hyphens, zero-width characters, byte-order marks and NUL in their words.

    Args:
        text: As it was written.
        strip_accents: Whether the model's tokenizer does; else MediaPipe gets the accents, too.
    """
    lowered = clean_word_pieces(text).lower()
    if not strip_accents:
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def mediapipe_reads(encoder: TextEncoder, pairs: bool = False) -> bool:
    """Returns whether MediaPipe's BertTokenizer makes the same ids of plain English text.

    It turns A-Z into lower case whatever the vocabulary, looks for "[CLS]", "[SEP]" and "[UNK]", fills up with 0,
    skips empty lines of the vocabulary, and takes one text. (Letters beyond a-z it leaves as they are: accents and
    capitals outside ASCII give other ids than in training, unless the app removes them before.)
    Source: bert_preprocessor_calculator.cc and bert_tokenizer.cc of google-ai-edge/mediapipe.
    """
    tokenizer = encoder.tokenizer
    if pairs or not has_word_pieces(tokenizer) or not tokenizer.lowercase:
        return False
    vocabulary = list(tokenizer.get_vocabulary())
    lines = all(token and "\n" not in token and not token.endswith("\r") for token in vocabulary)
    special = [tokenizer.start_token_id, tokenizer.end_token_id]
    return (
        lines
        and len(set(vocabulary)) == len(vocabulary)
        and [vocabulary[index] for index in special] == ["[CLS]", "[SEP]"]
        and tokenizer.oov_token == "[UNK]"
        and tokenizer.suffix_indicator == "##"
        and tokenizer.pad_token_id == 0
    )
