"""An evaluation as a plain table, and as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.shares import in_words
from kerasft.targets.classes.evaluation import (
    MOST_CLASSES_SHOWN,
    WORST_CLASSES_SHOWN,
    ClassScores,
    Evaluation,
)
from kerasft.targets.classes.plots import plot_confusion_matrix, shorten

FILES = ("metrics.json", "per_class.csv", "confusion_matrix.csv", "confusion_matrix.png", "predictions.csv")


def to_table(evaluation: Evaluation) -> str:
    """Returns the main numbers and the scores per class, as plain text of at most 80 columns.

    Beyond 20 classes, only the 10 with the lowest F1 are listed.
    """
    numbers = [("examples", str(len(evaluation.labels))), ("accuracy", f"{evaluation.accuracy:.4f}")]
    if evaluation.top5 is not None:
        numbers.append(("top-5 accuracy", f"{evaluation.top5:.4f}"))
    numbers.append(("log loss", f"{evaluation.log_loss:.4f}"))
    numbers.append(("macro F1", f"{evaluation.macro.f1:.4f}"))
    lines = [f"{name:<16}{value:>8}" for name, value in numbers] + [""]
    lines[1] += f"  ({in_words(evaluation.interval)})"
    if evaluation.artifact:
        lines.insert(0, f"{evaluation.artifact}\n")
    listed, note = _classes_to_show(evaluation)
    if note:
        lines.append(note)
    names = [shorten(each.name, 28) for each in listed]
    width = max([5, *map(len, names)])
    lines.append(f"{'class':<{width}}  precision  recall      F1  support")
    for name, each in zip(names, listed, strict=True):
        recall, f1 = (f"{each.recall:.4f}", f"{each.f1:.4f}") if each.support else ("-", "-")
        lines.append(f"{name:<{width}}  {each.precision:>9.4f}  {recall:>6}  {f1:>6}  {each.support:>7}")
    absent = sum(each.support == 0 for each in evaluation.classes)
    if absent:
        classes = "class has" if absent == 1 else "classes have"
        lines.append(f"{absent} {classes} no picture here; macro F1 is the mean over the others.")
    if evaluation.left_out:
        lines += ["", *(f"left out: {each}" for each in evaluation.left_out)]
    if evaluation.seen is not None and evaluation.seen.count:
        lines += ["", f"note: {evaluation.seen.sentence()}"]
    return "\n".join(lines)


def write_evaluation(evaluation: Evaluation, folder: Path) -> Path:
    """Writes the five files of `FILES` into `folder`, each in one step, and returns the folder."""
    names = evaluation.class_names
    files.write_json(folder / "metrics.json", evaluation.as_dict())
    scores = [(each.name, each.precision, each.recall, each.f1, each.support) for each in evaluation.classes]
    _write_csv(folder / "per_class.csv", ("class", "precision", "recall", "f1", "support"), scores)
    counts = [(name, *row) for name, row in zip(names, evaluation.confusion.tolist(), strict=True)]
    _write_csv(folder / "confusion_matrix.csv", ("label (rows) / prediction (columns)", *names), counts)
    _write_csv(folder / "predictions.csv", _prediction_header(names), _prediction_rows(evaluation))
    with files.atomic_path(folder / "confusion_matrix.png") as temporary:
        plot_confusion_matrix(evaluation.confusion, names).savefig(temporary)
    return folder


def _classes_to_show(evaluation: Evaluation) -> tuple[Sequence[ClassScores], str]:
    if len(evaluation.classes) <= MOST_CLASSES_SHOWN:
        return evaluation.classes, ""
    with_examples = [each for each in evaluation.classes if each.support]
    worst = sorted(with_examples, key=lambda each: each.f1)[:WORST_CLASSES_SHOWN]
    total = len(evaluation.classes)
    note = f"the {len(worst)} classes with the lowest F1, of {total} (all are in per_class.csv):"
    return worst, note


def _prediction_header(class_names: Sequence[str]) -> tuple[str, ...]:
    return ("id", "label", "prediction", "correct", *(f"probability of {name}" for name in class_names))


def _prediction_rows(evaluation: Evaluation) -> Iterable[tuple[object, ...]]:
    names = evaluation.class_names
    columns = (evaluation.ids, evaluation.labels, evaluation.predictions, evaluation.probabilities)
    for id_, label, prediction, probabilities in zip(*columns, strict=True):
        correct = "yes" if label == prediction else "no"
        yield id_, names[label], names[prediction], correct, *(f"{p:.6g}" for p in probabilities)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    files.write_text(path, csv_text([header, *rows]))
