"""What an exported file says about itself: classes, picture size, resize, and how it was made.

The description travels inside the file, so that a `.tflite` moved to another folder still knows its
classes: a small ZIP behind the model's own bytes, where TFLite metadata keeps its associated files too
(https://ai.google.dev/edge/litert/models/metadata). A SavedModel folder holds it as two files,
together with the hash of every file of the model. This room reads and writes descriptions; it never
loads a model.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasft.base import files
from kerasft.base.bounded import open_plain, read_bytes
from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import InputError, Problem
from kerasft.base.untrusted import check_folder
from kerasft.base.zip_members import ArchiveError, open_archive
from kerasft.formats.trust import remember

DESCRIPTION_NAME = "kerasft.json"
LABELS_NAME = "labels.txt"
FORMAT_VERSION = 1
MOST_FILES_INSIDE = 32  # of a .tflite: description, labels, and the tokenizer's files
MAX_DESCRIPTION_BYTES = 4_000_000  # 20,000 long class names fit in one
EXPORT_AGAIN = "export it again with kerasft export RUN_FOLDER"
WHAT_TO_GIVE = "give a run folder, a bundle, a SavedModel folder, a .tflite or an .onnx file"


@dataclass(frozen=True)
class Description:
    """What a client must know to use an exported file.

    Args:
        task: "image_classification".
        class_names: In the order of the outputs.
        image_size: Pictures are (image_size, image_size, 3) RGB, raw values 0..255.
        resize: How a picture gets this size: "stretch" or "crop" (see `kerasft.data.resize_image`).
        backbone: Name of the backbone, for people.
        rung: "saved_model", "onnx", or a rung of the TFLite ladder, such as "int8".
        temperature: What the logits are divided by inside the file, for people.
        score_threshold: Answers with a probability below it should be taken for "unknown"; None: none is.
        bit_depth: Of files with 16 bits per channel, the bits that count: the value is shifted right by bit_depth - 8;
            None: all 16, and training saw no such file.
    """

    task: str
    class_names: tuple[str, ...]
    image_size: int
    resize: str
    backbone: str
    rung: str
    temperature: float = 1.0
    score_threshold: float | None = None
    bit_depth: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the description as a value for JSON, with the version of this format."""
        return {
            "kerasft_format": FORMAT_VERSION,
            **dataclasses.asdict(self),
            "class_names": list(self.class_names),
        }

    def labels(self) -> str:
        """Returns the text of `labels.txt`: one class name per line (a newline in a name becomes a space)."""
        return "".join(" ".join(name.splitlines()) + "\n" for name in self.class_names)


def describe(
    model_config: Any, rung: str, temperature: float = 1.0, score_threshold: float | None = None
) -> Description:
    """Returns the description of a file exported from a model with this `ModelConfig`."""
    return Description(
        task=model_config.task,
        class_names=tuple(model_config.class_names),
        image_size=int(model_config.image_size),
        resize=model_config.resize,
        backbone=model_config.backbone,
        rung=rung,
        temperature=temperature,
        score_threshold=score_threshold,
        bit_depth=model_config.bit_depth,
    )


def embed(path: Path, description: Description) -> None:
    """Appends the description to a `.tflite` file as a ZIP, with the hash of the bytes before it."""
    content = {**description.as_dict(), "sha256": files.sha256_of(path)}
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        for name, text in ((LABELS_NAME, description.labels()), (DESCRIPTION_NAME, _to_json(content))):
            # A fixed date: the same model gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode())


def read_embedded(path: Path) -> Description:
    """Reads the description inside a `.tflite` file. Only `kerasft.json` is opened, up to a bounded size.

    Raises:
        InputError: There is none (not ours, or truncated), or it can't be used, or the model was changed.
    """
    try:
        with open_archive(path, most_members=MOST_FILES_INSIDE) as archive:
            text, model_bytes = archive.read(DESCRIPTION_NAME, MAX_DESCRIPTION_BYTES), archive.start
    except (OSError, ArchiveError) as error:
        problem = (
            "the .tflite file carries no class names (kerasft.json): it is truncated, or not from kerasft"
        )
        raise InputError(Problem(problem, str(path), EXPORT_AGAIN)) from error
    description = parse_description(text, path)
    if json.loads(text).get("sha256") != hash_of_start(path, model_bytes):
        problem = "the model in the .tflite file is damaged or was changed: its hash is another"
        raise InputError(Problem(problem, str(path), EXPORT_AGAIN))
    return description


def hash_of_start(path: str | Path, count: int) -> str:
    """Returns the SHA-256 of a file's first `count` bytes."""
    digest = hashlib.sha256()
    with open_plain(path) as file:
        while count > 0 and (chunk := file.read(min(count, 1 << 20))):
            digest.update(chunk)
            count -= len(chunk)
    return digest.hexdigest()


def write_beside_saved_model(folder: Path, description: Description) -> None:
    """Writes `labels.txt` and `kerasft.json` into a SavedModel folder, with the hashes of its files."""
    (folder / LABELS_NAME).write_text(description.labels(), encoding="utf-8", newline="\n")
    content = {**description.as_dict(), "sha256": hashes_of(folder)}
    (folder / DESCRIPTION_NAME).write_text(_to_json(content), encoding="utf-8", newline="\n")
    remember(folder / DESCRIPTION_NAME)


def read_saved_model(folder: Path) -> Description:
    """Reads the description of a SavedModel folder and compares the hash of every file.

    Raises:
        InputError: There is no description, or it can't be used, or files are missing, changed or added.
    """
    path = folder / DESCRIPTION_NAME
    if not path.is_file():
        raise InputError(
            Problem(
                f"the SavedModel has no {DESCRIPTION_NAME}, so kerasft did not write it; a SavedModel is "
                "a program that could do anything on this computer, and is not loaded",
                str(folder),
                EXPORT_AGAIN + " --format saved_model",
            )
        )
    text = read_bytes(path, MAX_DESCRIPTION_BYTES)
    description = parse_description(text, path)
    expected = json.loads(text).get("sha256")
    if not isinstance(expected, dict):
        raise InputError(
            Problem("the description lacks the hashes of the model's files", str(path), EXPORT_AGAIN)
        )
    found = hashes_of(folder)
    differing = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if differing:
        problem = "files of the SavedModel are missing, damaged or not its own"
        raise InputError(Problem(problem, ", ".join(differing[:5]), EXPORT_AGAIN + " --format saved_model"))
    return description


def hashes_of(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file of a SavedModel by its place, the description left out.

    Raises:
        InputError: There are links, pipes or devices: what TensorFlow reads there would not be what was hashed.
    """
    check_folder(folder, "SavedModel", links="none")
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / DESCRIPTION_NAME)
    return {path.relative_to(folder).as_posix(): files.sha256_of(path) for path in paths}


def _to_json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def parse_description(text: bytes, path: Path) -> Description:
    """Reads the content of `kerasft.json` and checks every field: the text may come from anywhere.

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
    if values.get("task") != "image_classification":
        raise unusable(f"its task is {values.get('task')!r}, and not image_classification")
    names, size = values.get("class_names"), values.get("image_size")
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise unusable("class_names is not a list of names")
    if len(names) < 2 or len(set(names)) < len(names):
        raise unusable("class_names has fewer than two names, or one twice")
    if problems := class_name_problems(names, ""):
        raise unusable(f"{problems[0].what} ({problems[0].received})")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
        raise unusable(f"image_size is {size!r}")
    if values.get("resize") not in ("stretch", "crop"):
        raise unusable(f"resize is {values.get('resize')!r}")
    depth = values.get("bit_depth")
    if depth is not None and (not isinstance(depth, int) or isinstance(depth, bool) or not 8 <= depth <= 16):
        raise unusable(f"bit_depth is {depth!r}")
    if wrong := number_problem(values):
        raise unusable(wrong)
    return Description(
        task="image_classification",
        class_names=tuple(names),
        image_size=size,
        resize=values["resize"],
        backbone=str(values.get("backbone", "")),
        rung=str(values.get("rung", "")),
        temperature=values.get("temperature", 1.0),
        score_threshold=values.get("score_threshold"),
        bit_depth=depth,
    )


def number_problem(values: dict[str, Any]) -> str:
    """Returns what is wrong with the temperature or the score threshold of a description, or ""."""
    temperature, threshold = values.get("temperature", 1.0), values.get("score_threshold")
    if isinstance(temperature, bool) or not isinstance(temperature, int | float) or not 0 < temperature < 1e6:
        return f"temperature is {temperature!r}"
    if threshold is None:
        return ""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        return f"score_threshold is {threshold!r}"
    return ""
