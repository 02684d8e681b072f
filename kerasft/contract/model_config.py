"""What describes a model of any task."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Protocol


class ModelConfig(Protocol):
    """All that is needed to build a model again, without its weights; a frozen dataclass of its task."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def backbone(self) -> str:
        """A name of a catalogue, or what else names a pretrained network."""

    @property
    def task(self) -> str:
        """The name of the task."""


def answer_fields(schema: object, config: type) -> dict[str, object]:
    """Returns the fields of a schema that a model's config has.

    Args:
        schema: What the answers mean.
        config: A dataclass that describes models.
    """
    known = {each.name for each in dataclasses.fields(config)}
    return {name: value for name, value in vars(schema).items() if name in known}
