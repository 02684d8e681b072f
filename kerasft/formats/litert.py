"""Opening a `.tflite` file in LiteRT: what it takes for granted is looked at before it sees the file."""

from __future__ import annotations

import importlib.util
import math
import mmap
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from flatbuffers.table import Table

from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError, first_line
from kerasft.base.plain_paths import plain_path
from kerasft.base.quiet import quiet
from kerasft.formats.description import EXPORT_AGAIN

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

IDENTIFIER = b"TFL3"  # at byte 4 of every .tflite
# Where a Model's vtable says where its subgraphs are: the third field, after two lengths
SUBGRAPHS = 4 + 2 * 2
MOST_TENSOR_BYTES = 4_000_000_000  # beside the weights


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


def open_interpreter(path: Path, num_threads: int) -> Interpreter:
    """Opens a `.tflite` file in LiteRT, with its tensors allocated.

    Raises:
        InputError: LiteRT can't load the file.
        UnavailableError: LiteRT is not installed.
        KerasftError: LiteRT is broken.
    """
    try:
        with quiet():
            from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        if importlib.util.find_spec("ai_edge_litert") is not None:
            raise KerasftError(
                f"ai-edge-litert is installed but broken: {error}; install it again"
            ) from error
        raise UnavailableError(
            "LiteRT runs .tflite files and is missing: pip install ai-edge-litert"
        ) from error
    check_has_graph(path)
    try:
        with quiet(), plain_path(path) as plain:
            interpreter = Interpreter(model_path=str(plain), num_threads=num_threads)
            _check_tensors(interpreter, path)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        problem = f"LiteRT can't load the .tflite file: {first_line(error)}"
        raise InputError(Problem(problem, str(path), EXPORT_AGAIN)) from error
    return interpreter


def _check_tensors(interpreter: Interpreter, path: Path) -> None:
    """A file of kilobytes can declare tensors of gigabytes, for which LiteRT takes memory and fills it."""
    size = 0
    for graph in range(interpreter.num_subgraphs()):
        details = interpreter.get_tensor_details(graph)
        if len(details) < interpreter._interpreter.NumTensors(graph):  # LiteRT leaves out what it can't tell
            raise ValueError("a tensor has a name that is no text, or a type that it lacks")
        found = [(each["shape"].tolist(), np.dtype(each["dtype"])) for each in details]
        size += sum(math.prod(map(abs, shape)) * dtype.itemsize for shape, dtype in found)
    if size > MOST_TENSOR_BYTES + 4 * path.stat().st_size:  # float16 weights are also there as float32
        what = f"the .tflite file asks for {size / 1e9:.1f} GB of tensors, more than any model needs"
        raise InputError(Problem(what, str(path), EXPORT_AGAIN))


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
