"""Sets the system's clock back by an hour and forward by a year under real trainings, by libfaketime.

    apt-get install faketime
    python -m tests.clock_jumps /usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1

One run goes to its end while the clock jumps; another is killed and resumed; a third process wants their folders
meanwhile. Each must end bit-equal to a run by a plain clock, in no more than a minute beside its start, and nobody may
get into a folder in use. TensorFlow's C++ sees these jumps, which a test in Python can't have it see. POSIX only.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kerasft.training.history import read_history
from tests.conftest import write_pictures
from tests.kill import outcome

TRAIN = "import sys; from pathlib import Path; from tests.kill import train; train(*map(Path, sys.argv[1:3]), 'disk')"
RESUME = "import sys, kerasft; kerasft.resume(sys.argv[1], verbose=False)"
MOST_SECONDS = 300  # of a training of seconds, on a busy computer; a clock that is waited for takes an hour


def main() -> None:
    """Makes the three runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        clock, pictures = root / "clock", write_pictures(root / "pictures")
        faked = {
            "LD_PRELOAD": sys.argv[1],
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # which no one sets
            "DONT_FAKE_MONOTONIC": "1",
        }
        subprocess.run([sys.executable, "-c", TRAIN, pictures, root / "plain"], check=True)
        expected = outcome(root / "plain")
        set_clock(clock, "+0")
        assert follow([TRAIN, pictures, root / "a"], root / "a", clock, faked) == 0
        assert outcome(root / "a") == expected
        print("a run under a clock that jumps ends bit-equal", flush=True)
        assert follow([TRAIN, pictures, root / "b"], root / "b", clock, faked, kill_at=3) == -signal.SIGKILL
        assert follow([RESUME, root / "b"], root / "b", clock, faked) == 0
        assert outcome(root / "b") == expected
        print("a run that was killed and resumed under it, too; its folder was refused to another process")


def follow(
    command: list[str | Path], run_dir: Path, clock: Path, faked: dict[str, str], kill_at: int | None = None
) -> int:
    """Runs a child, sets the clock after each of its epochs, may kill it; returns its exit code."""
    environment, jumps = {**os.environ, **faked}, itertools.cycle(("-1h", "+1y"))
    begin, seen = time.monotonic(), 0
    with subprocess.Popen([sys.executable, "-c", *map(str, command)], env=environment) as child:
        while child.poll() is None:
            time.sleep(0.05)
            assert time.monotonic() - begin < MOST_SECONDS, child.kill() or "it waits for the clock"
            history = run_dir / "history.csv"
            epochs = len(read_history(history)) if history.exists() else 0
            if epochs > seen:
                seen = epochs
                set_clock(clock, next(jumps))
            if kill_at is not None and epochs >= kill_at:
                child.send_signal(signal.SIGSTOP)  # so that it can't end before it is asked for
                refused(run_dir, environment)
                child.kill()
                kill_at = None
    return child.returncode


def refused(run_dir: Path, environment: dict[str, str]) -> None:
    """Asks for a folder that another process has."""
    command = [sys.executable, "-c", RESUME, str(run_dir)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode and "is training in this run folder" in done.stderr, done.stderr[-1000:]


def set_clock(clock: Path, shift: str) -> None:
    """Writes what libfaketime reads."""
    clock.write_text(f"{shift}\n")


if __name__ == "__main__":
    main()
