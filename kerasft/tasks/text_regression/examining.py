"""Examining texts with numbers: read as training reads them, then looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from kerasft.base.errors import raise_problems
from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.data.copy_findings import with_texts
from kerasft.data.recognising import likelihood_of_table
from kerasft.data.samples import sample_of
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.examining import look_at_texts
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.numbers.examining import number_findings
from kerasft.targets.numbers.kind import targets_of
from kerasft.targets.numbers.recognising import looks_like_numbers
from kerasft.targets.numbers.schema import Numbers
from kerasft.tasks.text_regression.sample import MINUTES, NAME, write_durations


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of texts with numbers: those of a table are, if some have a fraction."""

    def fits(path: Path) -> bool:
        columns = TextColumns(wish.text, wish.text_pair, wish.label or TextColumns.label)
        return looks_like_numbers(row.label for row in read_table(path, columns, apart=True).rows)

    return likelihood_of_table(wish, NAME, recognising.likelihood, fits)


def examine(wish: Examination) -> Diagnosis:
    """Examines texts with numbers.

    Raises:
        InputError: The source can't be read, or an answer is no number.
    """
    if sample_of(str(wish.source), (NAME,)):
        wish = replace(wish, source=write_durations(), label=wish.label or MINUTES)
    found = look_at_texts(wish, targets_of(wish.label or TextColumns.label, None))
    raise_problems(found.problems)
    items, schema = found.items, cast(Numbers, found.schema)
    findings = [*found.rows, *number_findings(items, schema, "text"), *found.rest]
    shown = tuple(with_texts(each, found.texts) for each in findings)
    count = "a number" if len(schema.numbers) == 1 else f"{len(schema.numbers)} numbers"
    return Diagnosis(f"{wish.source}: {plural(len(items), 'text')} with {count} each", shown)
