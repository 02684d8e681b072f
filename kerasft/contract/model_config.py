"""What describes a model of any task."""

from __future__ import annotations

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
