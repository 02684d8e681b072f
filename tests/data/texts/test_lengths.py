"""The length report, and the sequence length that follows from it."""

import numpy as np
import pytest

from kerasft.inputs.texts.lengths import default_sequence_length, length_report


def test_report():
    report = length_report(np.arange(1, 101), 90)
    assert (report.shortest, report.median, report.percentile_90, report.percentile_99) == (1, 50, 90, 99)
    assert report.longest == 100 and report.cut == 10 and report.cut_share == 0.1
    assert report.lost == pytest.approx(sum(range(1, 11)) / sum(range(1, 101)))
    assert str(report) == (
        "tokens per text: shortest 1, median 50, 90 % up to 90, 99 % up to 99, longest 100\n"
        "sequence length 90 cuts 10 of 100 texts (10.0%) and 1.1% of all tokens"
    )
    assert str(length_report(np.arange(1, 101), 100)).endswith("sequence length 100 cuts nothing")


@pytest.mark.parametrize(
    ("lengths", "maximum", "expected"),
    [
        ([5] * 99 + [1000], 512, 16),  # one in a hundred may be cut
        ([5] * 98 + [1000] * 2, 512, 512),
        ([5] * 49 + [100], 512, 112),  # of fifty, one is two in a hundred
        ([16] * 10, 512, 16),
        ([17] * 10, 512, 32),
        ([100], 512, 112),
        ([100], 64, 64),
        ([500], 510, 510),  # the backbone's maximum need not be a multiple of 16
        ([0], 512, 16),
    ],
)
def test_default_sequence_length(lengths, maximum, expected):
    lengths = np.array(lengths)
    assert default_sequence_length(lengths, maximum) == expected
    assert length_report(lengths, max(expected, 1000)).cut == 0
    if expected < maximum:
        assert length_report(lengths, expected).cut_share <= 0.01


@pytest.mark.parametrize("lengths", [[], [[1, 2]], [1.5]])
def test_what_is_no_lengths(lengths):
    with pytest.raises(ValueError, match="lengths must be one whole number per text"):
        default_sequence_length(np.array(lengths), 512)
