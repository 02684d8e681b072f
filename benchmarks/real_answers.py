"""Labels, numbers and order of real texts, beside a bag of words: `python -m benchmarks.real_answers`.

Two sources that package managers carry, made by people and not for kerasft:

- debian: what a program is for and works with (debtags, such as use::editing and works-with::audio), by its short
  description and the first paragraph of its long one. Needs `apt-get` with Debian's main archive in its sources; 16 MB.
  One package of each source package; labels that 150 of them have.
- vader: sentences of product reviews and the mean of what 20 people or more said of each, from -4 (very negative) to 4
  (in the source of vaderSentiment 3.3.2 on PyPI, 3 MB): as a number, and cut at -1.5, -0.5, 0.5 and 1.5 into 5 grades.
  A review is on one side only.

Each seed draws 1,000 examples, splits them 60, 20 and 20 %, and trains with the recipe's defaults, at 64 tokens of
descriptions and 48 of sentences. The bag of words sees whole texts; its strength, and thresholds of labels, are chosen
on the validation split as well. About 3 CPU-minutes for each task and seed; MiniLM is fetched once.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import kerasft
from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.environment import kerasft_home
from kerasft.cli.recipes import find_recipe

EXAMPLES = 1000
FACETS, FEWEST = ("use", "works-with"), 150
CUTS = (-1.5, -0.5, 0.5, 1.5)
VADER = "vaderSentiment==3.3.2"
BASELINE, HEAD, RUN = WAYS = ("bag of words", "after the phase head", "the run")

Rows = list[tuple[str, str, str]]  # text, answer, group


@dataclass(frozen=True)
class Case:
    """A task on real texts: their source, the recipe, and the scores of the table."""

    source: str
    tokens: int
    recipe: str
    read: str
    baseline: str
    scores: tuple[str, ...]
    graded: bool = False


CASES = {
    "labels": Case(
        "debian", 64, "text-multilabel", "read_texts_with_labels", "tfidf_one_vs_rest",
        ("F1 per example", "micro F1", "macro F1", "mean average precision", "log loss"),
    ),
    "numbers": Case(
        "vader", 48, "text-regression", "read_texts_with_numbers", "tfidf_ridge",
        ("mean absolute error", "root mean squared error", "r2"),
    ),
    "order": Case(
        "vader", 48, "text-ordinal", "read_texts_with_order", "tfidf_order",
        ("mean absolute error", "quadratic kappa", "accuracy"), graded=True,
    ),
}  # fmt: skip


def debian(folder: Path) -> Rows:
    """Returns descriptions (the short one and the first paragraph), labels and source of Debian's tagged packages."""
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder,
        "Acquire::Languages": "en",
        "Debug::NoLocking": "true",
    }
    options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    _output("apt-get", *options, "-q", "update")
    tagged: dict[str, tuple[str, list[str]]] = {}
    for block in _output("apt-cache", *options, "dumpavail").split("\n\n"):
        name, labels = _field(block, "Package"), labels_of(_field(block, "Tag"))
        source = (_field(block, "Source") or name).split(" ")[0]
        if labels and (
            source not in tagged or (len(name), name) < (len(tagged[source][0]), tagged[source][0])
        ):
            tagged[source] = name, labels
    often = Counter(label for _, labels in tagged.values() for label in labels)
    names = [name for name, _ in tagged.values()]
    shown = _output("apt-cache", *options, "--no-all-versions", "show", *names).split("\n\n")
    texts = {_field(block, "Package"): description(_field(block, "Description-en")) for block in shown}
    kept = {
        source: (name, [label for label in labels if often[label] >= FEWEST])
        for source, (name, labels) in sorted(tagged.items())
    }
    return [
        (texts[name], "|".join(labels), source)
        for source, (name, labels) in kept.items()
        if labels and texts.get(name)
    ]


def labels_of(tags: str) -> list[str]:
    """Returns the labels of a field `Tag:`, without what stands below them: image of works-with::image:raster."""
    found = (tag.strip().split("::") for tag in tags.split(","))
    named = {(tag[0], tag[1].split(":")[0]) for tag in found if len(tag) == 2}
    return sorted(f"{facet}::{label}" for facet, label in named if facet in FACETS and label != "TODO")


def description(text: str) -> str:
    """Returns the short description and the first paragraph of the long one, as one text."""
    short, _, long = text.partition("\n")
    return " ".join(f"{short}. {long.split(f'{chr(10)} .{chr(10)}')[0]}".split()) if short else ""


def vader(folder: Path) -> Rows:
    """Returns sentences of product reviews, their mean ratings and their reviews."""
    source = folder / f"{VADER.replace('==', '-')}.tar.gz"
    if not source.exists():
        without = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation")
        _output(sys.executable, "-m", "pip", "download", "-q", *without, "-d", str(folder), VADER)
    inner = _member(source.read_bytes(), "hutto_ICWSM_2014.tar.gz")
    lines = _member(inner, "amazonReviewSnippets_GroundTruth.txt").decode("utf-8-sig").splitlines()
    cells = [line.split("\t") for line in lines]
    return [(text.strip(), mean, name.split("_")[0]) for name, mean, text in cells if text.strip()]


def grade(mean: str) -> str:
    """Returns the grade of a mean rating, 1 (worst) to 5."""
    return str(1 + int(np.searchsorted(CUTS, float(mean))))


def distinct(rows: Rows) -> Rows:
    """Returns the rows without those whose text came before: people gave some of these another answer."""
    first: dict[str, tuple[str, str, str]] = {}
    for row in rows:
        first.setdefault(" ".join(row[0].casefold().split()), row)
    return list(first.values())


def drawn(rows: Rows, seed: int) -> Rows:
    """Returns the rows of groups drawn at random, until there are `EXAMPLES`."""
    groups = sorted({group for _, _, group in rows})
    order = {
        groups[row]: place for place, row in enumerate(np.random.default_rng(seed).permutation(len(groups)))
    }
    return sorted(rows, key=lambda row: order[row[2]])[:EXAMPLES]


def measured(case: Case, rows: Rows, seed: int, folder: Path) -> dict[str, dict[str, float]]:
    """Trains on a draw as the recipe does, and returns scores by way and name.

    Args:
        case: Which task.
        rows: All examples.
        seed: Of the draw, the splits and the training.
        folder: For table and run.
    """
    table = folder / "table.csv"
    chosen = [(text, grade(mean) if case.graded else mean, group) for text, mean, group in drawn(rows, seed)]
    files.write_text(table, csv_text([("text", "answer", "group"), *chosen]))
    config = find_recipe(case.recipe).Config(
        data=str(table), text="text", label="answer", group="group", sequence_length=case.tokens, seed=seed
    )
    splits = getattr(kerasft, case.read)(table, **config.reading(), seed=seed)
    words = getattr(kerasft, case.baseline)(splits)
    model = kerasft.build_model(
        case.recipe.replace("-", "_"),
        backbone=config.backbone,
        schema=splits.schema,
        sequence_length=case.tokens,
        dropout=config.dropout,
        precision=config.precision,
        seed=seed,
    )
    run = kerasft.fine_tune(model, splits, config.phases(), folder / "run", config.training(), verbose=False)
    said = kerasft.evaluate(run)
    head = kerasft.phase_scores(run, said)["after head"]
    both = {BASELINE: words.metrics, RUN: said.metrics}
    scores = {way: {name: metrics[name] for name in case.scores} for way, metrics in both.items()}
    return {BASELINE: scores[BASELINE], HEAD: {said.score_name: head}, RUN: scores[RUN]}


def to_table(runs: Sequence[dict[str, dict[str, float]]]) -> str:
    """Returns the rows of a Markdown table: the means, and ranges over the seeds."""
    names = list(runs[0][WAYS[0]])
    lines = ["| way | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for way in WAYS:
        cells = []
        for name in names:
            found = [run[way][name] for run in runs if name in run[way]]
            cells.append(f"{np.mean(found):.3f} ({min(found):.3f} to {max(found):.3f})" if found else "")
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout


def _field(block: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*(?:\n .*)*)", block, re.MULTILINE)
    return found.group(1) if found else ""


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        (member,) = (each for each in opened.getmembers() if each.name.endswith(f"/{name}"))
        content = opened.extractfile(member)
        assert content is not None  # it is a file
        return content.read()


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the recipes, and prints a table for each task."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=(0, 1, 2), help="draws, each with its own splits and training"
    )
    parser.add_argument("--tasks", nargs="+", choices=CASES, default=tuple(CASES), help="which tasks")
    options = parser.parse_args(argv)
    home = kerasft_home() / "real_answers"
    home.mkdir(parents=True, exist_ok=True)
    for name in options.tasks:
        case, runs = CASES[name], []
        rows = distinct({"debian": debian, "vader": vader}[case.source](home))
        print(f"{name}: {len(rows):,} texts to draw from", flush=True)
        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as folder:
                runs.append(measured(case, rows, seed, Path(folder)))
            print(f"{name}, seed {seed}: {json.dumps(runs[-1])}", flush=True)
        print(f"\n{name}: mean of {len(runs)} draws (range), test split\n\n{to_table(runs)}\n", flush=True)


if __name__ == "__main__":
    main()
