"""Runs the tests that compare floats as other processors would: `python -m tests.processors`, from the repository.

TensorFlow multiplies with oneDNN, which chooses its kernels by the instructions that it finds, and can be told to find
fewer. Each setting has a process of its own, and what the tests compared is printed as a table.

    python -m tests.processors                   all settings that this processor has
    python -m tests.processors --turn            one of those that are not the processor's own; they take turns by date
    python -m tests.processors --setting AVX2    this one
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.floats import NOTES

ROOT = Path(__file__).parent.parent
# Name: variables of the environment, and what the processor must have, as /proc/cpuinfo says it
SETTINGS = {
    "own": ({}, set()),
    "SSE41": ({"ONEDNN_MAX_CPU_ISA": "SSE41"}, {"sse4_1"}),
    "AVX2": ({"ONEDNN_MAX_CPU_ISA": "AVX2"}, {"avx2"}),
    "AVX512_CORE": ({"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}, {"avx512f", "avx512bw", "avx512dq", "avx512vl"}),
    "no oneDNN": ({"TF_ENABLE_ONEDNN_OPTS": "0"}, set()),
}
TESTS = (
    "tests/test_rounding.py", "tests/test_resume.py", "tests/exporting/test_faults.py",
    "tests/exporting/test_text_exports.py", "tests/exporting/test_text_onnx.py", "tests/feature_cache/test_cache.py",
)  # fmt: skip


def instructions(cpuinfo=Path("/proc/cpuinfo")):
    """Returns the names of the processor's instructions, or nothing where the system does not tell."""
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    return set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())


def available(found):
    """Returns the names of the settings for a processor with these instructions."""
    return [name for name, (_, needed) in SETTINGS.items() if needed <= found]


def turn_of(day, names):
    """Returns the setting whose turn it is: not the processor's own, and not one that would be the same."""
    best = next((name for name in ("AVX512_CORE", "AVX2", "SSE41") if name in names), None)
    others = [name for name in names if name not in ("own", best)]
    return others[day.toordinal() % len(others)]


def run(name, more=()):
    """Runs the tests by a setting in a process of its own; returns its exit code and what was compared."""
    set_here = {key for variables, _ in SETTINGS.values() for key in variables}
    plain = {key: value for key, value in os.environ.items() if key not in set_here}
    chosen = ["-q", *TESTS, "-m", "floats", *more]
    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder:
        notes = Path(folder) / "notes"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *chosen],
            cwd=ROOT, env=plain | SETTINGS[name][0] | {NOTES: str(notes)}, check=False,
        )  # fmt: skip
        lines = notes.read_text("utf-8").splitlines() if notes.is_file() else []
    return done.returncode, largest([json.loads(line) for line in lines])


def largest(notes):
    """Returns the comparison of each kind that came nearest to its limit."""
    found = {}
    for each in notes:
        kept = found.get(each["kind"])
        if kept is None or share(each) > share(kept):
            found[each["kind"]] = each
    return found


def share(each):
    """Returns how much of the limit was used."""
    return each["apart"] / each["limit"] if each["limit"] else 0.0


def table(found):
    """Returns what was compared, by kind and setting, as a table in Markdown.

    Args:
        found: By setting, the comparisons by kind.
    """
    names = list(found)
    kinds = list(dict.fromkeys(kind for each in found.values() for kind in each))
    lines = ["| compared | limit | " + " | ".join(names) + " |", "| --- |" + " ---: |" * (len(names) + 1)]
    for kind in kinds:
        rows = [each.get(kind) for each in found.values()]
        limits = max(row["limit"] for row in rows if row)
        cells = ["" if row is None else f"{row['apart']:.1e}" if row["apart"] else "0" for row in rows]
        lines.append(f"| {kind} | {limits:.1e} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments=None):
    """Runs the settings, prints the table, and returns 0 if all tests passed by all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.processors", description=__doc__.splitlines()[0])
    names = available(instructions())
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--turn", action="store_true", help="only the setting whose turn it is today")
    which.add_argument(
        "--setting", choices=SETTINGS, action="append", help="only this setting; may be repeated"
    )
    given, more = parser.parse_known_args(arguments)
    more += ["--take-turns"] if given.turn else []
    chosen = [turn_of(datetime.date.today(), names)] if given.turn else given.setting or names
    for name in SETTINGS:
        if name in chosen and name not in names:
            parser.error(f"this processor has no {name}; it has {', '.join(names)}")
    codes, found = {}, {}
    for name in chosen:
        variables = [f"{key}={value}" for key, value in SETTINGS[name][0].items()]
        print(f"\n{name}: {' '.join(variables) or 'as the processor is'}", flush=True)
        codes[name], found[name] = run(name, more)
    print(f"\nLargest differences\n\n{table(found)}\n")
    failed = [name for name, code in codes.items() if code]
    print(f"failed: {', '.join(failed)}" if failed else f"passed: {', '.join(codes)}")
    missing = [name for name in SETTINGS if name not in names]
    if missing:
        print(f"not run, this processor lacks the instructions: {', '.join(missing)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
