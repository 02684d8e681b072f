"""Images in exported files: endpoints, metadata, representative and golden images, and what the model card says."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonObject
from kerasft.base.resizing import GREY
from kerasft.base.specs import Spec
from kerasft.contract.serving import Endpoint, InputMetadata, Kotlin, Serving, Writer
from kerasft.inputs.images.encoding import ImageEncoder

GOLDEN = "golden"
FEWEST_REPRESENTATIVE = 100
TOO_FEW_AT_ALL = 10
# Of the metadata's schema: a unit that normalizes, an image, and its colours
_NORMALIZATION, _IMAGE, _RGB = 1, 2, 1
_DRAWING = "".join(f"import android.graphics.{each}\n" for each in ("Canvas", "Color", "Paint", "Rect"))
_IMPORTS = """import android.graphics.Bitmap
import java.nio.ByteBuffer
import java.nio.ByteOrder
"""
# Kotlin, from a bitmap to one of SIZE pixels. Its names must not be those of an answer's lines.
_FILTER = """
// Android's filter is not that of training: images of the right size, as those of golden/, give our answers"""
_SMALL = {
    "stretch": f"""{_FILTER}
val small = Bitmap.createScaledBitmap(bitmap, SIZE, SIZE, true)""",
    "crop": f"""
val shorter = minOf(bitmap.width, bitmap.height)  // the middle is cut out, as in training
val square =
    Bitmap.createBitmap(bitmap, (bitmap.width - shorter) / 2, (bitmap.height - shorter) / 2, shorter, shorter){_FILTER}
val small = Bitmap.createScaledBitmap(square, SIZE, SIZE, true)""",
    "letterbox": f"""
val longer = maxOf(bitmap.width, bitmap.height)  // all of it is scaled alike, and grey is beside it, as in training
val across = maxOf(1, (2 * bitmap.width * SIZE + longer) / (2 * longer))
val down = maxOf(1, (2 * bitmap.height * SIZE + longer) / (2 * longer))
val inner = Rect(0, 0, across, down)
inner.offset((SIZE - across) / 2, (SIZE - down) / 2){_FILTER}
val small = Bitmap.createBitmap(SIZE, SIZE, Bitmap.Config.ARGB_8888)
val canvas = Canvas(small)
canvas.drawColor(Color.rgb({GREY}, {GREY}, {GREY}))
canvas.drawBitmap(bitmap, null, inner, Paint(Paint.FILTER_BITMAP_FLAG))""",
}


class ImageServing(Serving[ImageEncoder, np.ndarray]):
    """Raw RGB images of the model's size, 0..255."""

    def endpoints(self, encoder: ImageEncoder) -> list[Endpoint]:
        """Returns two endpoints.

        - `serve`: raw RGB images (batch, size, size, 3), 0..255, float32 (in Python uint8 too).
        - `serve_bytes`: encoded JPEG or PNG images (batch,), decoded and resized as `kerasft predict` does it.
        """
        import tensorflow as tf

        from kerasft.inputs.images import graph

        size = encoder.image_size

        def pixels(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"image": tf.cast(images, tf.float32)}

        def decoded(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
            def one(each: tf.Tensor) -> tf.Tensor:
                image = graph.decode_tensor(each, encoder.bit_depth)
                return graph.resize_tensor(image, size, encoder.resize)

            spec = tf.TensorSpec((size, size, 3), tf.uint8)
            return pixels(tf.map_fn(one, encoded, fn_output_signature=spec))

        taken = tuple({"images": Spec((size, size, 3), dtype)} for dtype in ("float32", "uint8"))
        return [
            Endpoint("serve", taken, pixels),
            Endpoint("serve_bytes", ({"encoded": Spec((), "string")},), decoded),
        ]

    def metadata(self, writer: Writer, encoder: ImageEncoder, names: Sequence[str]) -> InputMetadata:
        """Says that the image takes raw values 0..255."""
        side = ("uint32", encoder.image_size)
        normalization = writer.table(mean=writer.floats([0.0]), std=writer.floats([1.0]))
        size = writer.table(width=side, height=side)
        properties = writer.table(color_space=("int8", _RGB), default_size=size)
        image = writer.table(
            name="image",
            description="An RGB image with raw values from 0 to 255.",
            dimension_names=None,
            content=writer.table(type=("uint8", _IMAGE), properties=properties, range=None),
            process_units=writer.tables([writer.unit(_NORMALIZATION, normalization)]),
            stats=writer.table(max=writer.floats([255.0]), min=writer.floats([0.0])),
        )
        return InputMetadata([image], "1.0.0")

    def check_representative(self, examples: np.ndarray | None, available: int | None = None) -> None:
        """Checks images (n, size, size, 3): 100 or more, or all that there are, with raw values 0..255."""
        next_step = "give raw RGB images of the training split"
        needed = FEWEST_REPRESENTATIVE if available is None else min(FEWEST_REPRESENTATIVE, available)
        needed = max(needed, TOO_FEW_AT_ALL)
        count = 0 if examples is None else len(examples)
        if examples is None or count < needed:
            what = f"int8 needs at least {needed} representative images"
            raise InputError(Problem(what, str(count), next_step))
        low, high = float(examples.min()), float(examples.max())
        if not (low >= 0 and 1 < high <= 255):  # NaN fails too
            what = "representative images must be raw values from 0 to 255, as the model is served"
            raise InputError(Problem(what, f"values from {low:g} to {high:g}", next_step))

    def representative(self, examples: np.ndarray, encoder: ImageEncoder) -> Iterator[dict[str, np.ndarray]]:
        """Yields one image at a time; the first gets a black and a white corner.

        The corners make the range exactly 0..255, so that the file takes the bytes of an image as they are:
        with dark images only, the scale of the input would silently be another.
        """
        for index, image in enumerate(examples):
            image = image.astype("float32")
            if index == 0:
                image[0, 0], image[0, -1] = 0.0, 255.0
            yield {"image": image[None]}

    def integer_fault(self, dtype: str, scale: float, zero_point: int) -> str:
        """Returns what is wrong with an input that doesn't take the bytes of an image as they are."""
        if abs(scale - 1) <= 1e-6 and zero_point == np.iinfo(dtype).min:
            return ""
        return f"it doesn't take plain {dtype} images: scale {scale:g}, zero point {zero_point}"

    def golden(self, examples: np.ndarray, encoder: ImageEncoder, folder: Path) -> list[JsonObject]:
        """Writes PNGs of the model's size into `golden/`."""
        found: list[JsonObject] = []
        for number, image in enumerate(examples):
            path = folder / GOLDEN / f"{number}.png"
            buffer = io.BytesIO()
            Image.fromarray(image).save(buffer, "PNG")
            with files.atomic_path(path) as temporary:
                temporary.write_bytes(buffer.getvalue())
            found.append({"image": f"{GOLDEN}/{path.name}"})
        return found

    def goes_in(self, encoder: ImageEncoder) -> list[str]:
        """Says which bytes the input takes, and how an image gets its size."""
        size, bits = encoder.image_size, encoder.bit_depth
        how = {
            "stretch": "stretched to that size, the sides' ratio is not kept",
            "crop": "scaled until the shorter side fits, and the middle is cut out",
            "letterbox": "scaled until the longer side fits (the shorter one to the nearest pixel, at least one) and "
            f"put in the middle (of an odd rest, the smaller half is above or left), on grey ({GREY}, {GREY}, {GREY})",
        }[encoder.resize]
        lines = [
            f"One RGB image of {size} x {size}, the bytes as they are: values 0 to 255, row by row, channels last. "
            "Nothing is divided or subtracted; that is inside the file. uint8 in int8 files (`--io int8`: the value "
            "minus 128), else float32.",
            f"An image of another size is {how}, with antialiasing, after it was turned as its EXIF says.",
        ]
        if bits is not None:
            lines.append(
                f"Of image files with 16 bits per channel, {bits} bits count: a value becomes value >> {bits - 8}, and "
                f"one above {(1 << bits) - 1} is refused. `kerasft predict` and `serve_bytes` do so themselves."
            )
        return lines

    def also(self, encoder: ImageEncoder, golden: str) -> list[str]:
        """Names the endpoints and the golden images."""
        return [
            "The SavedModel's `serve` takes any number of images, `serve_bytes` JPEG or PNG files as they are. ONNX "
            "takes any number as `image`, float32.",
            f"`{GOLDEN}/` has images {golden}, of the right size, and `NAME.golden.json` what "
            "the file NAME answers: for a test of the app, with the tolerance of the table above.",
        ]

    def notes(self, encoder: ImageEncoder) -> list[str]:
        """Says that MediaPipe neither crops nor letterboxes."""
        notes = {
            "crop": "MediaPipe stretches and this run crops: cut the middle square out before you ask it",
            "letterbox": "MediaPipe stretches and this run letterboxes: add the grey bars before you ask it",
        }
        return [notes[encoder.resize]] if encoder.resize in notes else []

    def limits(self, encoder: ImageEncoder) -> list[str]:
        """Says that other programs scale images in other ways."""
        lines = ["MediaPipe scales every image with another filter than kerasft: give it the right size."]
        if encoder.resize == "crop":
            lines.append(
                "MediaPipe stretches images to the model's size, and this model was trained on their middle (`resize: "
                "crop`): on photos its probabilities were up to 0.21 off. Cut the middle square out before you ask it."
            )
        if encoder.resize == "letterbox":
            lines.append(
                "MediaPipe stretches images to the model's size, and this model was trained on images between grey "
                "bars (`resize: letterbox`). Make such a square before you ask it, as the code for LiteRT does."
            )
        return lines

    def kotlin(self, encoder: ImageEncoder, io: str, output: str) -> Kotlin:
        """Returns the lines from a bitmap to the input."""
        size = encoder.image_size
        put = {
            "float32": "input.putFloat(value.toFloat())",
            "uint8": "input.put(value.toByte())",
            "int8": "input.put((value - 128).toByte())",
        }[io]
        before = f"""{_SMALL[encoder.resize].replace("SIZE", str(size))}
val pixels = IntArray({size} * {size})
small.getPixels(pixels, 0, {size}, 0, 0, {size}, {size})
val input = ByteBuffer.allocateDirect({4 if io == "float32" else 1} * 3 * pixels.size).order(ByteOrder.nativeOrder())
for (pixel in pixels) for (shift in listOf(16, 8, 0)) {{  // red, green, blue: 0 to 255, scaled inside the file
    val value = (pixel shr shift) and 255
    {put}
}}
input.rewind()"""
        imports = _DRAWING + _IMPORTS if encoder.resize == "letterbox" else _IMPORTS
        return Kotlin(before, "interpreter.run(input, output)", imports)


SERVING = ImageServing()
