"""Who else than kerasft can read the files of a text model."""

from __future__ import annotations

import unicodedata
from typing import Any

from kerasft.inputs.texts.cleaning import clean_word_pieces
from kerasft.inputs.texts.encoding import NAMES, TextEncoder

# The name of each input in a `.tflite` file
TFLITE_NAMES = {name: name for name in NAMES} | {name: alias for alias, name in TextEncoder.aliases.items()}


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
