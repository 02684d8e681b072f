"""The numbers of a benchmark, and how they look on a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasft.base.json_values import JsonObject


@dataclass(frozen=True)
class Timing:
    """Times of single answers.

    Args:
        threads: CPU threads allowed.
        median: Milliseconds; half of the answers were faster.
        p95: Milliseconds; 95 % were faster.
        answers: How many were timed, after three to warm up.
    """

    threads: int
    median: float
    p95: float
    answers: int


@dataclass(frozen=True)
class Benchmark:
    """What one artifact costs.

    Args:
        path: The artifact, as it was given.
        kind: "tflite", "onnx", "saved_model" or "run".
        megabytes: Size on disk, in MB (10**6 bytes).
        load: Milliseconds from the path to a model that is ready.
        timings: With one thread, and with more where there are more.
        memory: Peak growth of the process by loading and answering, in MB (10**6 bytes), with one thread; None on
            Windows, where it isn't measured.
        parameters: Number of weights; None where the artifact doesn't tell.
        operations: Number of operations of the graph; None for Keras models and SavedModels.
        million_macs: Multiplications with addition of one answer, in millions; None but for `.tflite`.
        outside_xnnpack: For `.tflite`, the operations that LiteRT's fast CPU kernels (XNNPACK) leave out, by kind.
        score: How good its answers are, where that is known.
        score_name: What the score is: of classes "accuracy", the share of right answers.
        notes: What has to be said about the score: examples that were left out, or trained on.
    """

    path: Path
    kind: str
    megabytes: float
    load: float
    timings: tuple[Timing, ...]
    memory: float | None
    parameters: int | None
    operations: int | None
    million_macs: float | None
    outside_xnnpack: dict[str, int] | None
    score: float | None
    score_name: str = "accuracy"
    notes: tuple[str, ...] = ()

    def as_dict(self) -> JsonObject:
        """Returns it as a value for JSON, the score by its name."""
        values = dataclasses.asdict(self)
        del values["score_name"]
        named = {self.score_name if name == "score" else name: value for name, value in values.items()}
        return {**named, "path": str(self.path)}


def names_of(paths: Sequence[Path]) -> list[str]:
    """Returns short names that tell the paths apart."""
    short = [path.name or str(path) for path in paths]
    return [name if short.count(name) == 1 else str(path) for name, path in zip(short, paths, strict=True)]


def score_name(found: Sequence[Benchmark]) -> str:
    """Returns what the scores of benchmarks are; "score" where these are of several kinds."""
    names = {each.score_name for each in found if each.score is not None}
    return names.pop() if len(names) == 1 else "score" if names else "accuracy"


def to_table(found: Sequence[Benchmark]) -> str:
    """Returns benchmarks as a plain table, and below it what falls outside XNNPACK."""
    names = names_of([each.path for each in found])
    header = ["", "MB", "load ms"]
    for timing in found[0].timings:
        threads = "1 thread" if timing.threads == 1 else f"{timing.threads} threads"
        header += [f"{threads} ms", "p95"]
    header += ["peak MB", "parameters", "operations", "M MACs", score_name(found)]
    rows = [header]
    for name, each in zip(names, found, strict=True):
        times = [f"{value:.2f}" for timing in each.timings for value in (timing.median, timing.p95)]
        rows.append(
            [name, f"{each.megabytes:.2f}", f"{each.load:.1f}", *times]
            + [_shown(each.memory, ".1f")]
            + [_shown(each.parameters, ","), _shown(each.operations, "d"), _shown(each.million_macs, ".1f")]
            + [_shown(each.score, ".4f")]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    for name, each in zip(names, found, strict=True):
        if each.outside_xnnpack is not None:
            lines.append(f"{name}: {_outside(each)}")
        lines += [f"{name}: {note}" for note in each.notes]
    lines.append(
        "time: one at a time, random input; memory: growth of the process over Python and its libraries"
    )
    return "\n".join(lines)


def _outside(each: Benchmark) -> str:
    outside = each.outside_xnnpack or {}
    if not outside:
        return "all operations run on XNNPACK"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(outside.items(), key=lambda item: -item[1]))
    return f"{sum(outside.values())} of {each.operations} operations outside XNNPACK: {kinds}"


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
