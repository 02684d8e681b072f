"""One class of several that have an order, such as grades: classes, but for what the order says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import Problem, raise_problems
from kerasft.contract.answers import Marks, Place
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.networks.heads import copy_outputs
from kerasft.targets.classes.kind import ClassTargets
from kerasft.targets.classes.schema import Classes
from kerasft.targets.classes.spelling import spelling_of
from kerasft.targets.order.answering import ANSWERING
from kerasft.targets.order.evaluation import OrderEvaluation, measure_order
from kerasft.targets.order.learning import LEARNING
from kerasft.targets.order.reading import as_order, find_order, order_list_problems
from kerasft.targets.order.report import order_sections
from kerasft.targets.order.schema import Order
from kerasft.targets.order.spelling import OrderSpelling

if TYPE_CHECKING:
    import keras


class OrderTargets(ClassTargets):
    """Classes with an order: models give log probabilities (examples, classes), and answers are probabilities.

    Args:
        order: The classes from the lowest to the highest, as "bad,fair,good" or a list; None: they are numbers.

    Raises:
        InputError: The order can't be used.
    """

    answering, learning, measured = ANSWERING, LEARNING, OrderEvaluation
    schema_type = Order

    def __init__(self, order: str | Iterable[object] | None = None):
        self.order = as_order(order)
        raise_problems([] if self.order is None else order_list_problems(self.order))

    def spelling(self, raw: Iterable[object], wanted: Classes | None) -> OrderSpelling:
        """Returns how classes are spelled, which may be numbers with a decimal point."""
        names = self.order if wanted is None else wanted.class_names
        return OrderSpelling(**vars(spelling_of(raw, names)))

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Classes | None, place: Place
    ) -> tuple[Classes, list[Problem]]:
        """Returns the classes in their order."""
        if wanted is not None:
            return super().find_schema(labels, wanted, place)
        names, problems = find_order(labels, self.order, place)
        return Order(names), problems

    def marks(
        self, labels: Sequence[str], splits: Sequence[str], wanted: Classes | None, listed: bool, noun: str
    ) -> Marks:
        """Returns what is odd about the labels; what is named in the order is a class."""
        known = wanted if self.order is None else Order(self.order)
        return super().marks(labels, splits, known, listed, noun)

    def copy_head(
        self, old: keras.Model, old_schema: Classes, new: keras.Model, new_schema: Classes
    ) -> tuple[str, ...]:
        """Copies what is asked of each class but the last, whether it is more, by the names of these classes."""
        return copy_outputs(old, old_schema.class_names[:-1], new, new_schema.class_names[:-1], "logits")

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Classes, ids: Sequence[str]
    ) -> OrderEvaluation:
        """Measures probabilities (n, classes) on labels (n,)."""
        return measure_order(answers, targets, cast(Order, schema), ids)

    def unit(self, schema: Classes) -> tuple[float, str]:
        """Returns a step."""
        return 1.0, " steps"

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns the sections of classes, and the errors in steps."""
        return order_sections(reported, showing)


ORDER = OrderTargets()
