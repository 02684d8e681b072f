"""How much memory a process has taken at most, for tests that hold a bound."""

import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_megabytes():
    """Returns the peak of this process in MB.

    Not `ru_maxrss` on Linux: there a child process begins with the peak of its parent, and a bound always holds beside
    a parent that is large.
    """
    if STATUS.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", STATUS.read_text())[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
