"""Two phases with kerasft, plain Keras and other libraries, on the same work: CPU time, wall time, memory, result.

    python -m benchmarks.two_phase                      # the cases of docs/speed.md; hours, for the larger ones
    python -m benchmarks.two_phase mobilenet-512 --repeats 1
    python -m benchmarks.two_phase --quick              # tiny sizes, to see that everything runs

Each measurement is a process of its own. The ways of Keras build the same model from the same seed and see the same
batches in the same order; the times begin when data and model are there, and hold tracing, training and validation.
CPU time is user and system time of the process; all ratios are ratios of CPU time. The ways:

    plain           compile and fit of the whole model, as Keras and TensorFlow come: on processors with VNNI
                    TensorFlow switches oneDNN on by itself, on others it leaves it off
    plain+oneDNN    the same with oneDNN switched on
    plain-oneDNN    the same with oneDNN switched off: what `plain` is on a processor without VNNI
    kerasft         kerasft.fine_tune
    bare            what can't be avoided: one pass through the frozen part, and the steps of the rest
    pytorch         images: a plain PyTorch loop on torchvision's network, same sizes, same part of it trained
    fastai          images: fastai on the same network
    trainer         texts: Hugging Face Trainer on the same checkpoint

The last three run when their packages are installed, here or in the interpreter that --peers-python names.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import CASES, Case, chosen
from benchmarks.processes import PEERS, ProcessFailed, fits, missing_packages, run_one
from benchmarks.tables import WAYS, WITHOUT, Row, describe, summarize, to_markdown

RESULTS = Path("build/two_phase.jsonl")
_QUICK = "tiny sizes: these numbers show that everything runs, and say nothing about speed\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs cases and prints the table."""
    options = _parser().parse_args(arguments)
    cases = chosen(options.cases, options.quick)
    ways = runnable(options.ways or [way for way in WAYS if way != WITHOUT], options.peers_python)
    read_rows(options.json)  # before hours of work are added to a file that can't be read
    for path in filter(None, (options.json, options.markdown, options.summary)):
        path.parent.mkdir(parents=True, exist_ok=True)
    for case in cases:
        _measure(case, ways, options)
    rows = [row for row in read_rows(options.json) if row["case"] in {case.name for case in cases}]
    if not rows:
        raise SystemExit(
            "error: nothing was measured: none of these ways is for one of these cases, see --help"
        )
    page = (_QUICK if options.quick else "") + describe(rows) + "\n" + to_markdown(rows)
    print(page)
    if options.markdown:
        options.markdown.write_text(page, encoding="utf-8")
    if options.summary:
        options.summary.write_text(json.dumps(summarize(rows), indent=2) + "\n", encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Returns what was measured until now.

    Raises:
        SystemExit: The file holds something else, or rows of an earlier form.
    """
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        for row in rows:
            _ = row["case"], row["way"], row["phases"][0]["phase"]
    except (ValueError, LookupError, TypeError, OSError) as error:
        raise SystemExit(
            f"error: the results can't be read (received: {path}: {error!r}); move it away, or give --json another"
        ) from None
    return rows


def _measure(case: Case, ways: Sequence[str], options: argparse.Namespace) -> None:
    """Adds a row to the file for each way and repeat, at once, so that a long run may be stopped."""
    repeats = options.repeats if options.repeats is not None else 1 if options.quick else 3
    left = [way for way in ways if fits(case, way)]
    for repeat in range(repeats):
        for way in list(left):  # the ways take turns: what else the machine does falls on all of them
            print(f"{case.name}: {way}, {repeat + 1} of {repeats}", file=sys.stderr, flush=True)
            try:
                row = run_one(case, way, options.peers_python)
            except ProcessFailed as error:
                if way not in PEERS:
                    raise SystemExit(f"error: {error}") from None
                print(f"note: without {way}: {error}", file=sys.stderr)  # it must not stop a long run
                left.remove(way)
                continue
            with options.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"case": case.name, "way": way, "repeat": repeat, **row}) + "\n")


def runnable(ways: Sequence[str], python: str) -> list[str]:
    """Returns the ways that can run, and says on stderr which can't and what they lack."""
    kept = []
    for way in ways:
        lacking = missing_packages(way, python) if way in PEERS else []
        if lacking:
            hint = f"{python} -m pip install {' '.join(lacking)}, or name another with --peers-python"
            print(f"note: without {way}, which needs {', '.join(lacking)}: {hint}", file=sys.stderr)
        else:
            kept.append(way)
    return kept


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="default: all: " + ", ".join(case.name for case in CASES))
    parser.add_argument("--ways", nargs="+", choices=WAYS, help=f"default: all but {WITHOUT}")
    parser.add_argument(
        "--repeats", type=int, help="default: 3, with --quick 1; 0: the table of what is there"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one epoch each")
    parser.add_argument(
        "--peers-python", default=sys.executable, metavar="PYTHON",
        help="the interpreter that has PyTorch, fastai and transformers; default: this one",
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, default=RESULTS,
        help=f"results, one a line; new ones are added to what is there (default: {RESULTS})",
    )  # fmt: skip
    parser.add_argument("--markdown", type=Path, help="where the table goes too")
    parser.add_argument("--summary", type=Path, help="where the table goes as JSON, with the ratios")
    return parser


if __name__ == "__main__":
    main()
