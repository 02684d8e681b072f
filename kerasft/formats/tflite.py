"""Picture classifiers as `.tflite` files, builtin operators only: the rungs of `kerasft.formats.ladder`.

The int8 file is integer from end to end, so that it runs on accelerators without a float unit. Its output
has steps of 1/256: TFLite fixes that for the softmax of 8-bit models, and a float output would have them too.
In the int16 file operators for which TFLite has no 16-bit kernel compute in float32.
Method: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_quantization
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.quiet import quiet
from kerasft.formats.attaching import with_files, with_metadata
from kerasft.formats.description import LABELS_NAME, Description
from kerasft.formats.ladder import CALIBRATED
from kerasft.formats.saved_model import SERVE, write_for_conversion
from kerasft.formats.tflite_metadata import About, image_metadata

MOST_REPRESENTATIVE = 300
FEWEST_REPRESENTATIVE = 100
TOO_FEW_AT_ALL = 10


def write_tflite(
    model: keras.Model,
    description: Description,
    path: Path,
    representative: np.ndarray | None = None,
    *,
    io: str = "uint8",
    about: About | None = None,
    finer: bool = False,
) -> None:
    """Converts a model and writes the file, with its description inside.

    Args:
        model: Float32, raw RGB 0..255 to logits.
        description: What the file says about itself; `description.rung` is a rung of the ladder but "mixed".
        path: Where to write.
        representative: For "int8" and "int16": raw pictures (n, size, size, 3), 0..255, from the training split.
        io: For "int8", the type of input and output: "uint8" or "int8".
        about: For people; default: backbone and classes.
        finer: For "dynamic", whether dense kernels have a scale for each channel; needs TensorFlow Lite 2.17, not 2.4.

    Raises:
        InputError: The representative pictures can't be used.
        KerasftError: The model needs operators beyond the builtin ones; the text names them.
    """
    if description.rung in CALIBRATED:
        check_representative(representative, None if representative is None else len(representative))
    with converter_of(model, description) as converter:
        set_rung(converter, description.rung, representative, io)
        if description.rung == "dynamic":
            converter._experimental_disable_per_channel_quantization_for_dense_layers = not finer
        try:
            content = converter.convert()
        except Exception as error:  # the converter has no public error type
            raise KerasftError(why_not(error, description)) from error
    if description.rung == "int8":
        _require_integer(content, io)
    write_content(content, description, path, about)


@contextmanager
def converter_of(model: keras.Model, description: Description) -> Iterator[tf.lite.TFLiteConverter]:
    """Yields a converter of a model, which it reads from a temporary SavedModel.

    From the functions of a Keras 3 model the converter makes a file without weights whose answers are NaN, and
    says nothing (shared/TRAPS.md, 13).
    """
    with tempfile.TemporaryDirectory(prefix="kerasft-") as folder, quiet():
        write_for_conversion(
            model,
            description.inputs["image_size"],
            Path(folder) / "model",
            temperature=description.temperature,
        )
        yield tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"), signature_keys=[SERVE])


def write_content(content: bytes, description: Description, path: Path, about: About | None = None) -> None:
    """Writes what the converter made, with metadata, labels and description.

    Raises:
        KerasftError: It needs operators beyond the builtin ones.
    """
    require_builtin_operators(content, description)
    metadata = image_metadata(
        about or _about(description),
        description.inputs["image_size"],
        LABELS_NAME,
        score_threshold=description.score_threshold,
    )
    content = with_metadata(content, metadata)
    path.write_bytes(with_files(content, description.beside(content, {})))


def _about(description: Description) -> About:
    """What the metadata says to people, where the caller says nothing."""
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


def set_rung(
    converter: tf.lite.TFLiteConverter, rung: str, representative: np.ndarray | None, io: str = "uint8"
) -> None:
    """Sets a converter to a rung of the ladder.

    Args:
        converter: Of a SavedModel.
        rung: A rung of the ladder, without "mixed".
        representative: Raw pictures (n, size, size, 3), for the rungs that need them.
        io: For "int8", the type of input and output: "uint8" or "int8".
    """
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if rung != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if rung == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if rung in CALIBRATED:
        assert representative is not None
        converter.representative_dataset = lambda: calibration_inputs(representative)
    if rung == "int8":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.as_dtype(io)
    if rung == "int16":
        # the second set lets operators without a 16-bit kernel stay in float
        sixteen = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        converter.target_spec.supported_ops = [sixteen, tf.lite.OpsSet.TFLITE_BUILTINS]


def calibration_inputs(pictures: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
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


def _require_integer(content: bytes, io: str) -> None:
    """Without representative data the converter returns a float model and no error; so look."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        details = Interpreter(model_content=content).get_input_details()[0]
    scale, zero_point = details["quantization"]
    if details["dtype"] != np.dtype(io) or abs(scale - 1) > 1e-6 or zero_point != np.iinfo(io).min:
        found = f"{np.dtype(details['dtype']).name}, scale {scale:g}, zero point {zero_point}"
        raise KerasftError(
            f"the int8 file doesn't take plain {io} pictures (received: {found}); please report this"
        )


def why_not(error: Exception, description: Description) -> str:
    """Returns a converter's complaint in a line, with the operators that TFLite lacks, where that is the reason."""
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
