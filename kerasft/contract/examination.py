"""What `kerasft doctor` is asked to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Examination:
    """A data set, and how to look at it; a kind of input takes what it knows of.

    Args:
        source: As for the reader of a task; arrays and lists excepted.
        backbone: Whose frozen features labels are compared on; None: the task's choice.
        weights: Of the backbone: "pretrained" or a weights file.
        image_size: Side in pixels at which images are read; None: the task's choice.
        text: The column of the text.
        text_pair: The column of the second text; None for single texts.
        label: The column of the label; None looks for it.
        image: The column of the images; None looks for it.
        suffix: What ids of images lack to be file names, such as ".jpg"; "" looks.
        data_dir: As for the reader.
        suspect_labels: Whether labels are looked at, which takes most of the time.
        seed: Of the draws.
        progress: Called as progress(done, total) while examples are read.
        order: The classes from the lowest to the highest; None where they have no order, or that of their numbers.
    """

    source: str | Path
    backbone: str | None = None
    weights: str | None = "pretrained"
    image_size: int | None = None
    text: str = "text"
    text_pair: str | None = None
    label: str | None = None
    image: str | None = None
    suffix: str = ""
    data_dir: str | Path | None = None
    suspect_labels: bool = True
    seed: int = 0
    progress: Callable[[int, int], None] | None = None
    order: str | Sequence[str] | None = None
