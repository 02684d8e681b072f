"""Examining texts in classes with an order: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.errors import raise_problems
from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.copy_findings import with_texts
from kerasft.data.samples import sample_of
from kerasft.data.suspects import judged_labels
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.examining import look_at_texts
from kerasft.inputs.texts.features import text_features
from kerasft.targets.classes.examining import class_findings, count_classes, label_indexes
from kerasft.targets.order.examining import gap_finding, judged_findings, likelihood_of_order
from kerasft.targets.order.kind import OrderTargets
from kerasft.targets.order.schema import Order
from kerasft.tasks.text_ordinal.sample import NAME, STARS, write_reviews


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of texts in classes with an order: the sample data, or where an order is given."""
    return likelihood_of_order(wish, NAME, recognising.likelihood)


def examine(wish: Examination) -> Diagnosis:
    """Examines texts in classes with an order.

    Raises:
        InputError: The source can't be read, the order can't be used, or the backbone can't be.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_reviews(), label=wish.label or STARS)
    found = look_at_texts(wish, OrderTargets(wish.order))
    raise_problems(found.problems)
    items, schema, judge = found.items, cast(Order, found.schema), found.judge
    names = schema.class_names
    classes = count_classes(items, names)
    findings = [*found.rows, *class_findings(classes, "text"), *gap_finding(names, "text"), *found.rest]
    if wish.suspect_labels:
        kept = np.array(found.kept)  # a copy in another fold would give its label away
        features = text_features(items, judge.backbone, wish.weights)
        judged = judged_labels(features[kept], label_indexes(items, names)[kept], wish.seed, judge.strength)
        findings += judged_findings(judged, items, names, found.kept, judge.name, judge.better)
    shown = tuple(with_texts(each, found.texts) for each in findings)
    return Diagnosis(f"{wish.source}: {plural(len(items), 'text')} of {schema}", shown, classes)
