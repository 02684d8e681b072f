"""Each measurement in a process of its own, in the interpreter that has what it needs."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import Case

ROOT = Path(__file__).parents[1]
ONEDNN = {"plain": None, "plain-oneDNN": "0"}  # all others: "1"; None leaves it to TensorFlow
# What a way of another library needs, and whether it is for texts.
PEERS = {
    "pytorch": (("torch", "torchvision"), False),
    "fastai": (("torch", "torchvision", "fastai"), False),
    "trainer": (("torch", "transformers", "accelerate"), True),
}


class ProcessFailed(RuntimeError):
    """A measurement ended with an error; the message has its last words."""


def run_one(case: Case, way: str, peers_python: str = sys.executable) -> dict[str, Any]:
    """Measures one way and returns its row.

    Raises:
        ProcessFailed: The process, or the one that writes its data, ended with an error.
    """
    if way in PEERS:
        return _run_peer(case, way, peers_python)
    value = ONEDNN.get(way, "1")
    variables = {} if value is None else {"TF_ENABLE_ONEDNN_OPTS": value}
    return _last_line([sys.executable, "-m", "benchmarks.ways", case.to_json(), way], variables)


def _run_peer(case: Case, way: str, python: str) -> dict[str, Any]:
    """Trains in an interpreter that need not have kerasft, on data that this one writes."""
    # PyTorch's OpenMP threads spin while they wait for each other. On a busy machine that is nearly all of their CPU
    # time (11.4 s instead of 0.3 for a tiny case); asleep, they are at their best.
    variables = {"HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}
    return _last_line([python, "-m", "benchmarks.peers", way, _data(case).name], variables)


@functools.cache
def _data(case: Case) -> tempfile.TemporaryDirectory[str]:
    """Writes the data of a case once; the folder goes when this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="two_phase-")
    _last_line([sys.executable, "-m", "benchmarks.peer_data", case.to_json(), folder.name], {})
    return folder


def fits(case: Case, way: str) -> bool:
    """Whether a way can do this work: other libraries do images or texts, and bare leaves something out."""
    if way == "bare":
        return case.unfreeze != "all"
    return way not in PEERS or PEERS[way][1] == case.is_text


def missing_packages(way: str, python: str) -> list[str]:
    """Returns what an interpreter lacks for a way of another library, without importing it there.

    Raises:
        SystemExit: There is no such interpreter.
    """
    needed = PEERS[way][0]
    code = "import sys, importlib.util as u; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"
    try:
        done = subprocess.run([python, "-c", code, *needed], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"error: --peers-python is no Python interpreter that runs (received: {python}: {error}); "
            "give the path of one that has torch, as in --peers-python ~/torch/bin/python"
        ) from None
    return done.stdout.split()


def _last_line(command: Sequence[str], variables: Mapping[str, str]) -> dict[str, Any]:
    inherited = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    path = os.pathsep.join(filter(None, [str(ROOT), inherited.get("PYTHONPATH", "")]))
    environment = {**inherited, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path, **variables}
    done = subprocess.run(list(command), env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ProcessFailed(f"{' '.join(command[1:])} ended with {done.returncode}\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])
