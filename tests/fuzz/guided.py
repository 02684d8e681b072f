"""Guided fuzzing of a reader of foreign bytes, by atheris (pip install atheris; it is no dependency of the tests).

    python -m tests.fuzz.guided "weights in HDF5" --minutes 10
    python -m tests.fuzz.guided --list

It mutates whole files after the branches that the reader takes, with a limit of memory, until a fault is found or the
CPU time is over. What it finds is written into the current folder, as atheris does. Of JSON, every second change is one
of values, since one of bytes mostly ends in what is no JSON; and the checksums of a ZIP count for right.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import atheris

SECONDS_EACH = 20  # of CPU, for a single file
SPARE = (
    180  # seconds of CPU that a process may take beyond its minutes: a file that never ends is not waited for
)
PATIENCE = (
    7200  # seconds by the clock, for a file that is waited for without CPU: the process may have been stopped
)

with atheris.instrument_imports(
    include=["kerasft", "keras_hub.src.tokenizers"], enable_loader_override=False
):
    from kerasft.base.errors import KerasftError
    from tests.fuzz.targets import TARGETS
    from tests.fuzz.test_targets import bound_memory
    from tests.mutations import BAD, places, replaced


def mutate(content: bytes, most: int, seed: int) -> bytes:
    """Returns a file changed in its bytes, or as JSON in one value; safetensors begin with JSON and its length."""
    rng = random.Random(seed)
    begin, end = 0, len(content)
    if content[8:9] == b"{":
        begin, end = 8, 8 + int.from_bytes(content[:8], "little")
    if content[begin : begin + 1] in (b"{", b"[") and rng.random() < 0.5:
        try:
            changed = _changed(content[begin:end], rng)
        except (ValueError, RecursionError):
            changed = b""
        length = len(changed).to_bytes(8, "little") if begin else b""
        if 0 < len(changed) <= most - (len(content) - end) - 8:
            return length + changed + content[end:]
    return atheris.Mutate(content, most)


def _changed(text: str | bytes, rng: random.Random) -> bytes:
    """Returns JSON with another value at some place, or with such a change in a text that is JSON itself."""
    value = json.loads(text)
    inner = [place for place in places(value) if _is_json(_at(value, place))]
    if inner and rng.random() < 0.7:
        place = rng.choice(inner)
        new = _changed(_at(value, place), rng).decode()
    else:
        place, new = rng.choice(list(places(value))), rng.choice(BAD)
    return json.dumps(replaced(value, place, new)).encode()


def _at(value: object, place: tuple) -> object:
    for key in place:
        value = value.get(key) if isinstance(value, dict) else value[key]
    return value


def _is_json(value: object) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[")


def main() -> None:
    """Fuzzes one target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__.splitlines()[0])
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10.0, help="CPU minutes")
    parser.add_argument(
        "--corpus", type=Path, help="a folder for the files that took new branches, to go on from"
    )
    parser.add_argument("--list", action="store_true", help="name the targets")
    options = parser.parse_args()
    if options.list or not options.target:
        print("\n".join(TARGETS))
        return
    name, target = options.target, TARGETS[options.target]
    folder = Path(tempfile.mkdtemp(prefix="kerasft-fuzz-"))
    corpus = options.corpus or folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["kerasft"], enable_loader_override=False):
        for number, content in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(content)
        bound_memory([name])  # reads the seeds, and so imports what the reader imports when it is called
    path, most, count, told = folder / target.name, options.minutes * 60, 0, 0.0
    zipfile.ZipExtFile._update_crc = lambda self, chunk: None
    begin = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(begin + most + SPARE), int(begin + most + SPARE)))

    def tell(used: float, end: str) -> None:
        kept = sum(1 for _ in corpus.iterdir())
        print(f"{name}: {count} files in {used / 60:.1f} CPU minutes, {kept} kept, {end}", flush=True)

    def one(content: bytes) -> None:
        nonlocal count, told
        count += 1
        path.write_bytes(content)
        before = time.process_time()
        try:
            target.read(path)
        except (KerasftError, *target.refusals):
            pass
        now = time.process_time()
        if now - before > SECONDS_EACH:
            raise RuntimeError(f"this file takes {now - before:.0f} s of CPU")
        used = now - begin
        if used // 60 > told:
            told = used // 60
            tell(used, "no fault so far")
        if used > most:
            tell(used, "no fault")
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)

    flags = [
        f"-timeout={PATIENCE}",
        "-rss_limit_mb=0",
        "-max_len=65536",
        "-print_final_stats=0",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *flags], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
