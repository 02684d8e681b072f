"""Child processes: the one place that starts them, so that none runs code that lies in the current folder.

Python puts the current folder first on a child's `sys.path` with `-c` and `-m`: whoever starts kerasft in a folder of
a stranger would run the stranger's `json.py`. Each child starts with `-P`, and its own children inherit PYTHONSAFEPATH.
The user's PYTHONPATH holds, but for its empty entries: they mean the current folder too, and are slips of the pen.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

__all__ = ["TimeoutExpired", "run_code", "run_module", "safe_variables"]

# The child gets this very package, wherever it is, and not one that it would find by another path.
_LOAD = """\
import importlib.util, sys
init = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location("kerasft", init)
package = importlib.util.module_from_spec(spec)
sys.modules["kerasft"] = package
spec.loader.exec_module(package)
"""
_RUN_MODULE = """\
import runpy
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def run_module(
    module: str, arguments: Sequence[str] = (), *, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a module as `python -m MODULE ARGUMENTS` does, and waits.

    Args:
        module: One of kerasft's own, which is then of this very package, or another that is installed, such as "pip".
        arguments: What it finds in `sys.argv`.
        timeout: In seconds.

    Returns:
        The exit code and what it wrote. What is not UTF-8 in it is replaced.

    Raises:
        OSError: It can't be started.
        TimeoutExpired: It took longer, and was stopped.
    """
    if module.split(".")[0] == "kerasft":
        return _run(["-c", _LOAD + _RUN_MODULE, _init(), module, *arguments], None, timeout)
    return _run(["-m", module, *arguments], None, timeout)


def run_code(
    code: str,
    arguments: Sequence[str] = (),
    *,
    variables: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs Python code as `python -c CODE ARGUMENTS` does, with this very kerasft imported, and waits.

    Args:
        code: What to run; `sys` and `kerasft` can be imported at no cost.
        arguments: What it finds in `sys.argv[1:]`.
        variables: All of the environment; None takes that of this process.
        timeout: In seconds.

    Returns:
        As `run_module`.

    Raises:
        OSError: It can't be started.
        TimeoutExpired: It took longer, and was stopped.
    """
    return _run(["-c", _LOAD + code, _init(), *arguments], variables, timeout)


def safe_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment in which Python leaves the current folder off its path.

    Args:
        variables: The environment to begin with.
    """
    safe = {**variables, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    entries = [entry for entry in safe.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if entries:
        safe["PYTHONPATH"] = os.pathsep.join(entries)
    else:
        safe.pop("PYTHONPATH", None)
    return safe


def _run(
    arguments: Sequence[str], variables: Mapping[str, str] | None, timeout: float | None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        env=safe_variables(os.environ if variables is None else variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )


def _init() -> str:
    return str(Path(__file__).absolute().parents[1] / "__init__.py")
