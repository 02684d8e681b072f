"""The files of explanations: their names, and that nothing of the user's is written over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kerasft.base.errors import Problem, raise_problems
from kerasft.inputs.images.explanation import ImageExplanation
from kerasft.inputs.images.overlay import MARK
from kerasft.inputs.texts.explanation import TextExplanation

PAGE = "explanations.html"
_HEAD = 4096  # bytes in which the mark of our files stands
_LONGEST = 120  # characters of a name


def write_all(explanations: Sequence[ImageExplanation | TextExplanation], folder: str | Path) -> list[Path]:
    """Writes NAME.METHOD.png for each picture, or explanations.html for texts.

    Files of an earlier `kerasft explain` are replaced.

    Returns:
        The file of each explanation; all texts have the same.

    Raises:
        InputError: A file of such a name is there and not from kerasft, or the folder is a file; nothing is written.
    """
    folder = Path(folder)
    pictures = [each for each in explanations if isinstance(each, ImageExplanation)]
    texts = [each for each in explanations if isinstance(each, TextExplanation)]
    paths = _names(pictures, folder) if pictures else [folder / PAGE] * len(texts)
    _check(folder, paths)
    for picture, path in zip(pictures, paths, strict=False):
        picture.save(path)
    if texts:
        from kerasft.inputs.texts.page import write_page

        write_page(texts, folder / PAGE)
    return paths


def _names(pictures: Sequence[ImageExplanation], folder: Path) -> list[Path]:
    taken: set[str] = set()
    paths = []
    for each in pictures:
        stem = "".join(c if c.isprintable() else "_" for c in Path(each.input).stem)[:_LONGEST] or "picture"
        name, number = f"{stem}.{each.method}.png", 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}.{each.method}.png", number + 1
        taken.add(name.casefold())
        paths.append(folder / name)
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
