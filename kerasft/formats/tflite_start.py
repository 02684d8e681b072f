"""The start of a `.tflite` file: what LiteRT takes for granted is looked at before LiteRT sees the file."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from flatbuffers.table import Table

from kerasft.base.errors import InputError, Problem
from kerasft.formats.description import EXPORT_AGAIN

IDENTIFIER = b"TFL3"  # at byte 4 of every .tflite
SUBGRAPHS = (
    4 + 2 * 2
)  # where a Model's vtable says where its subgraphs are: the third field, after two lengths


def check_is_tflite(path: Path) -> None:
    """Tells empty files and files of another kind apart from damaged ones, before LiteRT sees them.

    Raises:
        InputError: It doesn't begin as a `.tflite` file does.
    """
    with open(path, "rb") as file:
        start = file.read(8)
    if not start:
        raise InputError(Problem("the .tflite file is empty", str(path), EXPORT_AGAIN))
    if start[4:8] != IDENTIFIER:
        problem = "the file is named .tflite and is none: it doesn't start as one"
        raise InputError(Problem(problem, str(path), EXPORT_AGAIN))


def check_has_graph(path: Path) -> None:
    """Refuses a model without a graph, which ends LiteRT and the process; LiteRT finds other damage by itself.

    Raises:
        InputError: It has none.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        graphs = _count_graphs(content)
    if graphs == 0:
        raise InputError(Problem("the .tflite file holds no graph", str(path), EXPORT_AGAIN))


def _count_graphs(content: mmap.mmap) -> int | None:
    """Returns how many subgraphs a Model has by its root table; None where it is damaged there."""
    try:
        (root,) = struct.unpack_from("<I", content)
        model = Table(content, root)
        field = model.Offset(SUBGRAPHS)
        return model.VectorLen(field) if field else 0
    except (struct.error, TypeError, ValueError, IndexError):
        return None
