"""Tokens put back into the text they were made of: words as a reader wrote them, with capitals and accents.

Tokenizers fold case, strip accents and cut words into pieces, each family in its own way. Here the pieces are found
again in the text, both without case, accents and blanks; pieces between which the text has no gap are one word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.explanation import Word

if TYPE_CHECKING:
    import keras_hub

_FARTHEST = 64  # characters that unknown pieces may stand for


def words_of(
    encoder: TextEncoder, ids: np.ndarray, texts: Sequence[str]
) -> tuple[tuple[Word, ...], list[list[int]]]:
    """Returns the words of an encoded input, and the positions of each word's tokens.

    Start, end, separator and padding tokens belong to no word.

    Args:
        encoder: The `TextEncoder` that made `ids`.
        ids: int (sequence_length,).
        texts: The text, or both texts of a pair.
    """
    words: list[Word] = []
    positions: list[list[int]] = []
    for half, (text, members) in enumerate(
        zip(texts, _halves(encoder.tokenizer, ids, len(texts)), strict=True)
    ):
        pieces = [_surface(encoder.tokenizer, int(ids[i])) for i in members]
        spans = find_spans(text, pieces)
        for group in _groups(text, spans):
            start, end = min(spans[i][0] for i in group), max(spans[i][1] for i in group)
            shown = text[start:end] or "".join(pieces[i] for i in group)
            words.append(Word(shown, start, end, half, tuple(pieces[i] for i in group)))
            positions.append([members[i] for i in group])
    return tuple(words), positions


def find_spans(text: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Returns from where to where in a text each piece of it stands, in the order of the pieces.

    Pieces that are not found (unknown words, parts of a character) share the place between their neighbours.
    """
    folded, origin = _fold(text)
    found: list[tuple[int, int] | None] = []  # in the folded text
    place = 0
    for piece in pieces:
        wanted = _fold(piece)[0]
        at = folded.find(wanted, place, place + len(wanted) + _FARTHEST) if wanted else -1
        found.append(None if at < 0 else (at, at + len(wanted)))
        place = place if at < 0 else at + len(wanted)
    spans = []
    for number, each in enumerate(found):
        if each is None:
            before = next((f[1] for f in reversed(found[:number]) if f is not None), 0)
            after = next((f[0] for f in found[number + 1 :] if f is not None), None)
            each = before, _end_of_word(text, origin, before) if after is None else after
        spans.append(_in_text(text, origin, *each))
    return spans


def _end_of_word(text: str, origin: Sequence[int], place: int) -> int:
    """Returns where, in the folded text, the word at a place ends: a blank follows."""
    end = place
    while end < len(origin) and (end == place or not _blank_between(text, origin[end - 1], origin[end])):
        end += 1
    return end


def _blank_between(text: str, first: int, second: int) -> bool:
    return any(character.isspace() for character in text[first + 1 : second])


def _in_text(text: str, origin: Sequence[int], start: int, end: int) -> tuple[int, int]:
    if start >= end:
        place = origin[start - 1] + 1 if start else 0
        return place, place
    stop = origin[end - 1] + 1
    limit = origin[end] if end < len(origin) else len(text)
    while stop < limit and not text[stop].isspace():  # accents that stand by themselves
        stop += 1
    return origin[start], stop


def _fold(text: str) -> tuple[str, list[int]]:
    """Returns a text without case, accents and blanks, and where each of its characters was."""
    kept, origin = [], []
    for index, character in enumerate(text):
        for each in unicodedata.normalize("NFKD", character.casefold()):
            if not each.isspace() and unicodedata.category(each) not in ("Mn", "Cc", "Cf"):
                kept.append(each)
                origin.append(index)
    return "".join(kept), origin


def _groups(text: str, spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Returns which pieces, by number, make up each word."""
    groups: list[list[int]] = []
    for number, (start, end) in enumerate(spans):
        before = spans[number - 1][1] if number else 0
        joined = start == end or start < before or (start == before and _one_word(text, start))
        if groups and joined:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _one_word(text: str, place: int) -> bool:
    """Whether the characters on both sides of a place belong to one word."""
    if not 0 < place < len(text):
        return False
    sides = text[place - 1], text[place]
    wide = any(unicodedata.east_asian_width(each) == "W" for each in sides)  # scripts without blanks
    return not wide and all(each.isalnum() or unicodedata.category(each) == "Mn" for each in sides)


def _halves(tokenizer: keras_hub.tokenizers.Tokenizer, ids: np.ndarray, count: int) -> list[list[int]]:
    """Returns the positions of the text tokens of each half (packed by `kerasft.inputs.texts.encoding`)."""
    end, halves, place = tokenizer.end_token_id, [], 0
    if len(ids) and ids[0] == tokenizer.start_token_id:
        place = 1
    for _ in range(count):
        members = []
        while place < len(ids) and ids[place] not in (end, tokenizer.pad_token_id):
            members.append(place)
            place += 1
        halves.append(members)
        while place < len(ids) and ids[place] == end:
            place += 1
    return halves


def _surface(tokenizer: keras_hub.tokenizers.Tokenizer, token_id: int) -> str:
    """Returns a token as text: without the marks of its family for beginnings and continuations."""
    token = str(tokenizer.id_to_token(token_id))
    suffix = getattr(tokenizer, "suffix_indicator", None)
    if suffix is not None:
        known = token not in (tokenizer.oov_token,)
        return token.removeprefix(suffix) if known else ""
    if hasattr(tokenizer, "merges"):
        return bytes(_BYTES[each] for each in token if each in _BYTES).decode("utf-8", "ignore")
    return "" if token in ("<unk>", "[UNK]") else token.replace("▁", "")


def _byte_alphabet() -> dict[str, int]:
    """Returns the byte that each letter of byte-level BPE stands for.

    Printable bytes stand for themselves, the others for the characters from 256 on (Radford et al., 2019).
    """
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {chr(256 + number): byte for number, byte in enumerate(others)}
    return letters | {chr(byte): byte for byte in plain}


_BYTES = _byte_alphabet()
