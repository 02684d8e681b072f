"""`read_texts_with_order`: a table of texts, or pairs of texts, each in one of several classes with an order."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.texts.reading import read_answered
from kerasft.inputs.texts.texts import TextColumns, TextSplits
from kerasft.targets.order.kind import OrderTargets
from kerasft.targets.order.options import ABOUT_ORDER
from kerasft.tasks.text_ordinal.sample import NAME, STARS, write_reviews


@taking_more(read_answered, ABOUT_ORDER)
def read_texts_with_order(
    source: Data,
    *,
    label: str = TextColumns.label,
    order: str | Sequence[str] | None = None,
    **options: Passed,
) -> TextSplits:
    """Reads texts, or pairs of texts, in classes with an order, such as stars, or "reviews", the sample data.

    Targets are int32 (n,), counted from the lowest class.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, label = write_reviews(), STARS if label == TextColumns.label else label
    return read_answered(OrderTargets(order), source, label=label, **options)
