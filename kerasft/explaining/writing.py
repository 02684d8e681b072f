"""The files of explanations: nothing of the user's is written over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasft.base.errors import Problem, raise_problems
from kerasft.contract.explanation import MARK, Explainer, Explanation

_HEAD = 4096  # bytes in which the mark of our files stands


def write_all(explainer: Explainer, explanations: Sequence[Explanation], folder: str | Path) -> list[Path]:
    """Writes explanations as their kind of input does: NAME.METHOD.png for each image, explanations.html for texts.

    Files of an earlier `kerasft explain` are replaced.

    Returns:
        The file of each explanation; all texts have the same.

    Raises:
        InputError: A file of such a name is there and not from kerasft, or the folder is a file; nothing is written.
    """
    paths = explainer.paths(explanations, Path(folder))
    _check(Path(folder), paths)
    explainer.write(explanations, paths)
    return paths


def _check(folder: Path, paths: Sequence[Path]) -> None:
    hint = "choose another --output"
    if folder.exists() and not folder.is_dir():
        raise_problems([Problem("the output folder is a file", str(folder), hint)])
    foreign = [path for path in dict.fromkeys(paths) if path.exists() and not _is_ours(path)]
    raise_problems(Problem("a file is there that kerasft did not write", str(path), hint) for path in foreign)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return MARK.encode() in file.read(_HEAD)
