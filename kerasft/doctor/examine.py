"""From what the user typed to the examination of data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis, Finding
from kerasft.contract.registry import task_names, task_of


def diagnose(
    source: str | Path,
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
    order: str | Sequence[str] | None = None,
    suspect_labels: bool = True,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Reads a data set as training would, and says what is wrong with it.

    Args:
        source: As for `read_images` or `read_texts`; arrays and lists excepted.
        task: "image_classification" or "text_classification"; None looks at the data.
        backbone: Whose frozen features the labels are compared on: `starter` for images by default, which needs no
            download; for texts all_minilm_l6_v2 if it was fetched, else TF-IDF.
        weights: Of the backbone: "pretrained" or a weights file.
        image_size: Side in pixels at which images are read; default: the backbone's own, 64 for `starter`.
        text: The column of the text.
        text_pair: The column of the second text; None for single texts.
        label: The column of the class; of images also columns of 0 and 1, with commas, and "label" looks for it.
        image: The column of the images; None looks for it.
        suffix: What ids of images lack to be file names, such as ".jpg"; "" looks.
        data_dir: As for `read_images`.
        order: The classes from the lowest to the highest, as "bad,fair,good" or a list, where they have an order.
        suspect_labels: Whether labels are looked at, which takes most of the time.
        seed: Of the draws.
        progress: Called as progress(done, total) while images are decoded.

    Returns:
        The findings; `print()` shows a table. Its `worst` is "fail" if training would refuse the data.

    Raises:
        InputError: The arguments can't be used. What is wrong with the data is no error here, but a finding.
    """
    wish = Examination(
        source, backbone, weights, image_size, text, text_pair, None if label == "label" else label,
        image, suffix, data_dir, suspect_labels, seed, progress, order,
    )  # fmt: skip
    task = (task or task_of_data(wish)).replace("-", "_")
    if task not in task_names():
        hint = did_you_mean(task, task_names(), "use --task " + " or ".join(task_names()))
        raise InputError(Problem("the task is unknown", task, hint))
    try:
        return task_of(task).examine(wish)
    except InputError as error:
        findings = [Finding("reading", "fail", problem.what, problem.next_step) for problem in error.problems]
        received = [problem.received for problem in error.problems]
        named = [_with_received(each, text) for each, text in zip(findings, received, strict=True)]
        return Diagnosis(f"{source}: training would refuse it", tuple(named))


def _with_received(finding: Finding, received: str) -> Finding:
    what = f"{finding.what} (received: {received})" if received else finding.what
    return Finding(finding.check, finding.level, what, finding.next_step)


def task_of_data(wish: Examination) -> str:
    """Returns which task data is for, by what it holds.

    Raises:
        InputError: It can't be told.
    """
    likely = {name: task_of(name).suits(wish) for name in task_names()}
    best = max(likely, key=lambda name: likely[name])
    if likely[best] > 0:
        return best
    if str(wish.source).startswith("tfds:"):
        what, hint = "it can't be told what kind of data this is", "add --task " + " or ".join(task_names())
    else:
        what, hint = "the data does not exist", "give a folder or a table"
    raise InputError(Problem(what, str(wish.source), hint))
