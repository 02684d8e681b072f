"""A kind of answer, such as one class of several: what the works ask about it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.answering import Answering, SchemaType
from kerasft.contract.answers import Marks, Place, Spelling
from kerasft.contract.calibration import Calibration
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.explanation import Claiming, ClaimingNth
from kerasft.contract.finishing import Finishing, OutputsType
from kerasft.contract.learning import Learning
from kerasft.contract.plan import Training
from kerasft.contract.prediction import Prediction
from kerasft.contract.sections import Groups, Reported, Section
from kerasft.contract.showing import Showing
from kerasft.contract.splits import TargetColumn

if TYPE_CHECKING:
    import keras

Cell = str | float | bool | None  # of a table of answers


class Targets(Finishing[SchemaType, OutputsType], Generic[SchemaType, TargetColumn, OutputsType]):
    """What differs between kinds of answers. A schema says what the answers of one model mean.

    Attributes:
        answering: How answers come out of exported files.
        learning: How a model learns them.
        measured: What `evaluate` returns.
        distance_name: What `distance` compares, as in "largest difference of an answer".
        named: Whether answers are names out of a list, as the class labels of TFDS are; else each stands for itself.
        several: Whether an example may have several answers, or none: any number of ones in columns of 0 and 1.
        apart: Whether several columns hold an answer each: an example then has all of them.
        claiming: Says what is to be explained of an answer; None: there is no way yet to explain such answers.
        claiming_nth: Says the same of one of several parts of an answer; None: it has no such parts.
        explained: Whether a report explains the worst mistakes.
    """

    answering: ClassVar[Answering[Any, Any]]
    learning: ClassVar[Learning[Any, Any]]
    measured: ClassVar[type[Evaluation]]
    distance_name: ClassVar[str] = "an answer"
    claiming: ClassVar[Claiming | None] = None
    claiming_nth: ClassVar[ClaimingNth | None] = None
    explained: ClassVar[bool] = False
    named: ClassVar[bool] = False
    several: ClassVar[bool] = False
    apart: ClassVar[bool] = False

    def wanted(self, given: object, problems: list[Problem]) -> SchemaType | None:
        """Returns a caller's schema; None where the data is to make it. What is wrong with it goes to `problems`.

        Args:
            given: A schema, or what a caller has instead: of classes a list of names.
            problems: To be added to.
        """
        return cast(SchemaType | None, given)

    @abstractmethod
    def spelling(self, raw: Iterable[object], wanted: SchemaType | None) -> Spelling:
        """Returns how the answers of one source are written.

        Args:
            raw: All of them, as the source has them.
            wanted: A schema that is already fixed.
        """

    @abstractmethod
    def find_schema(
        self, labels: Mapping[str, Collection[str]], wanted: SchemaType | None, place: Place
    ) -> tuple[SchemaType, list[Problem]]:
        """Returns what the answers of a source can be, and all that is wrong with them.

        Args:
            labels: In order, each with the splits that it is in: "" is one to be drawn; none where it has no examples.
            wanted: A schema that is already fixed, which is then returned.
            place: Where they are from.
        """

    def marks(
        self, labels: Sequence[str], splits: Sequence[str], wanted: SchemaType | None, listed: bool, noun: str
    ) -> Marks:
        """Returns what is odd about the labels of a source.

        Args:
            labels: Of all examples, in order.
            splits: The split of each, "" for one to be drawn.
            wanted: A schema that is already fixed.
            listed: Whether the source lists its labels itself.
            noun: What an example is called.
        """
        return Marks()

    def of_list(self, raw: list[object], wanted: SchemaType | None) -> list[object]:
        """Returns answers in a list or an array with those that a schema numbers put in place of their numbers.

        Raises:
            InputError: There is no such number.
        """
        return raw

    @abstractmethod
    def schema_of(self, fields: JsonFields) -> SchemaType:
        """Returns the schema that a model's config has: its fields have the names of the schema's.

        Raises:
            InputError: It can't be used; all problems are listed.
        """

    def copy_head(
        self, old: keras.Model, old_schema: SchemaType, new: keras.Model, new_schema: SchemaType
    ) -> tuple[str, ...]:
        """Copies what both know from the head of an earlier run's model into a new one; returns the names of that.

        Args:
            old: The Keras model of the earlier run.
            old_schema: What its answers mean.
            new: The new model; changed in place.
            new_schema: What its answers mean.
        """
        return ()

    @abstractmethod
    def described(self, values: JsonFields) -> tuple[SchemaType, JsonObject]:
        """Returns what an exported file's description says of its answers, checked.

        Returns:
            The schema, and how outputs became answers: {"temperature": 1.3, "score_threshold": None}.

        Raises:
            ValueError: It can't be used; the text says why.
        """

    @abstractmethod
    def answer_shape(self, schema: SchemaType) -> tuple[int, ...]:
        """Returns the shape of the answer to one example."""

    def file_shapes(self, schema: SchemaType) -> Mapping[str, tuple[int, ...]]:
        """Returns the shapes of what an exported file gives for one example, by the names of its outputs."""
        return {self.answering.output: self.answer_shape(schema)}

    def joined(self, outputs: Mapping[str, np.ndarray], schema: SchemaType) -> np.ndarray:
        """Returns the answers (n, ...) that the outputs of an exported file are, where it has several.

        Args:
            outputs: float32 (n, ...) each, by name.
            schema: What the answers mean.
        """
        raise NotImplementedError(f"answers come by one output (received: {', '.join(outputs)})")

    @abstractmethod
    def evaluate(
        self, answers: np.ndarray, targets: TargetColumn, schema: SchemaType, ids: Sequence[str]
    ) -> Evaluation:
        """Measures answers.

        Args:
            answers: (n, ...) those of a model.
            targets: (n,) the true ones.
            schema: What both mean.
            ids: (n,) of the examples.

        Raises:
            InputError: There are no examples.
        """

    @abstractmethod
    def calibrate(
        self, outputs: OutputsType, targets: TargetColumn, schema: SchemaType, training: Training
    ) -> Calibration:
        """Fits what turns outputs (n, ...) into answers, on the validation split; it may be empty."""

    @abstractmethod
    def read_calibration(self, values: JsonFields) -> Calibration:
        """Returns what `Calibration.as_dict` gave, checked.

        Raises:
            InputError: A value is of another type, or missing.
            ValueError: A value can't be used; the text says which.
        """

    def calibrated(self, schema: SchemaType, served: JsonFields) -> SchemaType:
        """Returns a schema that knows of a calibration what decides, such as thresholds; it equals the one without."""
        return schema

    @abstractmethod
    def decode(self, answer: np.ndarray, schema: SchemaType, described: JsonFields, top: int) -> Prediction:
        """Returns what the answer to one example says.

        Args:
            answer: (...) of a model.
            schema: What it means.
            described: What the file's description says of its answers; {} of a run.
            top: How many possible answers to list, where there are several.
        """

    def in_example(self, prediction: Prediction, size: tuple[int, int], schema: SchemaType) -> Prediction:
        """Returns a prediction in pixels of the image that was asked about, where it speaks of places.

        Args:
            prediction: From `decode`.
            size: Width and height of the image.
            schema: What the answers mean.
        """
        return prediction

    @abstractmethod
    def table_columns(self, schema: SchemaType, described: JsonFields) -> dict[str, type]:
        """Returns the columns of a table of answers: str, float or bool, by name."""

    @abstractmethod
    def table_row(self, answer: np.ndarray, schema: SchemaType, described: JsonFields) -> list[Cell]:
        """Returns the cells of these columns for the answer (...) to one example."""

    def sections(self, reported: Reported, showing: Showing) -> list[Section]:
        """Returns what the report of a run, whose examples `showing` shows, says of its data and answers, in order."""
        return []

    def compare_groups(self, evaluation: Evaluation, names: Sequence[str], column: str) -> Groups:
        """Scores groups of test examples, each by itself.

        Args:
            evaluation: On the test split.
            names: The group of each example, in the same order; "" for none.
            column: What the groups are called.

        Raises:
            InputError: There are so many that these are no groups.
        """
        raise InputError(Problem("answers of this kind have no scores per group", column))
