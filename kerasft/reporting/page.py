"""A run as one HTML page that needs nothing else: style, script and pictures are inside, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.pages import page_environment
from kerasft.base.wording import plural
from kerasft.data.origins import origin_sentences
from kerasft.reporting import charts, samples
from kerasft.reporting.explained import Explained
from kerasft.reporting.facts import Facts
from kerasft.reporting.groups import FEWEST_EXAMPLES, Groups
from kerasft.reporting.intervals import RESAMPLES, Interval, bootstrap
from kerasft.targets.classes import confusion
from kerasft.targets.classes.calibration import calibration_error
from kerasft.targets.classes.evaluation import Evaluation

_ASSETS = Path(__file__).parents[1] / "assets"
_SPLITS = ("train", "validation", "test")


def build_page(
    facts: Facts,
    splits: Any,
    evaluation: Evaluation,
    groups: Groups | None = None,
    explained: Explained | None = None,
) -> str:
    """Returns the page.

    Args:
        facts: What the run says about itself.
        splits: `Splits` or `TextSplits` of the run.
        evaluation: On its test split, in its order.
        groups: The scores per group, where groups were given.
        explained: The explanations of the worst mistakes, where they were made.
    """
    explained = explained or Explained()
    environment = page_environment()
    environment.filters.update(share=_share, percent=_percent, duration=_duration, number=_number)
    template = environment.from_string(_asset("report.html"))
    script = _asset("report.js")
    return template.render(
        facts=facts,
        style=_asset("report.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        noun=_noun(splits),
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        data={**_data(splits), "origins": origin_sentences(facts.config.get("data", {}))},
        metrics=_metrics(evaluation, _noun(splits), splits.train.labels),
        curves=_curves(facts),
        classes=_classes(evaluation, splits),
        confusion=_confusion(evaluation),
        behind=confusion.behind_cells(evaluation, splits.test),
        examples=_examples(evaluation, splits.test, explained),
        explained=explained,
        confidence=_confidence(evaluation),
        groups=groups,
        fewest=FEWEST_EXAMPLES,
        limits=samples,
        plural=plural,
        resamples=RESAMPLES,
    )


def _noun(splits: Any) -> str:
    if hasattr(splits.test, "images"):
        return "picture"
    return "text" if splits.test.pairs is None else "pair"


def _data(splits: Any) -> dict[str, Any]:
    counts = {
        name: np.bincount(getattr(splits, name).labels, minlength=len(splits.class_names)) for name in _SPLITS
    }
    shown = samples.of_each_class(splits.train, len(splits.class_names))
    classes = [
        {"name": name, "counts": [int(counts[split][i]) for split in _SPLITS], "examples": shown[i]}
        for i, name in enumerate(splits.class_names)
    ]
    largest = max(1, *(each["counts"][0] for each in classes))
    return {
        "source": str(splits.source),
        "seed": splits.seed,
        "totals": {name: int(counts[name].sum()) for name in _SPLITS},
        "classes": classes,
        "largest": largest,
        "notes": [*splits.notes, *(f"left out: {each}" for each in splits.skipped[:20])],
        "shown": sum(map(len, shown)),
    }


def _metrics(evaluation: Evaluation, noun: str, trained_on: np.ndarray) -> dict[str, Any]:
    intervals = bootstrap(evaluation)
    count = len(evaluation.labels)
    right = int((evaluation.labels == evaluation.predictions).sum())
    tiles: list[dict[str, Any]] = [
        _tile("accuracy", intervals["accuracy"], "share of right answers", percent=True),
        _tile("macro F1", intervals["macro_f1"], "mean over the classes, each counting the same"),
    ]
    if "top5" in intervals:
        note = "the class is among the five most probable"
        tiles.append(_tile("top-5 accuracy", intervals["top5"], note, percent=True))
    tiles.append(_tile("log loss", intervals["log_loss"], "lower is better, in nats"))
    return {
        "count": count,
        "right": right,
        "tiles": tiles,
        "majority": float(np.mean(evaluation.labels == np.bincount(trained_on).argmax())),
        "seen": "" if evaluation.seen is None else evaluation.seen.sentence(noun),
        "possible_errors": 1 - intervals["accuracy"].low if right == count else None,
    }


def _tile(name: str, interval: Interval, note: str, percent: bool = False) -> dict[str, Any]:
    return {"name": name, "interval": interval, "note": note, "percent": percent}


def _curves(facts: Facts) -> list[tuple[str, Any]]:
    if not facts.history:
        return []
    names = dict.fromkeys(["loss", facts.metric or "loss"])
    return [(name.replace("_", " "), charts.learning_curve(facts.history, name)) for name in names]


def _classes(evaluation: Evaluation, splits: Any) -> list[dict[str, Any]]:
    wrong = evaluation.confusion.copy()
    np.fill_diagonal(wrong, 0)
    trained = np.bincount(splits.train.labels, minlength=len(wrong))
    rows = []
    for i, each in enumerate(evaluation.classes):
        other = int(wrong[i].argmax())
        confused = {"name": evaluation.class_names[other], "count": int(wrong[i, other]), "index": other}
        rows.append(
            {
                "index": i,
                "scores": each,
                "train": int(trained[i]),
                "other": confused if wrong[i].any() else None,
            }
        )
    return rows


def _confusion(evaluation: Evaluation) -> dict[str, Any]:
    small = len(evaluation.classes) <= confusion.MOST_IN_TABLE
    wrong = int(evaluation.confusion.sum() - np.trace(evaluation.confusion))
    return {
        "rows": confusion.rows(evaluation) if small else [],
        "flat": max(len(name) for name in evaluation.class_names) <= 3,
        "picture": "" if small else confusion.picture(evaluation),
        "pairs": confusion.pairs(evaluation),
        "wrong": wrong,
    }


def _examples(evaluation: Evaluation, split: Any, explained: Explained) -> list[dict[str, Any]]:
    wrong, unsure = samples.mistakes(evaluation), samples.least_certain(evaluation)
    listed = wrong[: samples.MOST_LISTED].tolist()
    return [
        {
            "title": "Most confident mistakes",
            "about": "Wrong, and sure of it: look here first for wrong labels and for classes that overlap.",
            "total": len(wrong),
            "cards": [{**_card(evaluation, split, row), **explained.by_row.get(row, {})} for row in listed],
        },
        {
            "title": "Least certain",
            "about": "The two most probable classes are closest here: labels for more like these help most.",
            "total": len(unsure),
            "cards": [_card(evaluation, split, row) for row in unsure[: samples.MOST_LISTED]],
        },
    ]


def _card(evaluation: Evaluation, split: Any, row: int) -> dict[str, Any]:
    names, probabilities = evaluation.class_names, evaluation.probabilities[row]
    best = np.argsort(-probabilities, kind="stable")[:2].tolist()
    true = int(evaluation.labels[row])
    others = [index for index in (best[1], true) if index != best[0]]
    return {
        **samples.show(split, row),
        "true": names[true],
        "answer": names[best[0]],
        "right": best[0] == true,
        "probability": float(probabilities[best[0]]),
        "others": [(names[index], float(probabilities[index])) for index in dict.fromkeys(others)],
    }


def _confidence(evaluation: Evaluation) -> dict[str, Any]:
    bins = charts.calibration_bins(evaluation)
    confidence = float(evaluation.probabilities.max(axis=1).astype("float64").mean())
    return {
        "bins": bins,
        "curve": charts.calibration_curve(bins),
        "ece": calibration_error(evaluation.probabilities, evaluation.labels),
        "mean": confidence,
        "surer": confidence - evaluation.accuracy,
    }


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _share(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u00a0%"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
