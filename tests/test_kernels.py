"""What a run records of the processor and of its switches."""

import os
import subprocess
import sys

import pytest

from kerasft.base import kernels

AVX2 = "sse4_1 avx avx2 fma"
AVX512 = f"{AVX2} avx512f avx512bw avx512dq avx512vl"


@pytest.fixture(autouse=True)
def _no_caps(monkeypatch):
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)


def seen(folder, flags, key="flags"):
    (folder / "cpuinfo").write_text(f"model name\t: x\n{key}\t\t: fpu {flags}\n\nflags: of another core\n")
    return kernels.instructions(folder / "cpuinfo")


@pytest.mark.parametrize(
    ("flags", "cap", "expected"),
    [
        (AVX2, "", "AVX2"),
        (AVX512, "", "AVX512_CORE"),
        (f"{AVX512} avx512_vnni", "", "AVX512_CORE_VNNI"),
        (AVX512, "AVX2", "AVX2"),
        (AVX512, "avx2", "AVX2"),
        (AVX512, "ALL", "AVX512_CORE"),
        (AVX2, "AVX512_CORE", "AVX2"),
        (f"{AVX2} avx_vnni", "AVX512_CORE", "AVX2"),
        (AVX2, "AVX99", "AVX2, at most AVX99"),
    ],
)
def test_the_instruction_set_is_what_the_processor_has_up_to_what_is_allowed(
    flags, cap, expected, tmp_path, monkeypatch
):
    if cap:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", cap)
    assert seen(tmp_path, flags) == expected


def test_other_processors_and_systems_are_named_too(tmp_path, monkeypatch):
    assert seen(tmp_path, "fp asimd asimddp sve", key="Features") == "ASIMD ASIMDDP SVE"
    monkeypatch.setattr(kernels.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(kernels.platform, "processor", lambda: "arm")
    assert kernels.instructions(tmp_path / "none") == "arm64 arm"


def test_a_better_processor_can_be_told_to_use_less():
    assert kernels.is_within("AVX2", "AVX512_CORE_AMX")
    assert not kernels.is_within("AVX512_CORE", "AVX2") and not kernels.is_within("AVX2", "AVX2")
    assert not kernels.is_within("x", "AVX2") and not kernels.is_within("AVX2", "x")


def test_switches_that_are_set_are_recorded(monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    found = kernels.in_force()
    assert found["TF_XLA_FLAGS"] == "--tf_xla_auto_jit=2" and "XLA_FLAGS" not in found
    assert found["backend"] == "tensorflow" and found["TF_ENABLE_ONEDNN_OPTS"] in "01"


def test_threads_are_those_that_tensorflow_takes(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    monkeypatch.setattr(kernels.os, "sched_getaffinity", lambda process: {3, 5, 7}, raising=False)
    assert kernels.in_force()["threads"] == "3"
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "11")
    assert kernels.in_force()["threads"] == "11"
    monkeypatch.setattr(kernels, "gpu_names", lambda: ["NVIDIA H200"])
    found = kernels.in_force()
    assert "threads" not in found and found["device"] == "NVIDIA H200"


SAYS = """
import kerasft, tensorflow as tf
from kerasft.base import kernels
tf.matmul(tf.ones((64, 64)), tf.ones((64, 64)))
print("ours", kernels.instructions(), kernels.in_force()["TF_ENABLE_ONEDNN_OPTS"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("cap", ["", "SSE41"])
def test_onednn_says_the_same(cap):
    """Its own words: `onednn_verbose,...,info,cpu,isa:Intel AVX2`."""
    environment = {key: value for key, value in os.environ.items() if key != "TF_ENABLE_ONEDNN_OPTS"}
    environment |= {"ONEDNN_VERBOSE": "1"} | ({"ONEDNN_MAX_CPU_ISA": cap} if cap else {})
    done = subprocess.run(
        [sys.executable, "-c", SAYS], env=environment, capture_output=True, text=True, check=True
    )
    theirs = [line.split("isa:")[1] for line in done.stdout.splitlines() if "info,cpu,isa:" in line]
    if not theirs:
        pytest.skip("this TensorFlow has no oneDNN that tells")
    ours, switch = done.stdout.split("ours ")[1].split()[:2]
    said = theirs[0].upper().replace("-", "").replace("SSE4.1", "SSE41")
    assert switch == "1" and ours.split("_")[0] in said.split()[-1] + said.replace(" ", ""), theirs
