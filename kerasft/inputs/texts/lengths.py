"""How long texts are in tokens, and what a sequence length cuts off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.inputs.texts.unknown import Unknown

_PERCENTILE = 99
_MULTIPLE = 16


@dataclass(frozen=True)
class LengthReport:
    """The lengths of some texts in tokens, special tokens included, beside a sequence length.

    Args:
        count: Number of texts.
        sequence_length: The length that texts are cut or padded to.
        cut: How many texts are longer.
        shortest: Tokens of the shortest text.
        median: Half of the texts have at most so many tokens.
        percentile_90: Nine in ten have at most so many.
        percentile_99: 99 in a hundred have at most so many.
        longest: Tokens of the longest text.
        lost: Share of all tokens that is cut off, in [0, 1].
        unknown: What the tokenizer doesn't know; None: not looked at.
    """

    count: int
    sequence_length: int
    cut: int
    shortest: int
    median: int
    percentile_90: int
    percentile_99: int
    longest: int
    lost: float
    unknown: Unknown | None = None

    @property
    def cut_share(self) -> float:
        """Share of the texts that are cut, in [0, 1]."""
        return self.cut / self.count

    def __str__(self) -> str:
        """Two lines: the distribution, and what is cut; a third one where too many tokens are unknown."""
        if self.cut:
            what = (
                f"cuts {self.cut} of {self.count} texts ({self.cut_share:.1%}) "
                f"and {self.lost:.1%} of all tokens"
            )
        else:
            what = "cuts nothing"
        return (
            f"tokens per text: shortest {self.shortest}, median {self.median}, 90 % up to "
            f"{self.percentile_90}, 99 % up to {self.percentile_99}, longest {self.longest}"
            f"{self._unknown()}\nsequence length {self.sequence_length} {what}{self._warning()}"
        )

    def _unknown(self) -> str:
        return "" if self.unknown is None else f"; unknown to the tokenizer {self.unknown.share:.1%}"

    def _warning(self) -> str:
        if self.unknown is None or not self.unknown.too_many:
            return ""
        return f"\nwarning: {self.unknown}; the model can't tell them apart: {self.unknown.advice}"


def length_report(lengths: np.ndarray, sequence_length: int) -> LengthReport:
    """Describes lengths, and what is lost by cutting at a sequence length.

    Args:
        lengths: (n,) tokens of each text (or pair) before it is cut, special tokens included.
        sequence_length: In tokens, special tokens included.
    """
    lengths = _checked(lengths)
    over = np.maximum(lengths - sequence_length, 0)
    return LengthReport(
        count=len(lengths),
        sequence_length=int(sequence_length),
        cut=int((over > 0).sum()),
        shortest=int(lengths.min()),
        median=_percentile(lengths, 50),
        percentile_90=_percentile(lengths, 90),
        percentile_99=_percentile(lengths, 99),
        longest=int(lengths.max()),
        lost=float(over.sum() / max(1, lengths.sum())),
    )


def default_sequence_length(lengths: np.ndarray, maximum: int) -> int:
    """Returns the length that 99 % of the texts fit into, rounded up to a multiple of 16, at most `maximum`.

    Args:
        lengths: As for `length_report`; of the training split, so that the others don't decide.
        maximum: What the backbone can take, in tokens.
    """
    needed = _percentile(_checked(lengths), _PERCENTILE)
    return min(-(-max(needed, 1) // _MULTIPLE) * _MULTIPLE, maximum)


def _percentile(lengths: np.ndarray, percent: float) -> int:
    # A length that occurs: the smallest that at least so many texts don't exceed.
    return int(np.percentile(lengths, percent, method="inverted_cdf"))


def _checked(lengths: np.ndarray) -> np.ndarray:
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or not len(lengths) or lengths.dtype.kind not in "iu":
        given = f"{lengths.dtype} {lengths.shape}"
        raise ValueError(f"lengths must be one whole number per text, and not none (got {given})")
    return lengths.astype(np.int64)
