"""What `kerasft compare text-ordinal` takes."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.options import option
from kerasft.base.signatures import Passed
from kerasft.contract.grid import ClassGrid
from kerasft.inputs.texts.comparison import TextComparison
from kerasft.targets.order.options import ASKED


@dataclass(frozen=True)
class TextOrdinalGrid(TextComparison, ClassGrid):
    """The grid on texts in classes with an order."""

    data: str = option("reviews", "a table of texts and classes", kind="data")
    label: str = option("label", "the column of the classes")
    order: str | None = option(None, ASKED)

    def reading(self) -> dict[str, Passed]:
        """Returns the arguments of the reader, but for the data."""
        return super().reading() | {"order": self.order}
