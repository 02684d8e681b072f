"""What is put right in a text before a tokenizer sees it: see `kerasft.inputs.texts.encoding`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import keras_hub

BLANKS, INVISIBLE = r"[\t\n\r\p{Z}]", r"[\p{Cc}\p{Cf}\p{Co}]|\x{FFFD}"
_BLANKS_PATTERN = regex.compile(BLANKS)
_INVISIBLE_PATTERN = regex.compile(INVISIBLE.replace(r"\x{FFFD}", "\ufffd"))
_SURROGATES = regex.compile("[\ud800-\udfff]")


def clean_word_pieces(text: str) -> str:
    """Returns a text as WordPiece tokenizers see it: every blank is a space, invisible characters are gone."""
    return _INVISIBLE_PATTERN.sub("", _BLANKS_PATTERN.sub(" ", text))


def readable(text: str) -> str:
    """Returns a text that UTF-8 can hold: half a surrogate pair, as broken JSON may bring it, can't be."""
    return _SURROGATES.sub("\ufffd", str(text))


def without_folding(tokenizer: keras_hub.tokenizers.Tokenizer) -> keras_hub.tokenizers.Tokenizer:
    """Returns the same tokenizer for text that is in lower case already."""
    config = {**tokenizer.get_config(), "lowercase": False, "split_on_cjk": tokenizer.split_on_cjk}
    return type(tokenizer).from_config({**config, "vocabulary": tokenizer.get_vocabulary()})
