"""Numbers as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.answers import Place
from kerasft.contract.plan import Training
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.rounding import UNIT
from kerasft.targets.numbers.answering import AGREE, ANSWERING
from kerasft.targets.numbers.claim import claim_of
from kerasft.targets.numbers.evaluation import NumberEvaluation, measure
from kerasft.targets.numbers.intervals import Intervals, fit_intervals, read_intervals
from kerasft.targets.numbers.learning import LEARNING
from kerasft.targets.numbers.prediction import NumberPrediction, decode, table_columns, table_row
from kerasft.targets.numbers.reading import NumberSpelling, find_numbers
from kerasft.targets.numbers.report import number_sections
from kerasft.targets.numbers.schema import Numbers, fields_of, rows_of

if TYPE_CHECKING:
    import keras


class NumberTargets(Targets[Numbers, np.ndarray, np.ndarray]):
    """Numbers: models give (batch, numbers) in standard deviations from the mean, and answers are in the data's units.

    Args:
        label: What a user calls the column, or the columns with commas between them; None where that isn't known yet.
        units: Of each; () of none.
    """

    measured = NumberEvaluation
    answering, learning, claiming = ANSWERING, LEARNING, staticmethod(claim_of)
    apart, explained = True, True

    def __init__(self, label: str | None = None, units: Sequence[str] = ()):
        self.label, self.units = label, tuple(units)

    def spelling(self, raw: Iterable[object], wanted: Numbers | None) -> NumberSpelling:
        """Returns how numbers are written."""
        return NumberSpelling(self.label if wanted is None else ",".join(wanted.numbers))

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Numbers | None, place: Place
    ) -> tuple[Numbers, list[Problem]]:
        """Returns a schema that is not scaled yet: see `Numbers.fitted`."""
        return find_numbers(labels, wanted, self.label, self.units, place)

    def schema_of(self, fields: JsonFields) -> Numbers:
        """Returns names, means, deviations and units."""
        try:
            return fields_of(fields)
        except ValueError as error:
            problem = Problem(
                "it isn't said which numbers the model gives", str(error), "give schema=splits.schema"
            )
            raise InputError(problem) from None

    def described(self, values: JsonFields) -> tuple[Numbers, JsonObject]:
        """Returns the schema of a description, with its intervals."""
        schema, given = fields_of(values), values.get("intervals")
        if given is None:  # a file from before there were some
            return schema, {}
        if not isinstance(given, dict):
            raise ValueError(f"intervals is {given!r:.60}")
        found = read_intervals(given, len(schema.numbers))
        return replace(schema, intervals=found), found.served

    def answer_shape(self, schema: Numbers) -> tuple[int, ...]:
        """Returns (numbers,)."""
        return (len(schema.numbers),)

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Numbers, ids: Sequence[str]
    ) -> NumberEvaluation:
        """Measures numbers (n, numbers) on the right ones, with the intervals of the schema."""
        return measure(answers, targets, schema, ids)

    def calibrate(
        self, outputs: np.ndarray, targets: np.ndarray, schema: Numbers, training: Training
    ) -> Intervals:
        """Fits the prediction intervals."""
        return fit_intervals(self.finish(outputs, schema, {}), rows_of(targets), training.coverage)

    def read_calibration(self, values: JsonFields) -> Intervals:
        """Returns the intervals that were fitted."""
        return read_intervals(values)

    def calibrated(self, schema: Numbers, served: JsonFields) -> Numbers:
        """Returns the schema with the intervals."""
        given = served.get("intervals")
        return schema if given is None else replace(schema, intervals=read_intervals(given))

    def finish(self, outputs: np.ndarray, schema: Numbers, served: JsonFields) -> np.ndarray:
        """Returns numbers (n, numbers) in the units of the data."""
        scales, centres = (each.astype("float32") for each in (schema.scales, schema.centres))
        return np.asarray(outputs, "float32") * scales + centres

    def serve(
        self, outputs: keras.KerasTensor, schema: Numbers, served: JsonFields
    ) -> dict[str, keras.KerasTensor]:
        """Returns numbers (batch, numbers) in the units of the data; intervals are no part of a file's graph."""
        scales, centres = (each.astype("float32") for each in (schema.scales, schema.centres))
        return {self.answering.output: outputs * scales + centres}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> np.ndarray:
        """Returns the share of numbers that are within 0.05 standard deviations."""
        return (self._apart(answers, expected, schema) <= AGREE).mean(axis=1)

    def decisions(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> np.ndarray:
        """Returns how many numbers there are."""
        return np.full(len(expected), expected.shape[1])

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> float:
        """Returns the largest difference, in standard deviations."""
        return float(np.max(self._apart(answers, expected, schema)))

    def _apart(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> np.ndarray:
        return np.abs(answers.astype("float64") - expected.astype("float64")) / schema.scales

    def finishing_error(self, answers: np.ndarray, schema: Numbers) -> float:
        """Returns what rounding does to a product and a sum."""
        return 2 * UNIT * float(np.max(np.abs(answers) / schema.scales))

    def unit(self, schema: Numbers) -> tuple[float, str]:
        """Returns the standard deviation; of several numbers the score is in standard deviations already."""
        one = len(schema.numbers) == 1
        return (float(schema.scales[0]) if one else 1.0), " standard deviations"

    def decode(
        self, answer: np.ndarray, schema: Numbers, described: JsonFields, top: int
    ) -> NumberPrediction:
        """Returns the numbers and their intervals."""
        return decode(answer, schema)

    def table_columns(self, schema: Numbers, described: JsonFields) -> dict[str, type]:
        """Returns a column for each number, and for the ends of its interval."""
        return table_columns(schema)

    def table_row(self, answer: np.ndarray, schema: Numbers, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns."""
        return table_row(answer, schema)

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns scores, data and the largest errors."""
        return number_sections(reported, showing)


NUMBERS = NumberTargets()


def targets_of(label: str | None, unit: str | None) -> NumberTargets:
    """Returns the kind for what a user calls the columns of numbers, and their units: "price,area" and "EUR,m2"."""
    return NumberTargets(label, () if unit is None else [each.strip() for each in unit.split(",")])
