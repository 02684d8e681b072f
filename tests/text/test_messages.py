"""The sample table of customer messages keeps what docs/messages.md promises."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import kerasft

PATH = Path(kerasft.__file__).parent / "assets" / "messages.csv"
CLASS_NAMES = ("account", "billing", "delivery", "product", "returns", "technical")


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.casefold()))


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str]]:
    with PATH.open(encoding="utf-8", newline="") as handle:
        header, *body = csv.reader(handle, strict=True)
    assert header == ["text", "label"]
    assert {len(row) for row in body} == {2}
    return [(text, label) for text, label in body]


def test_file_is_plain_utf8_with_one_message_per_line(rows):
    content = PATH.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content
    assert content.decode("utf-8").count("\n") == len(rows) + 1
    assert all(text == text.strip() and text for text, _ in rows)


def test_six_classes_of_nearly_equal_size(rows):
    counts = Counter(label for _, label in rows)
    assert len(rows) >= 600
    assert tuple(sorted(counts)) == CLASS_NAMES
    assert max(counts.values()) <= 1.2 * min(counts.values())


def test_classes_are_interleaved(rows):
    # A reader that takes the first hundred rows must still see every class.
    assert {label for _, label in rows[:100]} == set(CLASS_NAMES)
    assert {label for _, label in rows[-100:]} == set(CLASS_NAMES)


def test_every_message_is_unique(rows):
    folded = Counter(" ".join(text.casefold().split()) for text, _ in rows)
    assert [text for text, count in folded.items() if count > 1] == []


def test_no_near_duplicates(rows):
    word_sets = [(words(text), text) for text, _ in rows]
    close = [
        (first_text, second_text)
        for (first, first_text), (second, second_text) in combinations(word_sets, 2)
        # Sets of very different size can't be that similar; this check spares most intersections.
        if min(len(first), len(second)) > 0.8 * max(len(first), len(second))
        and len(first & second) > 0.8 * len(first | second)
    ]
    assert close == []


@pytest.mark.parametrize("label", CLASS_NAMES)
def test_each_class_has_short_and_long_messages(rows, label):
    lengths = [len(text.split()) for text, row_label in rows if row_label == label]
    assert min(lengths) <= 5
    assert max(lengths) >= 30
    assert max(lengths) <= 60


def test_no_single_word_gives_a_class_away(rows):
    per_class = Counter(label for _, label in rows)
    per_word = Counter(word for text, _ in rows for word in words(text))
    together = Counter((word, label) for text, label in rows for word in words(text))
    giveaways = [
        (word, label)
        for (word, label), count in together.items()
        if count > 0.9 * per_word[word] and count > 0.35 * per_class[label]
    ]
    assert giveaways == []


def test_no_contact_data(rows):
    for text, _ in rows:
        for address in re.findall(r"\S+@\S+", text):
            assert address.rstrip(".,?").endswith("@example.com"), text
        assert not re.search(r"\d(?:[ -]?\d){8,}", text), f"looks like a phone or card number: {text}"


def test_bag_of_words_does_not_solve_it(rows):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    texts, labels = (list(column) for column in zip(*rows, strict=True))
    scores = []
    for seed in range(3):
        # 70 % train, 15 % left aside (where a model would be validated), 15 % test: as in docs/messages.md.
        train_texts, rest_texts, train_labels, rest_labels = train_test_split(
            texts, labels, test_size=0.3, stratify=labels, random_state=seed
        )
        _, test_texts, _, test_labels = train_test_split(
            rest_texts, rest_labels, test_size=0.5, stratify=rest_labels, random_state=seed
        )
        baseline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
        # So small a fit spends twenty times as long when BLAS threads wait for each other on a busy machine.
        with threadpool_limits(1):
            scores.append(baseline.fit(train_texts, train_labels).score(test_texts, test_labels))
    assert max(scores) < 0.90, scores
    # And it isn't noise either: labels that meant nothing would score about 1/6.
    assert np.mean(scores) > 0.45, scores
