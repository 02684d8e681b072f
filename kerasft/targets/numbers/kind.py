"""A number as a kind of target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.options import from_dict
from kerasft.contract.answers import Place
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.targets import Cell, Targets
from kerasft.networks.rounding import UNIT
from kerasft.targets.numbers.answering import AGREE, ANSWERING
from kerasft.targets.numbers.claim import claim_of
from kerasft.targets.numbers.evaluation import NumberEvaluation, measure
from kerasft.targets.numbers.learning import LEARNING
from kerasft.targets.numbers.prediction import NumberPrediction
from kerasft.targets.numbers.reading import NumberSpelling
from kerasft.targets.numbers.report import number_sections
from kerasft.targets.numbers.schema import Numbers, fields_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NoCalibration:
    """Nothing is fitted: a number is what the model says.

    Args:
        examples: Of the validation split.
    """

    examples: int = 0

    @property
    def served(self) -> JsonObject:
        """Nothing that a file must know."""
        return {}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return asdict(self)


class NumberTargets(Targets[Numbers, np.ndarray, np.ndarray]):
    """A number: models give (batch, 1) in standard deviations from the mean, and answers are in the data's unit."""

    measured = NumberEvaluation
    answering, learning, claiming = ANSWERING, LEARNING, staticmethod(claim_of)

    def spelling(self, raw: Iterable[object], wanted: Numbers | None) -> NumberSpelling:
        """Returns how numbers are written."""
        return NumberSpelling()

    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: Numbers | None, place: Place
    ) -> tuple[Numbers, list[Problem]]:
        """Returns a schema that is not scaled yet: see `Numbers.fitted`."""
        schema = Numbers("number")
        problems = [
            Problem("not a number", repr(name), f"rename it in {place.flag}")  # a folder
            for name in labels
            if not schema.allows(name)
        ]
        if wanted is None and not problems and place.complete and len(labels) < 2:
            what = "all values are the same" if labels else "there are no values"
            problems = [Problem(what, place.received, place.next_step)]
        return wanted or schema, problems

    def schema_of(self, fields: JsonFields) -> Numbers:
        """Returns name, mean and deviation."""
        try:
            return fields_of(fields)
        except ValueError as error:
            problem = Problem(
                "it isn't said which number the model gives", str(error), "give schema=splits.schema"
            )
            raise InputError(problem) from None

    def described(self, values: JsonFields) -> tuple[Numbers, JsonObject]:
        """Returns the schema of a description."""
        return fields_of(values), {}

    def answer_shape(self, schema: Numbers) -> tuple[int, ...]:
        """Returns (1,)."""
        return (1,)

    def evaluate(
        self, answers: np.ndarray, targets: np.ndarray, schema: Numbers, ids: Sequence[str]
    ) -> NumberEvaluation:
        """Measures numbers (n, 1) on the right ones (n,)."""
        return measure(answers, targets, schema, ids)

    def calibrate(self, outputs: np.ndarray, targets: np.ndarray, schema: Numbers) -> NoCalibration:
        """Fits nothing."""
        return NoCalibration(len(targets))

    def read_calibration(self, values: JsonFields) -> NoCalibration:
        """Returns how many examples there were."""
        return from_dict(NoCalibration, values)

    def finish(self, outputs: np.ndarray, schema: Numbers, served: JsonFields) -> np.ndarray:
        """Returns numbers (n, 1) in the unit of the data."""
        return np.asarray(outputs, "float32") * np.float32(schema.deviation) + np.float32(schema.mean)

    def serve(
        self, outputs: keras.KerasTensor, schema: Numbers, served: JsonFields
    ) -> dict[str, keras.KerasTensor]:
        """Returns numbers (batch, 1) in the unit of the data."""
        return {self.answering.output: outputs * schema.deviation + schema.mean}

    def agreement(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> np.ndarray:
        """Returns whether they are within 0.05 standard deviations."""
        return self._apart(answers, expected, schema) <= AGREE

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> float:
        """Returns the largest difference, in standard deviations."""
        return float(np.max(self._apart(answers, expected, schema)))

    def _apart(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> np.ndarray:
        apart = np.abs(answers.astype("float64") - expected.astype("float64"))[:, 0]
        return apart / schema.deviation

    def finishing_error(self, answers: np.ndarray, schema: Numbers) -> float:
        """Returns what rounding does to a product and a sum."""
        return 2 * UNIT * float(np.max(np.abs(answers))) / schema.deviation

    def unit(self, schema: Numbers) -> tuple[float, str]:
        """Returns the standard deviation."""
        return schema.deviation, " standard deviations"

    def decode(
        self, answer: np.ndarray, schema: Numbers, described: JsonFields, top: int
    ) -> NumberPrediction:
        """Returns the number."""
        return NumberPrediction(number=schema.number, value=float(answer[0]))

    def table_columns(self, schema: Numbers, described: JsonFields) -> dict[str, type]:
        """Returns one column."""
        return {schema.number: float}

    def table_row(self, answer: np.ndarray, schema: Numbers, described: JsonFields) -> list[Cell]:
        """Returns the number."""
        return [float(answer[0])]

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns scores, data and the largest errors."""
        return number_sections(reported, showing)


NUMBERS = NumberTargets()
