"""From what the user typed to the examination of pictures or of texts."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.contract.findings import Diagnosis, Finding
from kerasft.data.dialect import decode_table, separator_of
from kerasft.data.image_columns import IMAGE_NAMES, ImageColumns
from kerasft.data.samples import sample_of
from kerasft.data.scan import is_picture
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.examining import examine_pictures
from kerasft.inputs.texts.examining import examine_texts

TASKS = ("image_classification", "text_classification")
_TABLES = (".jsonl", ".parquet", ".ndjson")
_LOOKED_AT = 2000


def diagnose(
    source: Any,
    task: str | None = None,
    *,
    backbone: str | None = None,
    weights: str | None = "pretrained",
    image_size: int | None = None,
    text: str = "text",
    text_pair: str | None = None,
    label: str = "label",
    image: str | None = None,
    suffix: str = "",
    data_dir: str | Path | None = None,
    suspect_labels: bool = True,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Reads a data set as training would, and says what is wrong with it.

    Args:
        source: As for `read_images` or `read_texts`; arrays and lists excepted.
        task: "image_classification" or "text_classification"; None looks at the data.
        backbone: Whose frozen features the labels are compared on: `starter` for pictures by default, which needs no
            download; for texts all_minilm_l6_v2 if it was fetched, else TF-IDF.
        weights: Of the backbone: "pretrained" or a weights file.
        image_size: Side in pixels at which pictures are read; default: the backbone's own, 64 for `starter`.
        text: The column of the text.
        text_pair: The column of the second text; None for single texts.
        label: The column of the class; of images also columns of 0 and 1, with commas, and "label" looks for it.
        image: The column of the images; None looks for it.
        suffix: What ids of images lack to be file names, such as ".jpg"; "" looks.
        data_dir: As for `read_images`.
        suspect_labels: Whether labels are looked at, which takes most of the time.
        seed: Of the draws.
        progress: Called as progress(done, total) while pictures are decoded.

    Returns:
        The findings; `print()` shows a table. Its `worst` is "fail" if training would refuse the data.

    Raises:
        InputError: The arguments can't be used. What is wrong with the data is no error here, but a finding.
    """
    task = (task or task_of_data(str(source), text, image)).replace("-", "_")
    if task not in TASKS:
        hint = did_you_mean(task, TASKS, "use --task " + " or ".join(TASKS))
        raise InputError(Problem("the task is unknown", task, hint))
    try:
        if task == "text_classification":
            columns = {"text": text, "text_pair": text_pair, "label": label}
            return examine_texts(source, columns, data_dir, backbone, weights, suspect_labels, seed)
        entry = catalog.find(backbone or "starter")
        size = image_size or (64 if entry.source == "starter" else entry.image_size)
        where = (data_dir, ImageColumns(image, None if label == "label" else label, suffix))
        return examine_pictures(source, size, entry.name, weights, where, suspect_labels, seed, progress)
    except InputError as error:
        findings = [Finding("reading", "fail", problem.what, problem.next_step) for problem in error.problems]
        received = [problem.received for problem in error.problems]
        named = [_with_received(each, text) for each, text in zip(findings, received, strict=True)]
        return Diagnosis(f"{source}: training would refuse it", tuple(named))


def _with_received(finding: Finding, received: str) -> Finding:
    what = f"{finding.what} (received: {received})" if received else finding.what
    return Finding(finding.check, finding.level, what, finding.next_step)


def task_of_data(source: str, text: str = "text", image: str | None = None) -> str:
    """Returns which task a source is for, by what it holds.

    Raises:
        InputError: It can't be told.
    """
    if sample := sample_of(source, ("digits", "messages", "message-pairs")):
        return TASKS[sample != "digits"]
    path = Path(source).expanduser()
    if path.is_dir():
        return TASKS[_holds_texts(path)]
    if path.suffix.lower() in _TABLES:
        return TASKS[1]
    if path.suffix.lower() in (".csv", ".tsv") and path.is_file():
        first = decode_table(path).partition("\n")[0]
        header = [name.strip().strip('"').lower() for name in first.split(separator_of(first))]
        known = any(name in header for name in IMAGE_NAMES) and text.strip().lower() not in header
        return TASKS[not (image or "path" in header or known)]
    what = (
        "it can't be told what kind of data this is"
        if source.startswith("tfds:")
        else "the data does not exist"
    )
    hint = (
        f"add --task {TASKS[0]} or {TASKS[1]}" if source.startswith("tfds:") else "give a folder or a table"
    )
    raise InputError(Problem(what, source, hint))


def _holds_texts(folder: Path) -> bool:
    names = (name for _, _, names in os.walk(folder) for name in names)
    pictures = texts = 0
    for name in islice(names, _LOOKED_AT):
        pictures += is_picture(name)
        texts += name.lower().endswith(".txt")
    return texts > pictures
