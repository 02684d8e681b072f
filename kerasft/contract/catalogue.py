"""The list of pretrained backbones that one kind of input has; data only, so that it is there in an instant."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class PinnedFiles(Protocol):
    """Where a checkpoint comes from: see `kerasft.networks.published.Pinned`."""

    @property
    def repository(self) -> str:
        """Its name on the Hugging Face hub."""


class Entry(Protocol):
    """One backbone; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """The name to type."""

    @property
    def licence(self) -> str:
        """SPDX name of the weights' licence; "" if unknown."""

    @property
    def pinned(self) -> PinnedFiles | None:
        """See `kerasft.networks.published.Pinned`; None for what is published otherwise."""


class Catalogue(Protocol):
    """A module `kerasft.inputs.KIND.backbones.catalog`."""

    KEY: str  # in the JSON of `kerasft backbones`
    DEFAULT: str  # with data of one's own

    def names(self) -> tuple[str, ...]:
        """Returns all names."""

    def find(self, name: str) -> Entry:
        """Returns the `Entry` of a name, a handle or a folder.

        Raises:
            InputError: It is unknown.
        """

    def availability(self, entry: Any) -> str:
        """Returns where an entry's weights are to be had, without asking the network: "here", "package index"."""

    def table(self) -> list[str]:
        """Returns the lines of a table for people."""
