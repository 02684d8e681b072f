"""What the caller of an export may wish, besides the quantization."""

from __future__ import annotations

from dataclasses import dataclass

from kerasft import __version__
from kerasft.base.errors import Problem, raise_problems
from kerasft.base.options import is_number
from kerasft.contract.registry import entries_of
from kerasft.contract.splits import Column
from kerasft.contract.task import Task
from kerasft.exporting.gate import Target, target_of
from kerasft.formats.tflite_metadata import About


@dataclass(frozen=True, eq=False)
class Settings:
    """Wishes for one export; see `kerasft.exporting.export`."""

    io: str = "uint8"
    max_accuracy_drop: float | None = None
    min_agreement: float | None = None
    unknown_precision: float | None = None
    version: str = ""
    licence: str = ""
    representative: Column | None = None
    form: str | None = None

    def check(self) -> None:
        """Raises one `InputError` with all shares that are none."""
        flags = {
            "--max-accuracy-drop": self.max_accuracy_drop,
            "--min-agreement": self.min_agreement,
            "--unknown-precision": self.unknown_precision,
        }
        raise_problems(
            Problem(f"{flag} must be a share from 0 to 1", str(value), "give 0.01 for one per cent")
            for flag, value in flags.items()
            if value is not None and not (is_number(value) and 0 <= value <= 1)
        )

    def check_task(self, task: Task) -> None:
        """Raises InputError if a threshold for "unknown", or a form, is asked for that the task has not."""
        why = task.targets.answering.never_unknown
        if self.unknown_precision is not None and why:
            what = f"--unknown-precision means nothing to the answers of {task.name}: {why}"
            raise_problems([Problem(what, f"{self.unknown_precision:g}", "leave it out")])
        forms = task.targets.answering.forms
        if self.form is not None and self.form not in forms:
            hint = f"use one of {', '.join(forms)}" if forms else "leave it out"
            raise_problems([Problem(f"files of {task.name} have no such form", self.form, hint)])

    def target(self, quantization: str) -> Target:
        """Returns what a quantization must reach."""
        return target_of(quantization, self.max_accuracy_drop, self.min_agreement)

    def about(self, backbone: str, what: str, quantization: str) -> About:
        """Returns what the metadata says to people; `what` is a sentence on what the model does."""
        return About(
            name=f"{backbone}, {quantization}",
            description=what,
            version=self.version,
            author=f"kerasft {__version__}",
            licence=self.licence,
        )


def licence_of(backbone: str) -> str:
    """Returns the licence of a backbone's pretrained weights, as an SPDX name, or "" if it is not known."""
    return next((entry.licence for entry in entries_of(backbone) if entry.licence), "")
