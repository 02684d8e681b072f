"""JSON as Python has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

JsonValue: TypeAlias = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonObject: TypeAlias = dict[str, JsonValue]  # what is written
JsonFields: TypeAlias = Mapping[str, Any]  # what was read: `Any`, since what a value is follows from its name
