"""Guided fuzzing of a reader of foreign bytes, by atheris (pip install atheris; it is no dependency of the tests).

    python -m tests.fuzz.guided "weights in HDF5" --minutes 10
    python -m tests.fuzz.guided --list

It mutates whole files after the branches that the reader takes, with a limit of memory, until a fault is found or the
CPU time is over. What it finds is written into the current folder, as atheris does.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["kerasft", "keras_hub.src.tokenizers"], enable_loader_override=False
):
    from tests.fuzz.targets import TARGETS
    from tests.fuzz.test_targets import bound_memory
from kerasft.base.errors import KerasftError

SECONDS_EACH = 20  # of CPU, for a single file
PATIENCE = 600  # seconds by the clock, for a file that is waited for without CPU


def main() -> None:
    """Fuzzes one target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10.0, help="CPU minutes")
    parser.add_argument("--list", action="store_true", help="name the targets")
    options = parser.parse_args()
    if options.list or not options.target:
        print("\n".join(TARGETS))
        return
    target, folder = TARGETS[options.target], Path(tempfile.mkdtemp(prefix="kerasft-fuzz-"))
    (folder / "corpus").mkdir()
    for number, content in enumerate(target.seeds()):
        (folder / "corpus" / str(number)).write_bytes(content)
    bound_memory([options.target])
    path, most, count, told = folder / target.name, options.minutes * 60, 0, 0.0
    begin = time.process_time()

    def one(content: bytes) -> None:
        nonlocal count, told
        count += 1
        path.write_bytes(content)
        before = time.process_time()
        try:
            target.read(path)
        except (KerasftError, *target.refusals):
            pass
        if (took := time.process_time() - before) > SECONDS_EACH:
            raise RuntimeError(f"this file takes {took:.0f} s of CPU")
        used = time.process_time() - begin
        if used // 60 > told:
            told = used // 60
            print(f"{options.target}: {count} files in {told:.0f} CPU minutes so far", flush=True)
        if used > most:
            print(f"\n{options.target}: {count} files in {used / 60:.1f} CPU minutes, no fault", flush=True)
            os._exit(0)

    flags = [
        f"-timeout={PATIENCE}",
        "-rss_limit_mb=0",
        "-max_len=65536",
        "-print_final_stats=0",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], str(folder / "corpus"), *flags], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
