"""Opening an `.onnx` file in onnxruntime: what is in it is looked at before."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base.bounded import RefusedFile, read_bytes
from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError, first_line
from kerasft.base.json_values import JsonFields
from kerasft.base.quiet import quiet
from kerasft.formats import description as artifacts
from kerasft.formats.onnx_contents import INSTALL, MOST_BYTES, check_contents

if TYPE_CHECKING:
    import onnxruntime

BASE64 = ".base64"  # behind the name of a file that is no text: metadata are texts
_EXPORT_AGAIN = f"{artifacts.EXPORT_AGAIN} --format onnx"


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """An `.onnx` file of kerasft that onnxruntime has loaded.

    Args:
        path: The file.
        session: An `onnxruntime.InferenceSession`.
        metadata: Its `metadata_props`: labels, description, and files of the inputs.
        content: Its bytes.
    """

    path: Path
    session: onnxruntime.InferenceSession
    metadata: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def description(self) -> bytes:
        """The content of `kerasft.json`, not checked."""
        return self.metadata[artifacts.DESCRIPTION_NAME].encode()

    def model_hash(self) -> str:
        """Returns the SHA-256 of the model without its metadata, which follow it."""
        size = self._values().get("model_bytes")
        fits = isinstance(size, int) and 0 < size <= len(self.content)
        return hashlib.sha256(self.content[:size] if fits else b"").hexdigest()

    def require_unchanged(self) -> None:
        """Raises `InputError` if the model is another than the description belongs to."""
        expected = self._values().get("sha256")
        if (expected.get("model") if isinstance(expected, dict) else expected) != self.model_hash():
            problem = "the model in the .onnx file is damaged or was changed: its hash is another"
            raise InputError(Problem(problem, str(self.path), _EXPORT_AGAIN))

    def read(self) -> tuple[artifacts.Description, dict[str, bytes]]:
        """Returns the description, and the files that its inputs need, by name.

        Raises:
            InputError: The description can't be used, or something was changed.
        """
        description = artifacts.parse_description(self.description, self.path)
        about = {artifacts.DESCRIPTION_NAME, *description.labels()}
        kept = dict(self._as_file(name, text) for name, text in self.metadata.items() if name not in about)
        description.require_hashes(self.model_hash(), kept, self.path, _EXPORT_AGAIN)
        return description, kept

    def _as_file(self, name: str, text: str) -> tuple[str, bytes]:
        try:
            content = base64.b64decode(text, validate=True) if name.endswith(BASE64) else text.encode()
        except ValueError as error:
            problem = f"the file {name} in the .onnx file is not base64"
            raise InputError(Problem(problem, str(self.path), _EXPORT_AGAIN)) from error
        return name.removesuffix(BASE64), content

    def _values(self) -> JsonFields:
        try:
            values = json.loads(self.description)
        except (ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}


def open_onnx(path: str | Path, num_threads: int | None = None) -> OnnxFile:
    """Loads an `.onnx` file with onnxruntime; its description is there, and not yet checked.

    Args:
        path: A file written by kerasft.
        num_threads: CPU threads; None is all cores.

    Raises:
        InputError: It is no such file.
        UnavailableError: onnxruntime is not installed.
    """
    path = Path(path)
    try:
        content = read_bytes(path, MOST_BYTES)
    except RefusedFile as error:
        raise InputError(
            Problem(f"the .onnx file can't be used: {error.strerror}", str(path), _EXPORT_AGAIN)
        ) from None
    check_contents(content, path, _EXPORT_AGAIN)
    session = _session(path, content, num_threads or os.cpu_count() or 1)
    try:
        metadata = dict(session.get_modelmeta().custom_metadata_map)
        for each in (*session.get_inputs(), *session.get_outputs()):
            _ = each.name, each.shape, each.type
    except UnicodeDecodeError as error:  # in the names or the values: onnxruntime decodes them only now
        raise InputError(Problem(f"the .onnx file is damaged: {error}", str(path), _EXPORT_AGAIN)) from error
    if not metadata.get(artifacts.DESCRIPTION_NAME):
        problem = "the .onnx file carries no class names (kerasft.json), so it is not from kerasft"
        raise InputError(Problem(problem, str(path), _EXPORT_AGAIN))
    return OnnxFile(path, session, metadata, content)


def _session(path: Path, content: bytes, num_threads: int) -> onnxruntime.InferenceSession:
    try:
        import onnxruntime
    except ImportError as error:
        if importlib.util.find_spec("onnxruntime") is not None:
            raise KerasftError(f"onnxruntime is installed but broken: {error}; install it again") from error
        raise UnavailableError(f"onnxruntime runs .onnx files and is missing: {INSTALL}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    options.log_severity_level = 4
    try:
        # there is nothing to fall back to, and it would print that it does
        with quiet():  # of maps that are enlarged it says that their way is old, whatever the severity
            return onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
    except Exception as error:  # onnxruntime has a class of exception for each of its states
        problem = f"onnxruntime can't load the .onnx file: {first_line(error)}"
        raise InputError(Problem(problem, str(path), _EXPORT_AGAIN)) from error
