"""What decides how this process rounds its sums: backend, device, instructions, switches, threads.

Equal seeds give equal runs only where all of these are equal. A run records them, and `kerasft train --resume`
compares.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from kerasft.base.environment import gpu_names

_SSE41 = frozenset({"sse4_1"})
_AVX = _SSE41 | {"avx"}
_AVX2 = _AVX | {"avx2", "fma"}
_AVX512 = _AVX2 | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
_BF16 = _AVX512 | {"avx512_vnni", "avx512_bf16"}
# oneDNN's names, https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html, from the least to the
# most, and the flags of /proc/cpuinfo that each needs
_X86 = {
    "SSE41": _SSE41,
    "AVX": _AVX,
    "AVX2": _AVX2,
    "AVX2_VNNI": _AVX2 | {"avx_vnni"},
    "AVX512_CORE": _AVX512,
    "AVX512_CORE_VNNI": _AVX512 | {"avx512_vnni"},
    "AVX512_CORE_BF16": _BF16,
    "AVX512_CORE_FP16": _BF16 | {"avx512_fp16"},
    "AVX512_CORE_AMX": _BF16 | {"avx512_fp16", "amx_tile", "amx_int8", "amx_bf16"},
}
_ARM = ("asimddp", "sve", "sve2", "bf16", "i8mm")
_CAPS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")  # oneDNN reads the second where the first is not set
_SWITCHES = (
    "ONEDNN_DEFAULT_FPMATH_MODE", "TF_XLA_FLAGS", "XLA_FLAGS", "NVIDIA_TF32_OVERRIDE",
    "KERASFT_SPEEDUPS",
)  # fmt: skip


def in_force() -> dict[str, str]:
    """Returns what decides how sums are rounded, by its name in messages."""
    import keras

    backend = keras.backend.backend()
    gpus = ", ".join(gpu_names())
    found = {"backend": backend, "device": gpus or "CPU", "instruction set": instructions()}
    if not gpus:
        found["threads"] = str(_threads(backend))  # a sum over as many parts
    if backend == "tensorflow":
        found["TF_ENABLE_ONEDNN_OPTS"] = "1" if _has_onednn() else "0"
    return found | {name: os.environ[name] for name in _SWITCHES if os.environ.get(name)}


def instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Returns the best instruction set that oneDNN may use: what the processor has, up to what the user allows."""
    flags = _flags(cpuinfo)
    cap = next((os.environ[name].upper() for name in _CAPS if os.environ.get(name)), "")
    if flags & {"asimd", "neon"}:
        return " ".join(["ASIMD", *(flag.upper() for flag in _ARM if flag in flags)])
    usable = flags & _X86[cap] if cap in _X86 else flags
    best = [name for name, needed in _X86.items() if needed <= usable]
    named = best[-1] if best else f"{platform.machine()} {platform.processor()}".strip()
    return (
        named if not cap or cap in ("ALL", "DEFAULT") or (best and cap in _X86) else f"{named}, at most {cap}"
    )


def is_within(instruction_set: str, other: str) -> bool:
    """Whether a processor with the other instruction set can be told to use no more than the first."""
    return instruction_set in _X86 and _X86[instruction_set] < _X86.get(other, frozenset())


def _flags(cpuinfo: Path) -> frozenset[str]:
    """Linux tells them; elsewhere there are none."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    words = next((line.split(":")[1] for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(words.split())


def _threads(backend: str) -> int:
    """As many as the processors that this process may use, unless TensorFlow was told otherwise."""
    chosen = 0
    if backend == "tensorflow":
        import tensorflow as tf

        said = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
        chosen = tf.config.threading.get_intra_op_parallelism_threads() or (
            int(said) if said.isdecimal() else 0
        )
    return chosen or (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )


def _has_onednn() -> bool:
    """What TensorFlow has decided at its import; the variable may have been set since."""
    try:
        from tensorflow.python.util import _pywrap_util_port

        return bool(_pywrap_util_port.IsMklEnabled())
    except (ImportError, AttributeError):
        return os.environ.get("TF_ENABLE_ONEDNN_OPTS", "0").lower() in ("1", "true")
