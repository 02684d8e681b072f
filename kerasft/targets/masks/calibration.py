"""Nothing is fitted on the validation split: the class of a pixel is its most probable one."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.base.json_values import JsonFields, JsonObject


@dataclass(frozen=True)
class Unfitted:
    """What was fitted: nothing."""

    @property
    def served(self) -> JsonFields:
        """What an exported file's description says of it."""
        return {}

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON."""
        return {}
