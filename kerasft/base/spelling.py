"""One message, two readers: `--batch-size 8` as it is typed, `batch_size=8` as Python has it.

Messages are written with flags. The command line prints them so (`typed`); everybody else reads the names of arguments.
Commands in a message, such as `kerasft export RUN --format tflite`, stay what they are: they are for a shell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_typed = ContextVar("typed", default=False)

_NAMES = {"from-run": "earlier"}  # whose argument has another name
_SWITCHES = (
    "accept-rounding", "overwrite", "refresh", "skip-broken", "trust",
)  # fmt: skip
_CHOICES = (
    "auto|off|none|disk|memory|exact|float16|float32|mixed|int16|int8|uint8|dynamic|mixed_float16|mixed_bfloat16|"
    "tflite|saved_model|onnx|starter|stretch|crop|light|strong|occlusion|integrated-gradients|grad-cam|texts|files"
)
_COMMAND = re.compile(
    r"`[^`]*`|(?:\b[A-Z_]+=\S* )?\b(?:kerasft (?:train|lr-find|evaluate|compare|export|benchmark|predict|explain|"
    r"report|bundle|doctor|fetch|recipes)|pip (?:install|uninstall))\b[^;\n]*"
)
_FLAG = re.compile(
    rf"(?<![\w-])--(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:[ =](?P<value>\d[\d.]*\d|\d|(?:{_CHOICES})(?![\w-])))?"
)


@contextmanager
def typed() -> Iterator[None]:
    """Within it, messages have flags: for the command line, which prints them to somebody who types."""
    token = _typed.set(True)
    try:
        yield
    finally:
        _typed.reset(token)


def spelled(text: str) -> str:
    """Returns a message for its reader: as it is for who types, else with arguments in place of flags."""
    return text if _typed.get() or "--" not in text else as_arguments(text)


def as_arguments(text: str) -> str:
    """Returns a message with `batch_size=8` for `--batch-size 8`, outside of commands."""
    parts, end = [], 0
    for command in _COMMAND.finditer(text):
        parts += [_FLAG.sub(_argument, text[end : command.start()]), command[0]]
        end = command.end()
    return "".join([*parts, _FLAG.sub(_argument, text[end:])])


def _argument(match: re.Match[str]) -> str:
    flag, value = match["name"], match["value"]
    name = _NAMES.get(flag, flag.removeprefix("no-")).replace("-", "_")
    if flag.startswith("no-"):
        return f"{name}=False"
    if value is None:
        return f"{name}=True" if flag in _SWITCHES else name
    return f"{name}={value}" if value[0].isdigit() else f"{name}={value!r}"
