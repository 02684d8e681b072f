"""What a user sees while a run works: on stderr, so that stdout holds results alone."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager

from kerasft.base.counter import Counted, counter
from kerasft.base.printable import shown
from kerasft.base.terminal import coloured
from kerasft.base.terminal import console as make_console
from kerasft.base.verbosity import is_quiet, is_verbose
from kerasft.training.history import Epoch


class Reporter:
    """Prints one line per epoch, with the time left, and a bar where there is a terminal.

    Args:
        phases: Name and epochs of each phase.
        enabled: False prints nothing.
        then: What is done after the last phase, in words: "evaluation, export and report".
    """

    def __init__(self, phases: Sequence[tuple[str, int]], enabled: bool = True, then: str = ""):
        self.console = make_console(stderr=True, quiet=not enabled or is_quiet())
        self.warnings = make_console(stderr=True, quiet=not enabled)
        self.phases = list(phases)
        self.then = then
        self.seconds: list[float] = []
        self.place = 0

    def phase(self, name: str, epochs: int, layers: Sequence[str], parameters: int) -> None:
        """Announces a phase: what trains, and for how long at most."""
        self.seconds = []
        self.place = next((n for n, each in enumerate(self.phases) if each[0] == name), 0)
        self.console.print(
            f"phase {name}: up to {_epochs(epochs)}, "
            f"{len(layers)} {'layer trains' if len(layers) == 1 else 'layers train'} ({parameters:,} parameters)"
        )
        if is_verbose():
            self.console.print(f"  these train: {shown(', '.join(layers))}")

    def begun(self, backbone: str, parameters: int) -> None:
        """Says whose weights training begins with: the recipe may have chosen."""
        self.console.print(f"backbone {shown(backbone)}: {parameters:,} parameters")

    def resumed(self, phase: str, epoch: int) -> None:
        """Reports where an interrupted run goes on."""
        self.console.print(f"going on after epoch {epoch} of phase {phase}")

    def note(self, text: str) -> None:
        """Prints a remark on the phase."""
        self.console.print(f"  {shown(text)}")

    def warn(self, text: str) -> None:
        """Prints what matters beyond the run, also where only warnings are wanted."""
        self.warnings.print(coloured(f"  note: {shown(text)}"))

    def epoch(self, row: Epoch, of: int) -> None:
        """Reports an epoch that has ended."""
        self.seconds.append(row.seconds)
        names = ["loss", *(name for name in row.metrics if f"val_{name}" in row.metrics)]
        pairs = [(name.replace("_", " "), *row.values(name)) for name in names]
        training = "  ".join(f"{name} {value:.4f}" for name, value, _ in pairs)
        validation = "  ".join(f"{name} {value:.4f}" for name, _, value in pairs)
        self.console.print(
            f"  {row.phase} {row.epoch:>3}/{of}  {training}  validation: {validation}  "
            f"{row.seconds:.1f} s, {self.left(of - row.epoch)}"
            + (f", learning rate {row.learning_rate:.2g}" if is_verbose() else "")
        )

    def within(self, epoch: int, of: int) -> AbstractContextManager[Counted]:
        """Returns what counts the batches of an epoch; shown from the second second on."""
        name = self.phases[self.place][0] if self.phases else ""
        return counter(f"  {name} {epoch}/{of}: batches", not self.console.quiet, after=2.0)

    def left(self, epochs: int) -> str:
        """Returns the time left in this phase, by its own epochs, and what comes after it.

        An epoch of another phase says nothing about one of this: the head on kept features takes a hundredth of it.
        """
        # The first epoch of a phase traces its graph, so it counts only while it is the only one.
        known = sorted(self.seconds[1:] or self.seconds)
        typical = known[len(known) // 2]
        after = [f"phase {name} (up to {_epochs(count)})" for name, count in self.phases[self.place + 1 :]]
        after = after or ([self.then] if self.then else [])
        what = (
            f"at most {_duration(math.ceil(epochs * typical))} left in this phase"
            if epochs
            else "the last epoch of this phase"
        )
        return ", then ".join([what, *after])

    def end_phase(self, best_epoch: int, skipped: int) -> None:
        """Reports which epoch was best, and the epochs that the early stop saved."""
        early = f", stopped {_epochs(skipped)} early" if skipped else ""
        self.console.print(f"  best in epoch {best_epoch}{early}")


def _epochs(count: int) -> str:
    return f"{count} {'epoch' if count == 1 else 'epochs'}"


def _duration(seconds: float) -> str:
    return time.strftime("%H:%M:%S" if seconds >= 3600 else "%M:%S", time.gmtime(seconds))
