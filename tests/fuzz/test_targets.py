"""Every reader of foreign bytes gets damaged files: it answers, or refuses, with no other error, crash or gigabytes.

`python -m tests.fuzz.guided` does the same with files that a fuzzer finds.
"""

import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

from kerasft.base.errors import KerasftError
from tests.fuzz.mangling import mangled
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent.parent
MEMORY = 2_000_000_000  # bytes of addresses, beside those that libraries and their threads have taken


def faults(name, folder, count, seed):
    """Damages files of a target, and returns what went wrong by kind, and how many were refused."""
    target, found, refused = TARGETS[name], {}, 0
    path = folder / target.name
    originals = target.seeds()
    for content in [*originals, *mangled(originals, count, seed)]:
        path.write_bytes(content)
        try:
            target.read(path)
        except (KerasftError, *target.refusals):
            refused += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
            found.setdefault(kind, f"{error!s:.100} {content[:80]!r}")
    return found, refused


def bound_memory(names=tuple(TARGETS)):
    """Lets this process take MEMORY more. What a library takes when it is loaded depends on the machine.

    The libraries are those that these targets load.
    """
    import resource  # not on Windows

    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            faults(name, Path(folder), 0, 0)  # loads the libraries
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_read_or_refused(name, tmp_path):
    found, _ = faults(name, tmp_path, 40, seed=11)
    assert not found, found


ALL = """
import json, pathlib, sys
from tests.fuzz.test_targets import bound_memory, faults
names = json.loads(sys.argv[3])
bound_memory(names)
root = pathlib.Path(sys.argv[2])
for name in names:
    folder = root / name.replace(" ", "_")
    folder.mkdir()
    print(json.dumps([name, *faults(name, folder, int(sys.argv[1]), 12)]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize("third", range(3))
def test_2000_damaged_files_of_each_kind(third, tmp_path):
    """In a process of its own: some of the readers are native libraries, and its memory is bounded."""
    names = list(TARGETS)[third::3]
    command = [sys.executable, "-c", ALL, "2000", str(tmp_path), json.dumps(names)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert done.returncode == 0, (told[-1:], done.stderr[-2000:])
    assert {name: found for name, found, _ in told if found} == {}
    assert [name for name, _, _ in told] == names
