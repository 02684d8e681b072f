"""What is put right in a text before a tokenizer sees it: see `kerasft.inputs.texts.encoding`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    import keras_hub
    import tensorflow as tf

BLANKS, INVISIBLE = r"[\t\n\r\p{Z}]", r"[\p{Cc}\p{Cf}\p{Co}]|\x{FFFD}"
_BLANKS_PATTERN = regex.compile(BLANKS)
_INVISIBLE_PATTERN = regex.compile(INVISIBLE.replace(r"\x{FFFD}", "\ufffd"))
_SURROGATES = regex.compile("[\ud800-\udfff]")


def clean_text(text: str, *, word_pieces: bool, lowercase: bool) -> str:
    """Returns a text as a tokenizer sees it.

    Args:
        text: Of any length.
        word_pieces: For WordPiece tokenizers every blank is a space, and invisible characters are gone; else NUL is.
        lowercase: Whether upper case becomes lower case.
    """
    if not word_pieces:
        return text.replace("\0", "")
    text = _INVISIBLE_PATTERN.sub("", _BLANKS_PATTERN.sub(" ", text))
    return text.lower() if lowercase else text


def clean_tensor(texts: tf.Tensor, most: int | None, *, word_pieces: bool, lowercase: bool) -> tf.Tensor:
    """Returns the same of a tensor of UTF-8, of whose texts at most so many characters are read."""
    import tensorflow as tf

    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
    if most is not None:
        texts = tf.strings.substr(texts, 0, most, unit="UTF8_CHAR")
    if not word_pieces:
        return tf.strings.regex_replace(texts, r"\x00", "")
    texts = tf.strings.regex_replace(tf.strings.regex_replace(texts, BLANKS, " "), INVISIBLE, "")
    return tf.strings.lower(texts, encoding="utf-8") if lowercase else texts


def readable(text: str) -> str:
    """Returns a text that UTF-8 can hold: half a surrogate pair, as broken JSON may bring it, can't be."""
    return _SURROGATES.sub("\ufffd", str(text))


def without_folding(tokenizer: keras_hub.tokenizers.Tokenizer) -> keras_hub.tokenizers.Tokenizer:
    """Returns the same tokenizer for text that is in lower case already."""
    config = {**tokenizer.get_config(), "lowercase": False, "split_on_cjk": tokenizer.split_on_cjk}
    return type(tokenizer).from_config({**config, "vocabulary": tokenizer.get_vocabulary()})


def has_tensorflow_text() -> bool:
    """Whether TensorFlow Text can be used; on Windows there is none."""
    try:
        import tensorflow_text  # noqa: F401
    except ImportError:
        return False
    return True
