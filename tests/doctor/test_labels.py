"""Confident learning, by the definition and by numbers."""

import numpy as np

from kerasft.data.suspects import confident_disagreements, suspected_labels


def test_the_definition_by_hand():
    """Thresholds are the means of a class's own probabilities: 0.6 and 0.7."""
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.55, 0.45]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    # rows 0..2 carry 0: mean 0.6; rows 3..5 carry 1: mean 0.65. Row 2 claims 1 (0.9 >= 0.65); row 5 claims nothing.
    assert confident_disagreements(probabilities, labels) == [(2, 1)]


def test_the_worst_come_first():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9], [0.05, 0.95]])
    labels = np.array([0, 0, 1, 1, 0, 0])
    assert [row for row, _ in confident_disagreements(probabilities, labels)] == [5, 4]


def clusters(n=300, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return (np.eye(3)[labels] * 6 + rng.normal(0, 1, (n, 3))).astype("float32"), labels


def test_planted_errors_are_found_and_nothing_else():
    features, labels = clusters()
    wrong = labels.copy()
    wrong[:15] = (wrong[:15] + 1) % 3
    suspicions, agreement = suspected_labels(features, wrong, strength=1.0)
    rows = {each.row for each in suspicions}
    assert rows <= set(range(15)) and len(rows) >= 10
    assert all(each.claimed == labels[each.row] for each in suspicions)
    assert agreement == 0.95


def test_true_labels_are_not_suspected_and_the_same_seed_says_the_same():
    features, labels = clusters()
    assert suspected_labels(features, labels, strength=1.0) == ([], 1.0)
    noisy = np.random.default_rng(1).permutation(labels)
    assert suspected_labels(features, noisy, 3) == suspected_labels(features, noisy, 3)


def test_classes_with_one_example_and_single_classes_are_passed_over():
    features, labels = clusters(31)
    labels = labels.copy()
    labels[0] = 7
    assert 0 not in [each.row for each in suspected_labels(features, labels)[0]]
    assert suspected_labels(features, np.zeros(31, int)) == ([], 1.0)
