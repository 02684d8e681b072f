"""Texts, or pairs of texts, in classes with an order, such as stars."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.inputs.texts.task import TextTask
from kerasft.targets.order.kind import ORDER
from kerasft.tasks.text_ordinal import examining
from kerasft.tasks.text_ordinal.comparison import TextOrdinalGrid
from kerasft.tasks.text_ordinal.config import TextOrderConfig
from kerasft.tasks.text_ordinal.reading import read_texts_with_order


class TextOrdinal(TextTask[TextOrderConfig]):
    """Texts, or pairs of texts, to classes with an order."""

    name = "text_ordinal"
    Config = TextOrderConfig
    targets = ORDER
    Comparison, read = TextOrdinalGrid, staticmethod(read_texts_with_order)
    pipeline_tag = "text-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts in classes with an order."""
        return examining.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts in classes with an order as training would, and says what is wrong with them."""
        return examining.examine(wish)


TASK = TextOrdinal()
