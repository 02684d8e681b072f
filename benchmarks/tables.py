"""Rows of `benchmarks.two_phase` as a table, and what stands above it."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES, QUICK

REFERENCE = "plain"
WITHOUT = "plain-oneDNN"
WAYS = (REFERENCE, "plain+oneDNN", WITHOUT, "kerasft", "bare", "pytorch", "fastai", "trainer")
_HEADER = (
    "case",
    "way",
    "phase",
    "CPU s",
    "wall s",
    "peak MB",
    "accuracy",
    "of plain",
    "of plain-oneDNN",
)

Row = dict[str, Any]


def summarize(rows: Sequence[Row]) -> list[Row]:
    """Returns the medians of all repeats: one entry per case, way and phase, and one for both phases.

    Args:
        rows: What was measured, one repeat each: case, way, cpu, wall, peak_mb, accuracy and phases.

    Returns:
        Entries with case, way, phase, runs, cpu, wall, peak_mb (the largest), accuracy and `of` (by way: how many
        times less CPU time this is than that way took for the same phase).
    """
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        parts = row["phases"] if len(row["phases"]) > 1 else []
        whole = "all" if parts else row["phases"][0]["phase"]
        for part in [*parts, {**row, "phase": whole}]:
            found.setdefault((row["case"], row["way"], part["phase"]), []).append(part)
    return [_entry(key, runs, found) for key, runs in sorted(found.items(), key=_place)]


def _entry(key: tuple[str, str, str], runs: Sequence[Row], found: dict[Any, list[Row]]) -> Row:
    case, way, phase = key
    cpu = _median(runs, "cpu")
    return {
        "case": case, "way": way, "phase": phase, "runs": len(runs), "cpu": cpu, "wall": _median(runs, "wall"),
        "peak_mb": max(run["peak_mb"] for run in runs), "accuracy": _median(runs, "accuracy"),
        "of": {
            other: _median(found[case, other, phase], "cpu") / cpu
            for other in (REFERENCE, WITHOUT)
            if (case, other, phase) in found and cpu > 0
        },
    }  # fmt: skip


def _median(runs: Sequence[Row], key: str) -> float:
    return statistics.median(run[key] for run in runs)


def _place(item: tuple[tuple[str, str, str], Any]) -> tuple[int, ...]:
    """Cases, ways and phases in the order of their definition; what is not known comes last."""
    lists = (
        [name for each in CASES for name in (each.name, each.name + QUICK)],
        WAYS,
        ("head", "tune", "all"),
    )
    return tuple(
        order.index(name) if name in order else len(order) for name, order in zip(item[0], lists, strict=True)
    )


def to_markdown(rows: Sequence[Row]) -> str:
    """Returns the medians as a table in Markdown. Columns that nothing stands in are left out."""
    lines = []
    for each in summarize(rows):
        ratios = [f"{each['of'][name]:.1f}" if name in each["of"] else "" for name in (REFERENCE, WITHOUT)]
        numbers = [
            f"{each['cpu']:.1f}",
            f"{each['wall']:.1f}",
            f"{each['peak_mb']:.0f}",
            f"{each['accuracy']:.3f}",
        ]
        lines.append([each["case"], each["way"], each["phase"], *numbers, *ratios])
    kept = [column for column in range(len(_HEADER)) if any(line[column] for line in lines)]
    marks = ["---" if column < 3 else "--:" for column in range(len(_HEADER))]
    return "".join(
        "| " + " | ".join(line[column] for column in kept) + " |\n" for line in [_HEADER, marks, *lines]
    )


def describe(rows: Sequence[Row]) -> str:
    """Returns a line each on the processor, on what "as it comes" means there, and on versions."""
    lines = [f"{os.cpu_count()} cores, {processor()}, {'with' if has_vnni() else 'without'} VNNI"]
    as_it_comes = {row["onednn"] for row in rows if row["way"] == REFERENCE and "onednn" in row}
    if len(as_it_comes) == 1:
        state = (
            "on: plain is the same as plain+oneDNN"
            if as_it_comes.pop()
            else "off: plain is the same as plain-oneDNN"
        )
        lines.append(f"as TensorFlow comes, oneDNN is {state} on this processor")
    names = ("kerasft", "keras", "tensorflow")
    versions = [f"{name} {metadata.version(name)}" for name in names if _is_installed(name)]
    peers = {f"{name} {version}" for row in rows for name, version in row.get("versions", {}).items()}
    repeats = sorted({entry["runs"] for entry in summarize(rows)})
    lines.append(", ".join([*versions, *sorted(peers)]))
    counts = " or ".join(map(str, repeats))
    lines.append("one run of each" if repeats == [1] else f"medians of {counts} runs, the largest peak")
    return "\n".join(lines) + "\n"


def processor() -> str:
    """Returns what the processor calls itself."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def has_vnni() -> bool:
    """Whether the processor has VNNI, for which TensorFlow switches oneDNN on by itself. Known on Linux only."""
    flags = _cpuinfo("flags").split()
    return "avx512_vnni" in flags or "avx_vnni" in flags


def _cpuinfo(key: str, path: Path = Path("/proc/cpuinfo")) -> str:
    if not path.exists():
        return ""
    lines = (line.split(":", 1) for line in path.read_text("utf-8").splitlines() if ":" in line)
    return next((value.strip() for name, value in lines if name.strip() == key), "")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
