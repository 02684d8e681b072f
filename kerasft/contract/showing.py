"""How examples of a kind, and explanations of answers to them, are shown on a page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from markupsafe import Markup

from kerasft.contract.explanation import Explanation
from kerasft.contract.splits import Split

ExplanationType = TypeVar("ExplanationType", bound=Explanation)  # the one of a kind


class Showing(ABC, Generic[ExplanationType]):
    """How a page shows examples of a kind. What it returns becomes part of a page with all texts escaped.

    Attributes:
        layout: The style sheet's class for lists of examples; "" where they stand side by side.
        in_a_row: How many fit into the row of a table.
        about: What has to be known of examples on a page, as the end of a sentence, or "".
        augmented: Whether training changes examples.
    """

    layout: ClassVar[str]
    in_a_row: ClassVar[int]
    about: ClassVar[str]
    augmented: ClassVar[bool]

    @abstractmethod
    def example(self, split: Split, row: int) -> dict[str, object]:
        """Returns an example: its `id`, and `src`, a data URL of an image; or `text`, and of pairs `pair`."""

    @abstractmethod
    def evidence(self, explanation: ExplanationType) -> dict[str, object]:
        """Returns an explanation: `why`, a data URL of an image, or `words`, the texts as `Markup`."""

    @abstractmethod
    def legend(self, which: str, method: str, claim: str = "the answer") -> Markup:
        """Returns a sentence on how to read `evidence`.

        Args:
            which: The examples that have it: "each", or "the first 12".
            method: How the explanations were found.
            claim: What is explained.
        """
