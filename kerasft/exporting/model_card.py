"""The model card: one page beside the files, for whoever puts them into an app.

Its parts follow Mitchell et al. 2019, "Model Cards for Model Reporting", as far as kerasft knows them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kerasft
from kerasft.base import files
from kerasft.base.json_values import JsonFields
from kerasft.base.printable import shown
from kerasft.base.wording import one, plural
from kerasft.contract.answers import Memberships, Strata
from kerasft.data.origins import origin_sentences, split_sources
from kerasft.exporting.card_code import litert_code
from kerasft.exporting.card_front import front_matter
from kerasft.exporting.naming import name_of
from kerasft.exporting.plan import Plan
from kerasft.exporting.representative import MOST_KINDS
from kerasft.exporting.results import Export
from kerasft.exporting.settings import licence_of

if TYPE_CHECKING:
    from kerasft.runs.run import Run

NAME = "MODEL_CARD.md"
_NUMBERS = ("examples", "agreement", "difference", "megabytes", "milliseconds")


def write_card(exported: Export, plan: Plan, run: Run) -> Path:
    """Writes `MODEL_CARD.md` about the latest export and all files of its folder that are what was measured."""
    rows = measured_files(exported.path.parent, exported.row.score_name)
    io = plan.settings.io if exported.row.quantization == "int8" else "float32"
    parts = [
        front_matter(exported, plan, run),
        _title(exported, plan, run),
        _data(plan, run),
        _files(rows),
        _confidence(exported),
        _in_and_out(plan),
        _limits(plan, own_test="test" in split_sources(_data_of(run))),
        litert_code(exported.row.quantization, plan),
        plan.task.client_code(exported.path.name, plan.encoder, io, plan.predictor.schema),
        _made_by(run),
    ]
    return files.write_text(exported.path.parent / NAME, "\n\n".join(part for part in parts if part) + "\n")


def measured_files(folder: Path, score_name: str = "accuracy") -> list[JsonFields]:
    """Returns the details of the exports in a folder, smallest first, of files that are still what was measured.

    Args:
        folder: Of exports.
        score_name: What their scores are.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            details = files.read_json(path)
            measured = details["measured"]
            file = folder / Path(measured["file"]).name
            both = [*measured["interval"], *measured["keras_interval"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        numbers = [measured.get(each) for each in (score_name, f"keras_{score_name}", *_NUMBERS)] + both
        if len(both) != 4 or not all(type(each) in (int, float) and isfinite(each) for each in numbers):
            continue
        if os.path.isdir(file) or (os.path.isfile(file) and details.get("sha256") == files.sha256_of(file)):
            found.append(details)
    return sorted(found, key=lambda each: each["measured"]["megabytes"])


def _title(exported: Export, plan: Plan, run: Run) -> str:
    row, about = exported.row, plan.about(exported.row.quantization)
    nouns = f"{plan.task.inputs.noun}s"
    short, what = plan.task.targets.answering.title(plan.predictor.schema, nouns)
    facts = [
        f"version {about.version}" if about.version else "",
        f"licence {about.licence}" if about.licence else "",
    ]
    known, drawn = ", ".join(fact for fact in facts if fact), f", of {row.drawn}" if row.drawn else ""
    return (
        f"# {shown(name_of(run))}: {short}\n\n"
        f"`{exported.path.name}` {what}, with the backbone `{plan.model_config.backbone}`. "
        f"On the {row.examples} {nouns} of the {exported.split} split this file has {one(row.score_name)} of "
        f"{row.score:.4f} (95 % interval {row.interval[0]:.4f} to {row.interval[1]:.4f}{drawn})."
        + _seen(exported)
        + (f"\n\n{known[0].upper()}{known[1:]}." if known else "")
        + ("" if about.licence else _licences(plan.model_config.backbone))
    )


def _licences(backbone: str) -> str:
    """Says under what the backbone's weights are, since the model has no licence of its own."""
    theirs = licence_of(backbone)
    known = f" The weights of its pretrained backbone are under {theirs}." if theirs else ""
    return f"\n\nNo licence was given to this model (`kerasft export ... --licence NAME`).{known}"


def _seen(exported: Export) -> str:
    sentence = "" if exported.seen is None else exported.seen.sentence()
    return f"\n\n**{sentence[0].upper()}{sentence[1:]}.**" if sentence else ""


def _data(plan: Plan, run: Run) -> str:
    splits = plan.splits
    counts = ", ".join(
        f"{len(split)} {split.name}" for split in (splits.train, splits.validation, splits.test)
    )
    earlier = getattr(run, "config", {}).get("from_run")
    started = f" The training started from the earlier run `{Path(str(earlier)).name}`." if earlier else ""
    origins = "".join(f" {each}" for each in origin_sentences(_data_of(run), _code))
    return (
        f"## Data\n\nSource: `{splits.source}`. Examples: {counts}.{origins}{started} Every example is in one split, "
        "its duplicates with it (`splits.csv` in the run folder lists them); best epoch and all else "
        "were chosen on the validation split, and the numbers below are of the test split, which chose nothing."
    )


def _code(name: str) -> str:
    return "`" + name.replace("`", "'") + "`"


def _data_of(run: Run) -> JsonFields:
    return getattr(run, "config", {}).get("data", {})


def _in_and_out(plan: Plan) -> str:
    """Returns how an example becomes the input, and what the output is."""
    serving, answering = plan.task.inputs.serving, plan.task.targets.answering
    split, schema = plan.reference.split, plan.predictor.schema
    lines = serving.goes_in(plan.encoder) + answering.comes_out(schema)
    lines += serving.also(plan.encoder, _golden_of(plan.splits.schema.strata(split.targets), split.name))
    return "## What goes in, what comes out\n\n" + _bullets(lines)


def _golden_of(strata: Strata | Memberships | None, split: str) -> str:
    """Returns which examples are golden: "of every class of the test split"."""
    if not isinstance(strata, Strata) or not strata.noun:
        return f"of the {split} split"
    many = len(np.unique(strata.rows)) > MOST_KINDS
    return f"of {plural(MOST_KINDS, strata.noun) if many else f'every {strata.noun}'} of the {split} split"


def _limits(plan: Plan, own_test: bool) -> str:
    """Returns what the numbers don't say; `own_test` means that the test split has a source of its own."""
    source = "one data set" if own_test else "of the same source as the training data"
    described = plan.describe("saved_model").answers
    lines = [
        *plan.task.targets.answering.limits(plan.predictor.schema, described),
        f"The test split is {source}: other cameras, places or writers may do worse.",
        *plan.task.inputs.serving.limits(plan.encoder),
    ]
    return "## Limits\n\n" + _bullets(lines)


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _files(rows: list[JsonFields]) -> str:
    name = rows[0]["measured"]["score_name"] if rows else "score"
    lines = [
        f"| file | MB | {name} (95 % interval) | decided as Keras | largest difference | ms, one thread | needs | "
        "tolerance |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for details in rows:
        row = details["measured"]
        lines.append(
            f"| `{row['file']}` | {row['megabytes']:.2f} | {_score(row, name, 'interval')} | "
            f"{row['agreement']:.4f} | {row['difference']:.2g} | {row['milliseconds']:.2f} | "
            f"{row.get('runtime') or '-'} | {_tolerance(row)} |"
        )
    keras = _score(rows[0]["measured"], f"keras_{name}", "keras_interval") if rows else "not known"
    return (
        "## Files\n\n"
        + "\n".join(lines)
        + f"\n\nThe run's Keras model has {one(name)} of {keras}. Every file was run on "
        "the test split before it got its name; times are of the computer that exported. The tolerance is for the "
        "tests of an app: how far its answers may be from those in `golden.json`. It is twice what LiteRT's "
        "other kernels were off on this file, and at least 1e-3."
    )


def _score(row: JsonFields, name: str, interval: str) -> str:
    low, high = row[interval]
    return f"{row[name]:.4f} ({low:.4f} to {high:.4f})"


def _tolerance(row: JsonFields) -> str:
    value = row.get("tolerance")
    return f"{value:g}" if isinstance(value, int | float) and isfinite(value) else "1e-3"


def _confidence(exported: Export) -> str:
    parts = [each.card() for each in (exported.confidence, exported.unknowns) if each is not None]
    return "## Confidence\n\n" + "\n\n".join(parts) if parts else ""


def _made_by(run: Run) -> str:
    versions = getattr(run, "config", {}).get("versions", {})
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"---\n\nMade by kerasft {kerasft.__version__}." + (
        f" Trained with {made_with}." if made_with else ""
    )
