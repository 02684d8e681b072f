"""Answers that are images, written as files: each example has some, named after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.base.file_names import FileNames
from kerasft.contract.asking import Example
from kerasft.predicting.predictor import Predictor

FLAG = "--drawings"


class Drawer:
    """Writes the images that answers are.

    Args:
        predictor: Whose answers.
        folder: Where; it is made where it is missing, and files of the same names are replaced.

    Raises:
        InputError: Answers of this kind are no images, or the folder is a file.
    """

    def __init__(self, predictor: Predictor, folder: Path):
        if not predictor.task.drawn:
            what = f"the answers of {predictor.task.name} are no images"
            raise InputError(Problem(what, str(folder), f"leave {FLAG} out"))
        if folder.exists() and not folder.is_dir():
            raise InputError(Problem("the drawings need a folder", str(folder), f"name another {FLAG}"))
        self.predictor, self.folder = predictor, folder
        self._names = FileNames()

    def drawn(self, answers: Iterator[tuple[Example, np.ndarray]]) -> Iterator[tuple[Example, np.ndarray]]:
        """Yields answers, each once its files are written.

        Raises:
            InputError: They can't be written.
        """
        album = self.predictor.task.album(self.predictor.schema)
        for example, row in answers:
            self._write(self._names.of(Path(example.id).stem) + ".", self._drawings(example, row))
            if album is not None:
                album.add(example, row)
            yield example, row
        if album is not None and self._names:
            self._write("", album.files())

    def _drawings(self, example: Example, row: np.ndarray) -> dict[str, bytes]:
        predictor = self.predictor
        return predictor.task.drawings(str(example.content), row, predictor.encoder, predictor.schema)

    def _write(self, name: str, made: Mapping[str, bytes]) -> None:
        try:
            for ending, content in made.items():
                with files.atomic_path(self.folder / f"{name}{ending}") as temporary:
                    temporary.write_bytes(content)
        except OSError as error:
            what = f"a drawing can't be written: {error.strerror or error}"
            raise InputError(Problem(what, str(self.folder), f"name another {FLAG}")) from None
