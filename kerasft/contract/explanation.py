"""What an explanation is, whatever it explains: a class, and how each part of the input speaks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kerasft.base.printable import shown

METHODS = ("auto", "grad-cam", "token-gradients", "integrated-gradients", "occlusion")


class Remark(Protocol):
    """How well attributions add up: see `kerasft.networks.completeness`."""

    @property
    def relative_error(self) -> float:
        """How far off they are, as a share."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it as a value for JSON."""


@dataclass(frozen=True, eq=False)
class Explanation(ABC):
    """Which parts of an input speak for a class, and which against.

    Args:
        input: What the input is called, or the text itself.
        method: How it was found, one of `METHODS` without "auto".
        class_name: The class that is explained.
        probability: Its probability, calibrated, between 0 and 1.
        predicted: The most probable class.
        attribution: float32, one number for each part: positive speaks for the class, negative against.
        about: What the method was run with, in words.
        completeness: Of integrated gradients; None for other methods.
    """

    input: str
    method: str
    class_name: str
    probability: float
    predicted: str
    attribution: np.ndarray = field(repr=False)
    about: str = field(default="", kw_only=True)
    completeness: Remark | None = field(default=None, kw_only=True)

    @abstractmethod
    def save(self, path: str | Path) -> Path:
        """Writes it as a file for people."""

    def called(self) -> str:
        """Returns what the input is called in a line."""
        return self.input

    def details(self) -> str:
        """Returns what matters most, in a line; "" where only a drawing can tell."""
        return ""

    def __str__(self) -> str:
        found = f"{shown(self.called())}: {shown(self.class_name)} {self.probability:.3f}"
        if self.predicted != self.class_name:
            found += f" (answer: {shown(self.predicted)})"
        remarks = [self.details(), self.about, "" if self.completeness is None else str(self.completeness)]
        return "\n".join([f"{found}, by {self.method}", *(f"  {each}" for each in remarks if each)])

    def as_dict(self) -> dict[str, Any]:
        """Returns it as a value for JSON."""
        complete = self.completeness
        return {
            "input": self.input,
            "method": self.method,
            "class_name": self.class_name,
            "probability": self.probability,
            "predicted": self.predicted,
            "about": self.about,
            **({} if complete is None else {"completeness": complete.as_dict()}),
        }
