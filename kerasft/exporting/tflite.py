"""The TFLite ladder: one model as float32, float16, dynamic-range and int8 files, builtin operators only.

| rung | weights | computes in | input | output |
| --- | --- | --- | --- | --- |
| float32 | float32 | float32 | float32 0..255 | float32 |
| float16 | float16 | float32 | float32 0..255 | float32 |
| dynamic | int8 | int8 and float32 | float32 0..255 | float32 |
| int8 | int8 | int8 | uint8 0..255 | uint8, probability * 256 |

The int8 file is integer from end to end, so that it runs on accelerators without a float unit. Its output
has steps of 1/256: TFLite fixes that for the softmax of 8-bit models, and a float output would have them too.
Method: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kerasft.artifact import LABELS_NAME, Description, embed
from kerasft.errors import InputError, KerasftError, Problem
from kerasft.exporting.attaching import with_metadata
from kerasft.exporting.metadata import About, image_metadata
from kerasft.exporting.saved_model import SERVE, write_for_conversion
from kerasft.quiet import quiet

RUNGS = ("int8", "dynamic", "float16", "float32")  # from the smallest file to the largest
MOST_REPRESENTATIVE = 300
FEWEST_REPRESENTATIVE = 100
TOO_FEW_AT_ALL = 10


def write_tflite(
    model: keras.Model, description: Description, path: Path, representative: np.ndarray | None = None
) -> None:
    """Converts a model and writes the file, with its description inside.

    Args:
        model: Float32, raw RGB 0..255 to logits.
        description: What the file says about itself; `description.rung` is one of `RUNGS`.
        path: Where to write.
        representative: For "int8": raw pictures (n, size, size, 3), 0..255, from the training split.

    Raises:
        InputError: The representative pictures can't be used.
        KerasftError: The model needs operators beyond the builtin ones; the text names them.
    """
    if description.rung == "int8":
        check_representative(representative, None if representative is None else len(representative))
    # The converter goes through a SavedModel: from the functions of a Keras 3 model it makes a file without
    # weights whose answers are NaN, and says nothing (shared/TRAPS.md, 13).
    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder, quiet():
        write_for_conversion(model, description.image_size, Path(folder) / "model")
        converter = tf.lite.TFLiteConverter.from_saved_model(
            str(Path(folder) / "model"), signature_keys=[SERVE]
        )
        _set_rung(converter, description.rung, representative)
        try:
            content = converter.convert()
        except Exception as error:  # the converter has no public error type
            raise KerasftError(_why_not(error, description)) from error
    require_builtin_operators(content, description)
    if description.rung == "int8":
        _require_integer(content)
    path.write_bytes(
        with_metadata(content, image_metadata(_about(description), description.image_size, LABELS_NAME))
    )
    embed(path, description)


def _about(description: Description) -> About:
    """What the metadata says to people."""
    classes = ", ".join(description.class_names[:10]) + (", ..." if len(description.class_names) > 10 else "")
    return About(f"{description.backbone}, {description.rung}", f"Tells apart: {classes}", author="kerasft")


def draw_representative(images: np.ndarray, labels: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Draws pictures evenly over the classes: every class gives one before any gives two.

    Args:
        images: (pictures, ...), any type.
        labels: int (pictures,).
        count: How many to draw; all, in another order, when there are fewer.
        seed: The same seed draws the same pictures.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    seen: dict[int, int] = {}
    rounds = np.zeros(len(labels), int)
    for place, index in enumerate(shuffled):
        label = int(labels[index])
        rounds[place] = seen.get(label, 0)
        seen[label] = rounds[place] + 1
    chosen = shuffled[np.argsort(rounds, kind="stable")[:count]]
    return np.asarray(images[np.sort(chosen)])


def check_representative(images: np.ndarray | None, available: int | None = None) -> None:
    """Checks the pictures that set the int8 ranges; wrong ones give a wrong file without any error.

    Args:
        images: (n, size, size, 3), raw values 0..255, any number type.
        available: How many pictures the training split has; fewer than 100 are allowed when these are all.

    Raises:
        InputError: There are too few, or they aren't raw values from 0 to 255.
    """
    next_step = "give raw RGB pictures of the training split"
    found = 0 if images is None else len(images)
    needed = FEWEST_REPRESENTATIVE if available is None else min(FEWEST_REPRESENTATIVE, available)
    needed = max(needed, TOO_FEW_AT_ALL)
    if images is None or found < needed:
        raise InputError(
            Problem(f"int8 needs at least {needed} representative pictures", str(found), next_step)
        )
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and 1 < high <= 255):  # NaN fails too
        problem = "representative pictures must be raw values from 0 to 255, as the model is served"
        raise InputError(Problem(problem, f"values from {low:g} to {high:g}", next_step))


def _set_rung(converter: tf.lite.TFLiteConverter, rung: str, representative: np.ndarray | None) -> None:
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if rung != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if rung == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if rung == "int8":
        assert representative is not None
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.uint8
        converter.representative_dataset = lambda: _calibration(representative)


def _calibration(pictures: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    """Yields one picture at a time; the first gets a black and a white corner.

    The corners make the range exactly 0..255, so that the file takes the bytes of a picture as they are:
    with dark pictures only, the scale of the input would silently be another.
    """
    for index, picture in enumerate(pictures):
        picture = picture.astype("float32")
        if index == 0:
            picture[0, 0], picture[0, -1] = 0.0, 255.0
        yield {"image": picture[None]}


def require_builtin_operators(content: bytes, description: Description) -> None:
    """Reads the operators from the file itself and refuses Flex and custom ones.

    Raises:
        KerasftError: It names them.
    """
    with quiet():
        from ai_edge_litert import schema_py_generated as schema
    model = schema.Model.GetRootAs(content, 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    custom = sorted({(code.CustomCode() or b"").decode() for code in codes} - {""})
    if custom:
        raise KerasftError(_needs_other_operators(custom, description))


def _require_integer(content: bytes) -> None:
    """Without representative data the converter returns a float model and no error; so look."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        details = Interpreter(model_content=content).get_input_details()[0]
    scale, zero_point = details["quantization"]
    if details["dtype"] != np.uint8 or abs(scale - 1) > 1e-6 or zero_point != 0:
        found = f"{np.dtype(details['dtype']).name}, scale {scale:g}, zero point {zero_point}"
        raise KerasftError(
            f"the int8 file doesn't take plain uint8 pictures (received: {found}); please report this"
        )


def _why_not(error: Exception, description: Description) -> str:
    text = str(error)
    operators = sorted(set(re.findall(r"\btf\.([A-Z]\w+)", text)) | set(re.findall(r"\bFlex(\w+)", text)))
    if operators:
        return _needs_other_operators(operators, description)
    first = next(
        (line.strip() for line in text.splitlines() if "error" in line.lower()), type(error).__name__
    )
    return f"the converter can't make a {description.rung} file of this model: {first[:300]}"


def _needs_other_operators(operators: list[str], description: Description) -> str:
    return (
        f"the backbone {description.backbone} needs operators that TFLite has no builtin for: "
        f"{', '.join(operators)}; "
        "export it with --format saved_model, or train with another --backbone"
    )
