"""That a part of an image is of a class, to be explained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kerasft.base.json_values import JsonObject
from kerasft.base.odds import own_log_odds
from kerasft.base.wording import clip
from kerasft.contract.explanation import Claim
from kerasft.targets.masks.prediction import shares_of
from kerasft.targets.masks.schema import Masks

_LONGEST = 40  # characters of a title


@dataclass(frozen=True, eq=False)
class MaskClaim(Claim):
    """That pixels are of a class: its mean logit over all that an answer gives it.

    Source: Vinogradova et al. 2020, "Towards Interpretable Semantic Segmentation via Gradient-weighted Class Activation
    Mapping".

    Args:
        class_name: The class.
        probability: Its mean over these pixels, between 0 and 1.
        share: Of the image, that these pixels have; 0 where none is of the class: then it is said of all pixels.
        pixels: bool (height, width), these.
        target: The number of the class.
    """

    local = True

    class_name: str
    probability: float
    share: float
    pixels: np.ndarray = field(repr=False)
    target: int = 0

    def __str__(self) -> str:
        if not self.share:
            return f"{self.class_name} {self.probability:.3f} (not in the answer)"
        return f"{self.class_name} {self.probability:.3f} on {self.share:.1%} of the image"

    @property
    def title(self) -> str:
        """The class with its probability and its share."""
        found = f"{clip(self.class_name, _LONGEST)}  {self.probability:.1%}"
        return (
            f"{found}   (not in the answer)"
            if not self.share
            else f"{found} on {self.share:.1%} of the image"
        )

    @property
    def region(self) -> np.ndarray | None:
        """The pixels, bool (height, width); None where the answer has none of the class."""
        return self.pixels if self.share else None

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        """Returns what makes the mean of the class's logits over the pixels, of (height, width, classes)."""
        found = np.zeros(shape, np.float32)
        found[..., self.target] = self.pixels / self.pixels.sum()
        return found

    def needed(self, answers: np.ndarray) -> np.ndarray:
        """Returns the class's probabilities (n, pixels)."""
        return answers[:, self.pixels, self.target]

    def strength(self, needed: np.ndarray) -> np.ndarray:
        """Returns the mean of their log-odds."""
        return own_log_odds(needed).mean(axis=1)

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {"class_name": self.class_name, "probability": self.probability, "share": self.share}


def claim_of(answer: np.ndarray, schema: Masks, wanted: str | None = None) -> MaskClaim:
    """Returns that pixels of an answer (height, width, classes) are of a class.

    It is the class that has the most, without the commonest one of the training data where another is there: what is
    asked about is seldom the background.
    """
    found, shares, names = answer.argmax(axis=-1), shares_of(answer), schema.class_names
    chosen = _most(shares, schema) if wanted is None else names.index(wanted)
    share = float(shares[chosen])
    pixels = found == chosen if share else np.ones(found.shape, bool)
    return MaskClaim(names[chosen], float(answer[pixels, chosen].mean()), share, pixels, chosen)


def _most(shares: np.ndarray, schema: Masks) -> int:
    """Returns the class with the largest share, if possible without the commonest of the training data."""
    common = int(np.argmax(schema.shares)) if schema.shares else -1
    rest = np.where(np.arange(len(shares)) == common, 0, shares)
    return int((rest if rest.any() else shares).argmax())
