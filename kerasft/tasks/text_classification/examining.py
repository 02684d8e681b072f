"""Examining texts of classes: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis, Finding
from kerasft.data.copy_findings import with_texts
from kerasft.data.suspects import rows_judged, suspected_labels
from kerasft.inputs.texts.examining import Examined, look_at_texts
from kerasft.inputs.texts.features import text_features
from kerasft.targets.classes.examining import (
    class_findings,
    count_classes,
    label_finding,
    label_indexes,
)
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes


def examine_texts(wish: Examination) -> Diagnosis:
    """Examines texts.

    Raises:
        InputError: The source can't be read, or the backbone can't be used.
    """
    found = look_at_texts(wish, CLASSES)
    names = cast(Classes, found.schema).class_names
    names = (*names, *sorted({item.label for item in found.items} - set(names)))
    classes = count_classes(found.items, names)
    findings = [*found.rows, *class_findings(classes, "text"), *found.rest]
    if wish.suspect_labels and len(names) > 1:
        findings.append(_suspected(found, names, wish))
    shown = [with_texts(each, found.texts) for each in findings]
    title = f"{wish.source}: {plural(len(found.items), 'text')} of {plural(len(names), 'class')}"
    return Diagnosis(title, tuple(shown), classes)


def _suspected(found: Examined, names: tuple[str, ...], wish: Examination) -> Finding:
    """Returns the finding on labels, compared without copies: one in another fold would give its label away."""
    judge, kept = found.judge, np.array(found.kept)
    features = text_features(found.items, judge.backbone, wish.weights)
    labels = label_indexes(found.items, names)[kept]
    suspicions, agreement = suspected_labels(features[kept], labels, wish.seed, judge.strength)
    suspicions = [replace(each, row=int(kept[each.row])) for each in suspicions]
    judged = rows_judged(labels)
    finding = label_finding(suspicions, agreement, found.items, names, judge.name, judged, len(kept))
    if judge.better and suspicions:
        return replace(finding, next_step=f"{finding.next_step}; {judge.better}")
    return finding
