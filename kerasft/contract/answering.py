"""How answers of a kind come out of exported files, and what the page about these says of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.contract.calibration import Calibration, Confidence, Unknowns
from kerasft.contract.serving import Kotlin, Writer
from kerasft.contract.splits import Schema, TargetColumn, class_names_of

SchemaType = TypeVar("SchemaType", bound=Schema)  # the one of a kind


class Answering(ABC, Generic[SchemaType, TargetColumn]):
    """What differs between kinds of answers in exported files."""

    output: str  # the name of the output
    forms: ClassVar[
        Mapping[str, str]
    ] = {}  # ways in which files may give answers, by name, the usual one first
    never_unknown: ClassVar[str] = (
        "they have no probability"  # why no answer is "unknown"; "" where some may be
    )

    def files(self, schema: SchemaType) -> dict[str, bytes]:
        """Returns what lies beside a file and in it, by name, such as a list of labels."""
        return {}

    def metadata(self, writer: Writer, schema: SchemaType, described: JsonFields) -> list[int]:
        """Writes what TFLite metadata says of the outputs, and returns their offsets.

        Args:
            writer: Of the file's metadata.
            schema: What the answers mean.
            described: What the file's description says of them: see `Targets.described`.

        Returns:
            One for each output, in the order of `Targets.file_shapes`.
        """
        return [writer.table(name=self.output)]

    def custom_metadata(self, writer: Writer, schema: SchemaType) -> list[int]:
        """Writes what else clients look for by a name of its own, and returns the offsets."""
        return []

    def golden(self, schema: SchemaType, targets: TargetColumn, answers: np.ndarray) -> list[JsonObject]:
        """Returns right answers and those of a file (n, ...) as values for JSON, for a test of an app."""
        return [{self.output: np.round(row.astype(float), 6).tolist()} for row in answers]

    def confidence(
        self,
        calibration: Calibration,
        plain: np.ndarray,
        answers: np.ndarray,
        targets: TargetColumn,
        split: str,
    ) -> Confidence | None:
        """Returns how far the answers of a file can be believed; None where nothing is said of it.

        Args:
            calibration: The run's.
            plain: (n, ...) the Keras model's answers without it.
            answers: (n, ...) the file's.
            targets: (n,) the true ones.
            split: What they are measured on.
        """
        return None

    def choose_threshold(self, answers: np.ndarray, targets: TargetColumn, precision: float) -> float | None:
        """Returns below which probability answers are "unknown", for this share of right ones among the others.

        Returns:
            0 where all answers may stay, None where no threshold reaches it.
        """
        return None

    def measure_threshold(
        self, answers: np.ndarray, targets: TargetColumn, threshold: float, wanted: float, split: str
    ) -> Unknowns | None:
        """Returns what a threshold does on examples that it was not chosen on."""
        return None

    def parts(self, schema: SchemaType) -> tuple[str, ...]:
        """Returns the names of what an answer says, each of which can be explained: of classes, these."""
        return class_names_of(schema)

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: SchemaType) -> str:
        """Returns how far answers (n, ...) are apart in the units of the data, in words; "" where they have none."""
        return ""

    @abstractmethod
    def summary(self, schema: SchemaType) -> str:
        """Returns a sentence on what a model does, for the metadata: "Tells apart 2 classes: cat, dog."."""

    @abstractmethod
    def title(self, schema: SchemaType, nouns: str) -> tuple[str, str]:
        """Returns what a model does, for the model card: "images in 2 classes", "sorts images into `cat`, `dog`"."""

    def comes_out(self, schema: SchemaType) -> list[str]:
        """Returns what the output is, for the model card."""
        return [f"`{self.output}`: {schema}."]

    def limits(self, schema: SchemaType, described: JsonFields) -> list[str]:
        """Returns what the model card has to say against trusting the numbers."""
        return []

    @abstractmethod
    def kotlin(self, schema: SchemaType, io: str) -> Kotlin:
        """Returns the lines that make room for an output, and that use it."""
