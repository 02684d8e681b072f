"""What is fitted on a validation split, once a model is trained, and what was found of it on the test split."""

from __future__ import annotations

from typing import Protocol

from kerasft.base.json_values import JsonFields, JsonObject


class Calibration(Protocol):
    """What was fitted; a kind of target knows what it is. It is kept in the run folder, and is in every file."""

    @property
    def served(self) -> JsonFields:
        """What turns a model's outputs into answers, as a file's description has it: {"temperature": 1.3}."""

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""


class Confidence(Protocol):
    """How far the answers of a file can be believed, as measured. As text: a line for a terminal."""

    def as_dict(self) -> JsonObject:
        """Returns the numbers of the split they were measured on, as a value for JSON."""

    def card(self) -> str:
        """Returns sentences for the model card."""


class Unknowns(Protocol):
    """A threshold below which answers are "unknown", and what it does. As text: a line."""

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""

    def card(self) -> str:
        """Returns sentences for the model card."""
