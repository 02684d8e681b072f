"""What an exported file says about itself: its task, what its answers mean, what it reads, and how it was made.

`kerasft.json` is the contract for every client that has no kerasft. It lies in a small ZIP behind the model's own
bytes of a `.tflite`, where TFLite metadata keeps its files too (https://ai.google.dev/edge/litert/models/metadata),
beside `labels.txt` and files that the inputs need, such as a tokenizer's; in a SavedModel's folder; and in the metadata
of an `.onnx`. So a file moved to another folder still knows its classes.

| field | meaning |
| --- | --- |
| task | "image_classification", "text_classification", ... |
| class_names | in the order of the probabilities |
| backbone | name of the backbone, for people |
| quantization | "saved_model", "onnx", or a quantization of a `.tflite`, such as "int8" |
| temperature | what the logits are divided by inside the file, for people |
| moved | of two classes whose threshold was moved, what is added to their logits inside the file, for people |
| score_threshold | answers with a probability below it should be taken for "unknown"; null: none is |
| sha256 | hash of the model, or with files beside it of each by name; for a SavedModel of all its files |
| model_bytes | of an `.onnx`: how many of its bytes are the model, which the metadata follow |

The inputs of each kind add fields of their own: see `kerasft.inputs`. This room never loads a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kerasft.base import files
from kerasft.base.bounded import is_plain, open_plain, read_bytes
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject, JsonValue
from kerasft.base.untrusted import check_folder
from kerasft.base.zip_members import ArchiveError, open_archive
from kerasft.contract.registry import task_names, task_of
from kerasft.contract.splits import Schema, class_names_of
from kerasft.formats.trust import remember

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DESCRIPTION_NAME = "kerasft.json"
FORMAT_VERSION = 1
MOST_FILES_INSIDE = 32  # of a .tflite: description, labels, and the files that the inputs need
MAX_DESCRIPTION_BYTES = 4_000_000  # 20,000 long class names fit in one
MAX_FILE_BYTES = 64_000_000  # of one file inside; XLM-RoBERTa's largest has 5 MB
EXPORT_AGAIN = "export it again with kerasft export RUN_FOLDER"
WHAT_TO_GIVE = "give a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx file"


@dataclass(frozen=True)
class Description:
    """What a client must know to use an exported file; the module's text explains the fields.

    Args:
        task: Name of the task.
        schema: What the answers mean: class_names.
        inputs: What the model reads, as its encoder describes it.
        backbone: For people.
        quantization: "saved_model", "onnx", or a quantization of the TFLite ladder.
        answers: How outputs become answers: see `kerasft.contract.targets.Targets.described`.
        sha256: The hashes that were read, compared by the reader; {} where none was.
    """

    task: str
    schema: Schema
    inputs: JsonFields
    backbone: str
    quantization: str
    answers: JsonFields = field(default_factory=dict)
    sha256: str | Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the outputs."""
        return class_names_of(self.schema)

    def as_dict(self) -> JsonObject:
        """Returns the description as a value for JSON, with the version of this format; hashes are left out."""
        schema = cast("DataclassInstance", self.schema)
        given = {name: value for name, value in self.inputs.items() if value is not None}
        values = {"kerasft_format": FORMAT_VERSION, "task": self.task, **asdict(schema), **given}
        values |= {"backbone": self.backbone, "quantization": self.quantization, **self.answers}
        values |= {name: None for name in self.inputs if name not in given}  # what is left open stands last
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def as_json(self, sha256: str | Mapping[str, str], **more: JsonValue) -> bytes:
        """Returns the content of `kerasft.json`, with the hashes of what it belongs to, and more values."""
        values = {**self.as_dict(), "sha256": sha256, **more}
        return (json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def labels(self) -> dict[str, bytes]:
        """Returns the files that name the answers for clients, such as `labels.txt`."""
        return task_of(self.task).targets.answering.files(self.schema)

    def beside(self, content: bytes, kept: Mapping[str, bytes], **more: JsonValue) -> dict[str, bytes]:
        """Returns what goes with a model in its file, by name: files of answers and inputs, and the description.

        Args:
            content: The model.
            kept: The files.
            more: Further values of the description.
        """
        text = self.as_json(hashes(hashlib.sha256(content).hexdigest(), kept), **more)
        return {**self.labels(), **kept, DESCRIPTION_NAME: text}

    def require_hashes(
        self, model: str, kept: Mapping[str, bytes], path: Path, hint: str = EXPORT_AGAIN
    ) -> None:
        """Raises `InputError` if the model or a file beside it is another than the description belongs to."""
        if self.sha256 != hashes(model, kept):
            problem = f"the model in the {path.suffix} file is damaged or was changed: hashes differ"
            raise InputError(Problem(problem, str(path), hint))


def hashes(model: str, kept: Mapping[str, bytes]) -> str | dict[str, str]:
    """Returns what `sha256` is of a model with this hash: itself, or with files beside it the hash of each."""
    return (
        {"model": model, **{name: hashlib.sha256(data).hexdigest() for name, data in kept.items()}}
        if kept
        else model
    )


def read_embedded(path: Path) -> tuple[Description, dict[str, bytes]]:
    """Reads the description inside a `.tflite` file, and the files that it names, each up to a bounded size.

    Returns:
        The description, and the files that its inputs need, by name.

    Raises:
        InputError: There is none (not ours, or truncated), or it can't be used, or something was changed.
    """
    try:
        # stored: so the files take no more memory than the .tflite has bytes
        with open_archive(path, most_members=MOST_FILES_INSIDE, stored=True) as archive:
            description = parse_description(archive.read(DESCRIPTION_NAME, MAX_DESCRIPTION_BYTES), path)
            named = description.sha256 if isinstance(description.sha256, Mapping) else {}
            others = {DESCRIPTION_NAME, *description.labels()}
            names = [name for name in archive.sizes if named and name not in others]
            kept = {name: archive.read(name, MAX_FILE_BYTES) for name in names}
            model_bytes = archive.start
    except (OSError, ArchiveError) as error:
        what = "the .tflite file carries no class names (kerasft.json): it is truncated, or not from kerasft"
        raise InputError(Problem(what, str(path), EXPORT_AGAIN)) from error
    description.require_hashes(hash_of_start(path, model_bytes), kept, path)
    return description, kept


def hash_of_start(path: str | Path, count: int) -> str:
    """Returns the SHA-256 of a file's first `count` bytes."""
    digest = hashlib.sha256()
    with open_plain(path) as file:
        while count > 0 and (chunk := file.read(min(count, 1 << 20))):
            digest.update(chunk)
            count -= len(chunk)
    return digest.hexdigest()


def write_beside_saved_model(folder: Path, description: Description) -> None:
    """Writes the files that name the answers, and `kerasft.json`, into a SavedModel folder, with all files' hashes."""
    for name, content in description.labels().items():
        (folder / name).write_bytes(content)
    (folder / DESCRIPTION_NAME).write_bytes(description.as_json(hashes_of(folder)))
    remember(folder / DESCRIPTION_NAME)


def read_saved_model(folder: Path) -> Description:
    """Reads the description of a SavedModel folder and compares the hash of every file.

    Raises:
        InputError: There is no description, or it can't be used, or files are missing, changed or added.
    """
    path = folder / DESCRIPTION_NAME
    if not is_plain(path):
        raise InputError(
            Problem(
                f"the SavedModel has no {DESCRIPTION_NAME}, so kerasft did not write it; a SavedModel is "
                "a program that could do anything on this computer, and is not loaded",
                str(folder),
                EXPORT_AGAIN + " --format saved_model",
            )
        )
    description = parse_description(read_bytes(path, MAX_DESCRIPTION_BYTES), path)
    expected = description.sha256
    if not isinstance(expected, Mapping):
        raise InputError(
            Problem("the description lacks the hashes of the model's files", str(path), EXPORT_AGAIN)
        )
    found = hashes_of(folder)
    differing = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if differing:
        what, hint = "files of the SavedModel are missing, damaged or not its own", " --format saved_model"
        raise InputError(Problem(what, ", ".join(differing[:5]), EXPORT_AGAIN + hint))
    return description


def hashes_of(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file of a SavedModel by its place, the description left out.

    Raises:
        InputError: There are links, pipes or devices: what TensorFlow reads there would not be what was hashed.
    """
    check_folder(folder, "SavedModel", links="none")
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / DESCRIPTION_NAME)
    return {path.relative_to(folder).as_posix(): files.sha256_of(path) for path in paths}


def parse_description(text: bytes, path: Path) -> Description:
    """Reads the content of `kerasft.json` and checks every field but hashes: the text may come from anywhere.

    Raises:
        InputError: It can't be used; the text says why, and names `path`.
    """

    def unusable(why: str, next_step: str = EXPORT_AGAIN) -> InputError:
        return InputError(
            Problem(f"the description of the exported file can't be used: {why}", str(path), next_step)
        )

    if len(text) > MAX_DESCRIPTION_BYTES:
        raise unusable(f"it is larger than {MAX_DESCRIPTION_BYTES} bytes")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unusable("it is not JSON") from error
    if not isinstance(values, dict) or not isinstance(values.get("kerasft_format"), int):
        raise unusable("it has no format version")
    if values["kerasft_format"] > FORMAT_VERSION:
        raise unusable("a newer kerasft wrote it", "update kerasft: pip install --upgrade kerasft")
    if values.get("task") not in task_names():
        raise unusable(f"its task is {values.get('task')!r}, and not one of {', '.join(task_names())}")
    task = task_of(values["task"])
    try:
        (schema, answers), inputs = task.targets.described(values), task.inputs.described(values)
    except ValueError as error:
        raise unusable(str(error)) from error
    return Description(
        task=values["task"],
        schema=schema,
        inputs=inputs,
        backbone=str(values.get("backbone", "")),
        quantization=str(values.get("quantization", "")),
        answers=answers,
        sha256=values.get("sha256", ""),
    )
