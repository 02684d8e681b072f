"""The model card: one page beside the files, for whoever puts them into an app.

Its parts follow Mitchell et al. 2019, "Model Cards for Model Reporting", as far as kerasft knows them.
"""

from __future__ import annotations

import os
from math import isfinite
from pathlib import Path
from typing import Any

import kerasft
from kerasft.base import files
from kerasft.base.printable import shown
from kerasft.base.shares import wilson
from kerasft.data.origins import origin_sentences, split_sources
from kerasft.exporting import card_code, card_front, card_texts
from kerasft.exporting.results import Export

NAME = "MODEL_CARD.md"
_NUMBERS = ("accuracy", "keras_accuracy", "examples", "agreement", "difference", "megabytes", "milliseconds")


def write_card(exported: Export, plan: Any, run: Any) -> Path:
    """Writes `MODEL_CARD.md` about the latest export and all files of its folder that are what was measured."""
    rows = measured_files(exported.path.parent)
    is_text = plan.model_config.task == "text_classification"
    parts = [
        card_front.front_matter(exported, plan, run),
        _title(exported, plan, run),
        _data(plan, run),
        _files(rows),
        _confidence(exported),
        card_texts.text_contract(plan) if is_text else card_texts.picture_contract(plan),
        card_texts.limits(plan, is_text, own_test="test" in split_sources(_data_of(run))),
        card_code.litert_code(exported.row.rung, is_text, plan),
        card_code.mediapipe_code(exported.path.name, is_text, plan),
        _made_by(run),
    ]
    return files.write_text(exported.path.parent / NAME, "\n\n".join(part for part in parts if part) + "\n")


def measured_files(folder: Path) -> list[dict[str, Any]]:
    """Returns the details of the exports in a folder, smallest first; those of other files than were measured not."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            details = files.read_json(path)
            measured = details["measured"]
            file = folder / Path(measured["file"]).name
        except (OSError, ValueError, KeyError, TypeError):
            continue
        numbers = (measured.get(name) for name in _NUMBERS)
        if not all(type(each) in (int, float) and isfinite(each) for each in numbers):
            continue
        if os.path.isdir(file) or (os.path.isfile(file) and details.get("sha256") == files.sha256_of(file)):
            found.append(details)
    return sorted(found, key=lambda each: each["measured"]["megabytes"])


def interval(accuracy: float, examples: int) -> tuple[float, float]:
    """Returns the 95 % interval of an accuracy: see `kerasft.base.shares`."""
    return wilson(round(accuracy * examples), examples)


def _title(exported: Export, plan: Any, run: Any) -> str:
    names, about = plan.model_config.class_names, plan.about(exported.row.rung)
    what = "texts" if plan.model_config.task == "text_classification" else "pictures"
    low, high = interval(exported.row.accuracy, exported.row.examples)
    facts = [
        f"version {about.version}" if about.version else "",
        f"licence {about.licence}" if about.licence else "",
    ]
    known = ", ".join(fact for fact in facts if fact)
    return (
        f"# {shown(card_front.name_of(run))}: {what} in {len(names)} classes\n\n"
        f"`{exported.path.name}` sorts {what} into {card_texts.class_list(names)}, with the backbone "
        f"`{plan.model_config.backbone}`. "
        f"On the {exported.split} split this file was right in {exported.row.accuracy:.1%} of {exported.row.examples} "
        f"(95 % interval {low:.1%} to {high:.1%})."
        + _seen(exported)
        + (f"\n\n{known[0].upper()}{known[1:]}." if known else "")
    )


def _seen(exported: Export) -> str:
    sentence = "" if exported.seen is None else exported.seen.sentence()
    return f"\n\n**{sentence[0].upper()}{sentence[1:]}.**" if sentence else ""


def _data(plan: Any, run: Any) -> str:
    splits = plan.splits
    counts = ", ".join(
        f"{len(split.labels)} {split.name}" for split in (splits.train, splits.validation, splits.test)
    )
    earlier = getattr(run, "config", {}).get("from_run")
    started = f" The training started from the earlier run `{Path(str(earlier)).name}`." if earlier else ""
    origins = "".join(f" {each}" for each in origin_sentences(_data_of(run), _code))
    return (
        f"## Data\n\nSource: `{splits.source}`. Examples: {counts}.{origins}{started} Every example is in one split, "
        "its duplicates with it (`splits.csv` in the run folder lists them); best epoch, temperature and threshold "
        "were chosen on the validation split, and the numbers below are of the test split, which chose nothing."
    )


def _code(name: str) -> str:
    return "`" + name.replace("`", "'") + "`"


def _data_of(run: Any) -> dict[str, Any]:
    return getattr(run, "config", {}).get("data", {})


def _files(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| file | MB | accuracy (95 % interval) | same class as Keras | largest difference | ms, one thread | needs | "
        "tolerance |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for details in rows:
        row = details["measured"]
        low, high = interval(row["accuracy"], row["examples"])
        lines.append(
            f"| `{row['file']}` | {row['megabytes']:.2f} | {row['accuracy']:.4f} ({low:.4f} to {high:.4f}) | "
            f"{row['agreement']:.4f} | {row['difference']:.2g} | {row['milliseconds']:.2f} | "
            f"{row.get('runtime') or '-'} | {_tolerance(row)} |"
        )
    measured: dict[str, Any] = rows[0]["measured"] if rows else {"keras_accuracy": 0.0, "examples": 1}
    keras = measured["keras_accuracy"]
    low, high = interval(keras, measured["examples"])
    return (
        "## Files\n\n"
        + "\n".join(lines)
        + f"\n\nThe run's Keras model has an accuracy of {keras:.4f} ({low:.4f} to {high:.4f}). Every file was run on "
        "the test split before it got its name; times are of the computer that exported. The tolerance is for the "
        "tests of an app: how far its probabilities may be from those in `golden.json`. It is twice what LiteRT's "
        "other kernels were off on this file, and at least 1e-3."
    )


def _tolerance(row: dict[str, Any]) -> str:
    value = row.get("tolerance")
    return f"{value:g}" if isinstance(value, int | float) and isfinite(value) else "1e-3"


def _confidence(exported: Export) -> str:
    calibration = exported.calibration
    if calibration.note:
        text = f"Probabilities are as trained: the temperature is 1, {calibration.note}."
    else:
        text = (
            f"The logits are divided by a temperature of {calibration.temperature:.4g} inside the file, fitted on "
            f"{calibration.examples} validation examples (Guo et al. 2017). Expected calibration error on the "
            f"{exported.split} split: {exported.ece[0]:.4f} without it, {exported.ece[1]:.4f} as shipped; "
            f"log loss: {exported.log_loss[0]:.4f} and {exported.log_loss[1]:.4f}."
        )
    if exported.unknowns is not None:
        text += f"\n\nThreshold: {exported.unknowns}. "
        text += (
            "It is the score threshold of the metadata, so MediaPipe gives no class below it."
            if exported.unknowns.threshold
            else "So every answer may stay, and no threshold was written."
        )
    return f"## Confidence\n\n{text}"


def _made_by(run: Any) -> str:
    versions = getattr(run, "config", {}).get("versions", {})
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"---\n\nMade by kerasft {kerasft.__version__}." + (
        f" Trained with {made_with}." if made_with else ""
    )
