"""What a run is called by its user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasft.runs.run import Run


def given_name(run: Run) -> Path:
    """Returns the run as the user named it: its folder, or the bundle it came in."""
    return Path(getattr(run, "given", run.run_dir))


def name_of(run: Run) -> str:
    """Returns what the user called the run: the name of its folder, or of the bundle it came in."""
    return given_name(run).resolve().name.removesuffix(".kerasft") or "model"
