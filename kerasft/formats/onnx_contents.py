"""What an `.onnx` file of anybody may hold: standard operators, and its weights inside the file.

ONNX lets every tensor name another file for its content, wherever a tensor can stand: among the weights, in an
attribute of a node, in a graph inside of a node, in a function. Some runtimes read that file, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base.errors import InputError, Problem, UnavailableError

if TYPE_CHECKING:
    from google.protobuf.message import Message

INSTALL = 'pip install "kerasft[onnx]"'
MOST_BYTES = 2_147_483_647  # of a protobuf message
_EXTERNAL = 1  # TensorProto.DataLocation
_STANDARD = ("", "ai.onnx")  # domains of operators


def check_contents(content: bytes, path: Path, hint: str) -> None:
    """Refuses a model that reads other files, or has operators that aren't ONNX's own.

    Args:
        content: The file's bytes.
        path: For messages.
        hint: What to do, for messages.

    Raises:
        InputError: It is no ONNX model, or not one of these.
        UnavailableError: The package onnx is missing.
    """
    try:
        import onnx
    except ImportError as error:
        raise UnavailableError(f"onnx reads .onnx files and is missing: {INSTALL}") from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as error:  # protobuf's, which has several homes
        raise InputError(
            Problem("onnxruntime can't load the .onnx file: it is none, or damaged", str(path), hint)
        ) from error
    domains = {function.domain for function in model.functions}
    for message in _messages(model):
        kind = message.DESCRIPTOR.name
        if kind == "TensorProto" and (message.data_location == _EXTERNAL or len(message.external_data)):
            what = f"the .onnx file takes the values of {message.name!r:.80} from another file"
            raise InputError(Problem(what, str(path), hint))
        if kind == "NodeProto" and message.domain not in _STANDARD and message.domain not in domains:
            what = f"the .onnx file has an operator that is not ONNX's own: {message.domain!r:.80}"
            raise InputError(Problem(what, str(path), hint))


def _messages(message: Message) -> Iterator[Message]:
    """Yields a message of protobuf and all messages inside of it; protobuf itself bounds how deep they lie."""
    waiting = [message]
    while waiting:
        found = waiting.pop()
        yield found
        for field, value in found.ListFields():
            if field.message_type is None:
                continue
            if hasattr(value, "DESCRIPTOR"):
                waiting.append(value)
            else:
                waiting.extend(value)
