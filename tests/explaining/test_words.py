"""Tokens found again in their text, whatever the tokenizer made of it."""

import numpy as np
import pytest

from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.words import find_spans, words_of


def texts_of(text, pieces):
    return [text[start:end] for start, end in find_spans(text, pieces)]


def test_pieces_are_found_without_case_accents_and_blanks():
    text = "Café DÉJÀ-vu,\n  naïve?"
    pieces = ["cafe", "deja", "-", "v", "u", ",", "na", "ive", "?"]
    assert texts_of(text, pieces) == ["Café", "DÉJÀ", "-", "v", "u", ",", "na", "ïve", "?"]


def test_unknown_words_get_the_place_between_their_neighbours():
    assert texts_of("my 🙂 friend", ["my", "", "friend"]) == ["my", "🙂", "friend"]
    assert texts_of("a ☃☃", ["a", ""]) == ["a", "☃☃"]
    assert texts_of("☃ b", ["", "b"]) == ["☃", "b"]


def test_a_text_that_was_cut_ends_where_reading_did():
    text = "one two three four"
    assert find_spans(text, ["one", "tw"])[-1] == (4, 6)


def test_pieces_that_are_nowhere_cost_nothing_but_themselves():
    spans = find_spans("plain words", ["plain", "zebra", "words"])
    assert [spans[0], spans[2]] == [(0, 5), (6, 11)] and spans[1][0] == spans[1][1]


TEXT = "Thank you, the Parcel was quick! Café déjà vu — xylophone?"
WORDS = [
    "Thank",
    "you",
    ",",
    "the",
    "Parcel",
    "was",
    "quick",
    "!",
    "Café",
    "déjà",
    "vu",
    "—",
    "xylophone",
    "?",
]
# the toy vocabularies of sentence pieces know no other letters than those they learned
LOWER = "thank you, the parcel was quick! café déjà vu, parcelbroken!"
LOWER_WORDS = [
    "thank",
    "you",
    ",",
    "the",
    "parcel",
    "was",
    "quick",
    "!",
    "café",
    "déjà",
    "vu",
    ",",
    "parcelbroken",
    "!",
]


LENGTH = 64  # for all: encoders that are alike share their compiled graphs


@pytest.mark.parametrize("family", ["bert", "roberta", "albert", "deberta_v3", "xlm_roberta"])
def test_each_family_gives_back_the_words_and_all_its_tokens(family, toys):
    text, expected = (TEXT, WORDS) if family in ("bert", "roberta") else (LOWER, LOWER_WORDS)
    tokenizer = toys.tokenizer_of(family)
    encoder = TextEncoder(tokenizer, LENGTH)
    ids = encoder([text])["token_ids"][0]
    words, positions = words_of(encoder, ids, [text])
    flat = [place for group in positions for place in group]
    special = {tokenizer.start_token_id, tokenizer.end_token_id, tokenizer.pad_token_id}
    assert flat == [place for place, each in enumerate(ids.tolist()) if each not in special]
    assert [word.text for word in words] == expected
    assert all(text[word.start : word.end] == word.text for word in words)
    assert max(len(word.pieces) for word in words) >= 2  # the last word is in no vocabulary


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_both_halves_of_a_pair_are_told_apart(family, toys):
    encoder = TextEncoder(toys.tokenizer_of(family), 32)
    halves = ["the parcel", "Where is the refund?"]
    ids = encoder(halves[:1], halves[1:])["token_ids"][0]
    words, positions = words_of(encoder, ids, halves)
    assert [(word.half, word.text) for word in words] == [
        (0, "the"), (0, "parcel"), (1, "Where"), (1, "is"), (1, "the"), (1, "refund"), (1, "?"),
    ]  # fmt: skip
    assert positions[2][0] > positions[1][-1] + 1  # the separator is between


def test_of_an_empty_text_and_of_one_of_blanks_there_are_no_words(toys):
    encoder = TextEncoder(toys.tokenizer_of("bert"), LENGTH)
    for text in ("", " \n "):
        words, positions = words_of(encoder, encoder([text])["token_ids"][0], [text])
        assert words == () and positions == []


def test_a_text_longer_than_the_input_gives_what_was_read(toys):
    encoder = TextEncoder(toys.tokenizer_of("bert"), LENGTH)
    text = "the parcel " * 40
    words, positions = words_of(encoder, encoder([text])["token_ids"][0], [text])
    assert len(words) == LENGTH - 2 == len(np.concatenate(positions)) and words[-1].end < len(text)
