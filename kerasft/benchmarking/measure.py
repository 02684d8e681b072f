"""Measures artifacts, each in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from kerasft.base import children, files
from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.printable import shown
from kerasft.benchmarking.results import Benchmark, Timing
from kerasft.formats.description import DESCRIPTION_NAME, WHAT_TO_GIVE, read_embedded
from kerasft.formats.tflite_graph import Graph, read_graph

KINDS = {".tflite": "tflite", ".onnx": "onnx", ".kerasft": "run"}
_LONGEST = 40  # characters of the name of a score


def benchmark(
    artifacts: Sequence[str | Path],
    data: str | Path | None = None,
    *,
    threads: int | None = None,
    trust: bool = False,
    skip_broken: bool = False,
) -> list[Benchmark]:
    """Measures size, load time, latency, memory and operations of artifacts on this computer.

    Args:
        artifacts: Paths: run folders, bundles, SavedModel folders, `.tflite` and `.onnx` files.
        data: Labelled examples for the accuracy; None takes what was measured at the export, or the test split of
            the artifact's own run, where there is one.
        threads: CPU threads of the second timing; None is all cores. With 1 there is one timing.
        trust: Whether a SavedModel that was not exported here may run: it is a program.
        skip_broken: Whether examples of `data` that can't be read are left out, instead of refused.

    Raises:
        InputError: An artifact can't be used; all that are no artifacts are listed.
        KerasftError: An artifact stops while it runs.
    """
    paths = [Path(each) for each in artifacts]
    problems = [
        Problem("there is no such artifact", str(path), WHAT_TO_GIVE)
        for path in paths
        if _kind(path) not in ("tflite", "onnx", "saved_model", "run")
    ]
    if not paths:
        problems.append(Problem("there is nothing to measure", "", WHAT_TO_GIVE))
    if threads is not None and threads < 1:
        problems.append(Problem("--threads must be at least 1", str(threads), "leave it out for all cores"))
    if problems:
        raise InputError(problems)
    cores = threads or os.cpu_count() or 1
    return [_measure(path, sorted({1, cores}), trust, data, skip_broken) for path in paths]


def _measure(
    path: Path, threads: list[int], trust: bool, data: str | Path | None, skip_broken: bool
) -> Benchmark:
    kind = _kind(path)
    graph: Graph | None = None
    if kind == "tflite":
        read_embedded(path)
        graph = read_graph(path)
    measured = [_in_a_process(path, kind, each, trust) for each in threads]
    return Benchmark(
        path=path,
        kind=kind,
        megabytes=files.megabytes(path.resolve()) if kind != "run" or path.is_file() else _weights(path),
        load=measured[0]["load"],
        timings=tuple(
            Timing(count, each["median"], each["p95"], each["answers"])
            for count, each in zip(threads, measured, strict=True)
        ),
        memory=measured[0]["memory"],
        parameters=graph.parameters if graph else None,
        operations=graph.operations if graph else None,
        million_macs=graph.million_macs if graph else None,
        outside_xnnpack=graph.outside_xnnpack if graph else None,
        **_scores(path, data, trust, skip_broken),
    )


def _scores(path: Path, data: str | Path | None, trust: bool, skip_broken: bool) -> JsonFields:
    """Returns the score of an artifact, and with data of one's own also what has to be said about it."""
    if data is None:
        return score_of(path, trust)
    from kerasft.predicting.evaluate import evaluate

    found = evaluate(path, data, trust=trust, skip_broken=skip_broken)
    notes = [f"left out: {each}" for each in found.left_out]
    notes += [f"note: {found.seen.sentence()}"] if found.seen is not None and found.seen.count else []
    return {"score": found.score, "score_name": found.score_name, "notes": tuple(notes)}


def score_of(path: Path, trust: bool = False) -> JsonFields:
    """Returns score and score_name of an artifact; the score is None where there is nothing to measure it on.

    Args:
        path: The artifact.
        trust: See `benchmark`.
    """
    from kerasft.predicting.evaluate import evaluate

    try:
        details = files.read_json(path.with_suffix(".json"))
        if path.is_file() and details["sha256"] == files.sha256_of(path):
            name = str(details["measured"]["score_name"])
            return {"score": float(details["measured"][name]), "score_name": shown(name[:_LONGEST])}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        found = evaluate(path, trust=trust)
    except InputError:  # an artifact without its run, or a run without its data
        return {"score": None}
    return {"score": found.score, "score_name": found.score_name}


def _kind(path: Path) -> str:
    if path.is_file():
        return KINDS.get(path.suffix, "")
    if (path / DESCRIPTION_NAME).is_file() or (path / "saved_model.pb").is_file():
        return "saved_model"
    return "run" if (path / "config.json").is_file() else ""


def _weights(run_dir: Path) -> float:
    """The MB of a run's best weights: its folder also holds those of each phase, and the exports."""
    path = run_dir / "best.weights.safetensors"
    return files.megabytes(path) if path.is_file() else files.megabytes(run_dir)


def _in_a_process(path: Path, kind: str, threads: int, trust: bool) -> JsonFields:
    arguments = [str(path), kind, str(threads), str(trust)]
    done = children.run_module("kerasft.benchmarking.worker", arguments)
    try:
        found = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise KerasftError(f"{path} stops while it runs: {last[:300]}") from None
    if "error" in found:
        raise InputError(Problem(found["error"]))
    return found
