"""What a user asks a model about: examples by name, before any of them is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AUTO, AS_TEXTS, AS_FILES = READINGS = ("auto", "texts", "files")


@dataclass(frozen=True)
class Example:
    """One thing to predict.

    Args:
        id: What an answer calls it: a path, "messages.csv:17", or the text itself.
        content: A path, or what is itself an example, such as a text; None where `reason` says why there is none.
        pair: The second text of a pair.
        reason: Why it can't be read, where that is known already.
        size: Of an image that was read, its width and height in pixels.
    """

    id: str
    content: str | Path | None
    pair: str | None = None
    reason: str = ""
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Asked:
    """How the inputs of a prediction are to be understood; each kind of input looks at what concerns it.

    Args:
        reading: For texts: "auto", "texts" (each input is a text, whatever files there are), or "files".
        text: The column of texts in a table; None: that of the run, or "text".
        pairs: For pairs: the column of the second texts, alone; or, where the inputs are texts, these themselves.
        image: The column of paths, names or ids in a table of images; None takes the run's, or looks for it.
        data_dir: What the paths of a table are relative to; None: its own folder.
    """

    reading: str = AUTO
    text: str | None = None
    pairs: Sequence[str] | None = None
    image: str | None = None
    data_dir: str | Path | None = None
