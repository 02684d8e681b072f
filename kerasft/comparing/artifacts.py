"""Compares any artifacts on the same test examples: which is better, and is the difference real?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from kerasft.base.bundle_file import is_bundle
from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.printable import shown
from kerasft.base.statistics import PAIR_RESAMPLES, are_shares, compare_pair, holm
from kerasft.base.wording import shorten
from kerasft.comparing.by_class import class_rows
from kerasft.comparing.results import MCNEMAR, PERMUTATION, Comparison, Difference, Entry
from kerasft.comparing.settings import settings_of
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.splits import Split
from kerasft.data.splits_file import read_split_rows
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.evaluate import evaluate, run_of
from kerasft.runs.run import SPLITS, Run

Rows = dict[str, tuple[str, str]]  # the right answer to each example and its hash, by its id
_SHOWN = 3
GIVE_DATA = "give the examples to compare them on with --data"


def compare(
    artifacts: Sequence[Artifact],
    data: str | Path | Split | None = None,
    *,
    names: Sequence[str] | None = None,
    trust: bool = False,
    skip_broken: bool = False,
    resamples: int = PAIR_RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compares artifacts, each two of them by a test and a paired bootstrap: see `kerasft.base.statistics.Pair`.

    Args:
        artifacts: Two or more runs, paths or predictors, as for `evaluate`.
        data: None for the test split of the artifacts' own runs, which must be the same; or labelled examples, as for
            `evaluate`. None of them should have trained on these.
        names: What to call them; default: the shortest ends of their paths that differ.
        trust: Whether SavedModels that were not exported here may run.
        skip_broken: Whether examples of `data` that can't be read are left out, instead of refused.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.

    Returns:
        Scores (of classes: accuracies) with 95 % intervals, and of each two the difference, its interval and the
        p-value, adjusted for the number of pairs (Holm).

    Raises:
        InputError: Fewer than two artifacts, or their test examples or what they can answer differ.
    """
    if len(artifacts) < 2:
        hint = "give two or more: kerasft compare RUN RUN"
        raise InputError(Problem("there is nothing to compare with", str(len(artifacts)), hint))
    names = [shown(name) for name in (names_of(artifacts) if names is None else names)]
    artifacts = [_opened(each) for each in artifacts]
    if data is None:  # before anything is predicted
        _check_same(names, [_test_rows(each) for each in artifacts])
    evaluations: list[Evaluation] = [
        evaluate(each, data, trust=trust, skip_broken=skip_broken) for each in artifacts
    ]
    _check_schemas(names, evaluations)
    _check_same(names, [_rows(each) for each in evaluations])
    first = evaluations[0]
    scores = [_scores(each, first.ids) for each in evaluations]
    units = first.units
    pairs = [
        (i, j, compare_pair(scores[i], scores[j], resamples, seed, first.unit_numbers))
        for i, j in combinations(range(len(scores)), 2)
    ]
    adjusted = holm([pair.p_value for _, _, pair in pairs])
    by_examples = units is None and all(map(are_shares, scores))
    count, test = len(first.ids), MCNEMAR if by_examples else PERMUTATION
    return Comparison(
        count,
        tuple(_entry(name, each) for name, each in zip(names, evaluations, strict=True)),
        tuple(
            Difference(names[i], names[j], pair, p, count, test)
            for (i, j, pair), p in zip(pairs, adjusted, strict=True)
        ),
        first.left_out,
        first.score_name,
        "" if units is None else str(units),
        first.of_examples,
        first.class_score,
        class_rows(evaluations),
        tuple(map(settings_of, artifacts)),
    )


def names_of(artifacts: Sequence[Artifact]) -> list[str]:
    """Returns the shortest ends of the artifacts' paths that tell them apart; equal ones get a number."""
    paths = [Path(str(getattr(each, "given", each))).parts or (".",) for each in artifacts]
    names = ["/".join(path[-1:]) for path in paths]
    for length in range(2, max(map(len, paths)) + 1):
        if len(set(names)) == len(names):
            break
        names = ["/".join(path[-length:]) for path in paths]
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        names[index] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _scores(evaluation: Evaluation, ids: Sequence[str]) -> np.ndarray:
    """Returns how good each answer is, in the order of `ids`."""
    scores = dict(zip(evaluation.ids, evaluation.per_example, strict=True))
    return np.array([scores[each] for each in ids])


def _entry(name: str, evaluation: Evaluation) -> Entry:
    seen = None if evaluation.seen is None else evaluation.seen.count
    return Entry(name, evaluation.score, *evaluation.interval, seen)


def _opened(artifact: Artifact) -> Artifact:
    """Opens a bundle once for all; everything else stays what it is."""
    if isinstance(artifact, str | os.PathLike) and is_bundle(Path(artifact)):
        return Run.open(Path(artifact))
    return artifact


def _test_rows(artifact: Artifact) -> Rows:
    """Returns the class and the hash of each test example of an artifact's own run, as its list has them."""
    run = run_of(artifact)
    rows = read_split_rows(run.run_dir / SPLITS, run.schema)
    return {name: (item.label, digest) for name, (item, digest) in rows.items() if item.split == "test"}


def _rows(evaluation: Evaluation) -> Rows:
    return {each: (answer, "") for each, answer in zip(evaluation.ids, evaluation.expected, strict=True)}


def _check_same(names: Sequence[str], rows: Sequence[Rows]) -> None:
    raise_problems(
        problem
        for name, other in zip(names[1:], rows[1:], strict=True)
        for problem in _differing(names[0], rows[0], name, other)
    )


def _check_schemas(names: Sequence[str], evaluations: Sequence[Evaluation]) -> None:
    found = (
        evaluations[0].mismatch(each, f"{names[0]} and {name}")
        for name, each in zip(names[1:], evaluations[1:], strict=True)
    )
    raise_problems(problem for problem in found if problem is not None)


def _differing(name: str, first: Rows, other_name: str, other: Rows) -> list[Problem]:
    """Returns what keeps two artifacts from being compared: other examples, labels or contents."""
    both = f"{name} and {other_name}"
    if first.keys() != other.keys():
        here, there = first.keys() - other.keys(), other.keys() - first.keys()
        received = f"{len(first.keys() & other.keys())} in common, {len(here)} only in {name}, "
        received += f"{len(there)} only in {other_name}: {shorten(sorted(here | there), _SHOWN)}"
        hint = f"train them with the same data and --seed, or {GIVE_DATA}"
        return [Problem(f"{both} have other test examples", received, hint)]
    problems = []
    for place, what in enumerate(("labels for the same examples", "contents of the same examples")):
        changed = [each for each, row in first.items() if row[place] != other[each][place]]
        if changed:
            problems.append(Problem(f"{both} have other {what}", shorten(changed, _SHOWN), GIVE_DATA))
    return problems
