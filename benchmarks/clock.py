"""Readings of time and memory. Only the standard library: interpreters without kerasft use it as well."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Clock:
    """A reading of this process.

    Args:
        cpu: User and system time of all its threads, in seconds.
        wall: Wall time, in seconds.
        peak_mb: The most memory it had until now, in MB.
    """

    cpu: float
    wall: float
    peak_mb: int

    @classmethod
    def read(cls) -> Clock:
        """Reads all three."""
        unit = 1024**2 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in kB on Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
        return cls(time.process_time(), time.perf_counter(), peak)

    def since(self, earlier: Clock) -> dict[str, Any]:
        """Returns the times since another reading, and the peak until this one."""
        return {
            "cpu": round(self.cpu - earlier.cpu, 2),
            "wall": round(self.wall - earlier.wall, 2),
            "peak_mb": self.peak_mb,
        }


def cpu_with_children() -> float:
    """Returns user and system time of this process since its start, and of its children that have ended, in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(each.ru_utime + each.ru_stime for each in used), 1)


def by_phase(clocks: Sequence[Clock], names: Sequence[str], accuracies: Sequence[float]) -> dict[str, Any]:
    """Returns the part of a row that every way has: the sum, and each phase.

    Args:
        clocks: One reading before the first phase, and one after each.
        names: The phases' names.
        accuracies: On the validation split, after each phase, in [0, 1].
    """
    pairs = zip(names, clocks[:-1], clocks[1:], accuracies, strict=True)
    phases = [
        {"phase": name, **later.since(earlier), "accuracy": float(accuracy)}
        for name, earlier, later, accuracy in pairs
    ]
    return {**clocks[-1].since(clocks[0]), "accuracy": float(accuracies[-1]), "phases": phases}
