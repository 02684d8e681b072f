"""One predictor in the hands of many threads, as a web server has it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

THREADS, TIMES = 8, 6


def answers_alike(predict, examples) -> None:
    """Asserts that eight threads get the answers that one gets, for each example alone, many times over."""
    expected = [predict(examples[row : row + 1]) for row in range(len(examples))]
    assert np.ptp(np.concatenate(expected), axis=0).max() > 0.01, (
        "examples that look the same would hide a mix-up"
    )
    rows = [*range(len(examples))] * TIMES
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads take each other's turn a thousand times as often
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(lambda row: predict(examples[row : row + 1]), rows))
    finally:
        sys.setswitchinterval(before)
    for row, answer in zip(rows, found, strict=True):
        np.testing.assert_allclose(answer, expected[row], atol=1e-6)
