"""Examining texts with several labels: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from kerasft.base.errors import raise_problems
from kerasft.base.wording import plural
from kerasft.contract.answers import UnreadableError
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.copy_findings import with_texts
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.examining import look_at_texts
from kerasft.inputs.texts.features import text_features
from kerasft.inputs.texts.near_texts import near_texts
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.labels.examining import count_labels, label_findings, missing_finding, suspected_finding
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.recognising import looks_like_labels
from kerasft.targets.labels.schema import Labels
from kerasft.tasks.text_multilabel.sample import NAME, TOPICS, write_several_topics

_CLOSE = 0.8  # what texts overlap by that should have the same labels: half may be about one thing more


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of texts with several labels: those of a table are, if some have none or several."""

    def fits(path: Path) -> bool:
        columns = TextColumns(wish.text, wish.text_pair, wish.label or TextColumns.label)
        rows = read_table(path, columns, several=True).rows
        usable = [row.label for row in rows if not isinstance(row.text, UnreadableError)]
        return 2 * len(usable) > len(rows) and looks_like_labels(
            usable
        )  # else they hold more than yes and no

    return likelihood_of_table(wish, NAME, recognising.likelihood, fits)


def examine(wish: Examination) -> Diagnosis:
    """Examines texts with several labels.

    Raises:
        InputError: The source can't be read, a label can't be, or the backbone can't be used.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_several_topics(), label=wish.label or TOPICS)
    found = look_at_texts(wish, LABELS)
    raise_problems(found.problems)
    items, schema, judge = found.items, cast(Labels, found.schema), found.judge
    findings = [*found.rows, *label_findings(items, schema, "text"), *found.rest]
    closest = near_texts(found.texts, _CLOSE) if found.near else []
    findings.append(missing_finding(closest, items, "text"))
    if wish.suspect_labels:
        features = text_features(items, judge.backbone, wish.weights)
        suspected = suspected_finding(
            features, items, schema, found.kept, judge.name, wish.seed, judge.strength
        )
        if judge.better and suspected.suspects:
            suspected = replace(suspected, next_step=f"{suspected.next_step}; {judge.better}")
        findings.append(suspected)
    shown = tuple(with_texts(each, found.texts) for each in findings)
    title = f"{wish.source}: {plural(len(items), 'text')} with {schema}"
    return Diagnosis(title, shown, count_labels(items, schema))
