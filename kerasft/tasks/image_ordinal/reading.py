"""`read_images_with_order`: images, each in one of several classes with an order."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.base.signatures import Passed, taking_more
from kerasft.data.own_splits import Data
from kerasft.data.samples import sample_of
from kerasft.inputs.images.reading import read_answered
from kerasft.inputs.images.splits import ImageSplits
from kerasft.targets.order.kind import OrderTargets
from kerasft.targets.order.options import ABOUT_ORDER
from kerasft.tasks.image_ordinal.sample import GRADES, NAME, write_crowds


@taking_more(read_answered, ABOUT_ORDER)
def read_images_with_order(
    source: Data, *given: Passed, order: str | Sequence[str] | None = None, **options: Passed
) -> ImageSplits:
    """Reads images in classes with an order, such as grades, or "crowds", the sample data.

    They are a table with a column of classes, or a folder of class folders. Targets are int32 (n,), counted from the
    lowest class.
    """
    if isinstance(source, str) and sample_of(source, (NAME,)):
        source, order = write_crowds(), order or tuple(GRADES)
    return read_answered(OrderTargets(order), source, *given, **options)
