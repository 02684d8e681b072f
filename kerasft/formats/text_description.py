"""What an exported text classifier says about itself: classes, length, tokenizer, and how it was made.

`kerasft.json` is the contract for every client that has no kerasft. It lies in the ZIP behind a `.tflite` model,
beside `labels.txt` and the tokenizer's files, in the SavedModel's folder, or in the metadata of an `.onnx`:

| field | meaning |
| --- | --- |
| class_names | in the order of the probabilities |
| sequence_length | tokens of each input; the inputs are int32 (1, sequence_length) |
| input_names | what the model reads: token_ids ("ids" in a `.tflite`), padding_mask ("mask"), segment_ids |
| pairs | whether it judges two texts at once |
| special_ids | start, end and pad token; separators: what stands between the halves of a pair |
| tokenizer | KerasHub's class and its settings, such as lowercase and strip_accents |
| temperature | what the logits are divided by inside the file, for people |
| score_threshold | answers with a probability below it should be taken for "unknown"; null: none is |
| sha256 | hashes of the model and of the tokenizer's files; for a SavedModel of all its files |

An input is: start, the tokens (of a pair: first half, separators, second half), end, then pad up to sequence_length;
what is too long is cut, of pairs the longer half first. The mask is 1 up to the end token, segment_ids are 1 from
the second half of a pair to its end (0 in models whose separators are two).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from kerasft.base.bounded import read_bytes
from kerasft.base.class_names import class_name_problems
from kerasft.base.errors import InputError, Problem
from kerasft.base.zip_members import ArchiveError, open_archive
from kerasft.formats.description import (
    DESCRIPTION_NAME,
    EXPORT_AGAIN,
    FORMAT_VERSION,
    LABELS_NAME,
    MAX_DESCRIPTION_BYTES,
    MOST_FILES_INSIDE,
    hash_of_start,
    hashes_of,
    number_problem,
)
from kerasft.formats.trust import remember

TASK = "text_classification"
TOKENIZER_FOLDER = "tokenizer"  # inside a SavedModel
MAX_TOKENIZER_BYTES = 64_000_000  # per file; XLM-RoBERTa's largest has 5 MB
_NOT_OURS = (
    "the exported file carries no text classifier's description (kerasft.json): it is damaged, or not ours"
)
_CHANGED = "the exported file is damaged or was changed: hashes differ"


@dataclass(frozen=True)
class TextDescription:
    """What a client must know to use an exported text classifier; the module's text explains the fields.

    Args:
        task: "text_classification".
        class_names: In the order of the outputs.
        sequence_length: Tokens per input.
        input_names: What the model reads, of token_ids, padding_mask and segment_ids.
        pairs: Whether the inputs are pairs of texts.
        special_ids: "start", "end", "pad" and "separators".
        tokenizer: What it is rebuilt from, besides its files (`tokenizer_config`).
        backbone: Name of the backbone, for people.
        rung: "saved_model", "onnx", "float32", "float16" or "dynamic".
        temperature: See above.
        score_threshold: See above.
    """

    task: str
    class_names: tuple[str, ...]
    sequence_length: int
    input_names: tuple[str, ...]
    pairs: bool
    special_ids: Mapping[str, Any]
    tokenizer: Mapping[str, Any]
    backbone: str
    rung: str
    temperature: float = 1.0
    score_threshold: float | None = None

    def as_json(self, sha256: Mapping[str, str], **more: Any) -> bytes:
        """Returns the content of `kerasft.json`, with the hashes of what it belongs to, and more values."""
        values = {
            "kerasft_format": FORMAT_VERSION,
            **dataclasses.asdict(self),
            "sha256": dict(sha256),
            **more,
        }
        return (json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def labels(self) -> bytes:
        """Returns the content of `labels.txt`: one class name per line (a newline in a name becomes a space)."""
        return "".join(" ".join(name.splitlines()) + "\n" for name in self.class_names).encode()


def is_text(path: str | Path) -> bool:
    """Returns whether a `.tflite` file or SavedModel folder says that it is a text classifier. Never raises."""
    path = Path(path)
    try:
        if path.is_dir():
            text = read_bytes(path / DESCRIPTION_NAME, MAX_DESCRIPTION_BYTES)
        else:
            with open_archive(path, most_members=MOST_FILES_INSIDE) as archive:
                text = archive.read(DESCRIPTION_NAME, MAX_DESCRIPTION_BYTES)
        return json.loads(text).get("task") == TASK
    except (OSError, ValueError, AttributeError, RecursionError):  # damaged, which who reads it will tell
        return False


def model_key(content: bytes) -> dict[str, str]:
    """Returns the hash of a `.tflite` model without the files behind it, as `kerasft.json` lists it."""
    return {"model": hashlib.sha256(content).hexdigest()}


def read_embedded_text(path: str | Path) -> tuple[TextDescription, dict[str, bytes]]:
    """Reads the description and the tokenizer's files inside a `.tflite` file.

    Returns:
        The description, and the tokenizer's files by name.

    Raises:
        InputError: There is none (not ours, or truncated), or it can't be used, or something was changed.
    """
    try:
        # stored: so the files take no more memory than the .tflite has bytes
        with open_archive(path, most_members=MOST_FILES_INSIDE, stored=True) as archive:
            text, model_bytes = archive.read(DESCRIPTION_NAME, MAX_DESCRIPTION_BYTES), archive.start
            names = [name for name in archive.sizes if name not in (DESCRIPTION_NAME, LABELS_NAME)]
            found = {name: archive.read(name, MAX_TOKENIZER_BYTES) for name in names}
    except (OSError, ArchiveError) as error:
        raise InputError(Problem(_NOT_OURS, str(path), EXPORT_AGAIN)) from error
    description, sha256 = parse_text_description(text, path)
    hashes = {"model": hash_of_start(path, model_bytes)}
    hashes |= {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    if hashes != sha256:
        raise InputError(Problem(_CHANGED, str(path), EXPORT_AGAIN))
    return description, found


def write_beside_text_saved_model(folder: Path, description: TextDescription) -> None:
    """Writes `labels.txt` and `kerasft.json` into a SavedModel folder, with the hashes of its files."""
    (folder / LABELS_NAME).write_bytes(description.labels())
    (folder / DESCRIPTION_NAME).write_bytes(description.as_json(hashes_of(folder)))
    remember(folder / DESCRIPTION_NAME)


def read_text_saved_model(folder: str | Path) -> TextDescription:
    """Reads the description of a SavedModel folder and compares the hash of every file.

    Raises:
        InputError: There is no description, or it can't be used, or files are missing, changed or added.
    """
    folder, path = Path(folder), Path(folder) / DESCRIPTION_NAME
    if not path.is_file():
        problem = (
            f"the SavedModel has no {DESCRIPTION_NAME}, so kerasft did not write it; a SavedModel is "
            "a program that could do anything on this computer, and is not loaded"
        )
        raise InputError(Problem(problem, str(folder), f"{EXPORT_AGAIN} --format saved_model"))
    description, expected = parse_text_description(read_bytes(path, MAX_DESCRIPTION_BYTES), path)
    found = hashes_of(folder)
    differing = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if differing:
        problem = f"files of the SavedModel are missing, damaged or not its own: {', '.join(differing[:5])}"
        raise InputError(Problem(problem, str(folder), f"{EXPORT_AGAIN} --format saved_model"))
    return description


def parse_text_description(text: bytes, path: str | Path) -> tuple[TextDescription, dict[str, str]]:
    """Reads the content of `kerasft.json`, which may come from anywhere.

    Every field is checked but the tokenizer's, which is checked where it is built.

    Returns:
        The description and the hashes of what it belongs to, which the caller compares.

    Raises:
        InputError: It can't be used; the text says why, and names `path`.
    """

    def unusable(why: str, next_step: str = EXPORT_AGAIN) -> InputError:
        what = f"the description of the exported file can't be used: {why}"
        return InputError(Problem(what, str(path), next_step))

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
    if values.get("task") != TASK:
        raise unusable(f"its task is {values.get('task')!r}, and not {TASK}")
    names, length, inputs = (values.get(key) for key in ("class_names", "sequence_length", "input_names"))
    if not _are_texts(names) or len(names) < 2 or len(set(names)) < len(names):
        raise unusable("class_names is not a list of two or more different names")
    if problems := class_name_problems(names, ""):
        raise unusable(f"{problems[0].what} ({problems[0].received})")
    if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= 100_000:
        raise unusable(f"sequence_length is {length!r}")
    if not _are_texts(inputs) or not set(inputs) <= {"token_ids", "padding_mask", "segment_ids"}:
        raise unusable(f"input_names is {inputs!r}")
    if not isinstance(values.get("pairs"), bool):
        raise unusable(f"pairs is {values.get('pairs')!r}")
    if not all(isinstance(values.get(key), dict) for key in ("special_ids", "tokenizer", "sha256")):
        raise unusable("special_ids, tokenizer or sha256 is missing")
    if wrong := number_problem(values):
        raise unusable(wrong)
    description = TextDescription(
        task=TASK,
        class_names=tuple(names),
        sequence_length=length,
        input_names=tuple(inputs),
        pairs=values["pairs"],
        special_ids=values["special_ids"],
        tokenizer=values["tokenizer"],
        backbone=str(values.get("backbone", "")),
        rung=str(values.get("rung", "")),
        temperature=values.get("temperature", 1.0),
        score_threshold=values.get("score_threshold"),
    )
    return description, values["sha256"]


def _are_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)
