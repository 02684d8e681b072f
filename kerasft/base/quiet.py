"""Keeps the native libraries' remarks off the terminal while a file is converted or loaded."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def quiet() -> Iterator[None]:
    """Silences TensorFlow and LiteRT: Python warnings, the log, and what C++ writes to stderr by itself.

    The converter and the interpreter write lines such as "fully_quantize: 0" whatever the log level is, and
    only closing the file descriptor stops them. What matters arrives as an exception. Setting
    TF_CPP_MIN_LOG_LEVEL=0 shows everything.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), _stderr_closed():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


_kept: list[int] = []  # files that stderr was, the first the true one


def open_stderr(stream: TextIO | None) -> TextIO | None:
    """Returns a stream to where stderr leads, also while it is closed to native libraries; else `stream` itself."""
    try:
        if stream is None or not _kept or stream.fileno() != 2:
            return stream
    except (OSError, ValueError):  # no file is below it
        return stream
    return open(
        _kept[0], "w", encoding=stream.encoding, errors="backslashreplace", buffering=1, closefd=False
    )


@contextmanager
def _stderr_closed() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    _kept.append(kept)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        _kept.pop()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
