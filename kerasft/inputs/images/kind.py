"""Images as a kind of input."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.resizing import RESIZES
from kerasft.contract.asking import Asked, Example
from kerasft.contract.explanation import Explainer
from kerasft.contract.inputs import Inputs, Loaded, OtherWay
from kerasft.contract.splits import Split
from kerasft.inputs.images.columns import image_columns_of
from kerasft.inputs.images.config import ImageModelConfig
from kerasft.inputs.images.decode import BrokenImageError
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.objects import load_object
from kerasft.inputs.images.serving import SERVING
from kerasft.inputs.images.show import SHOWING
from kerasft.inputs.images.table import read_column

if TYPE_CHECKING:
    import keras


class Images(Inputs[ImageEncoder, ImageModelConfig]):
    """Images, brought to one size."""

    noun = "image"
    columns = ("image", "img", "picture", "photo", "path", "file", "filename")
    showing, serving = SHOWING, SERVING

    def asked(self, inputs: Sequence[str | Path], asked: Asked, data: JsonFields | None) -> list[Example]:
        """Lists the images that a user names."""
        from kerasft.inputs.images.asking import asked_images

        return asked_images(inputs, asked, data)

    def gather(
        self,
        contents: Sequence[object],
        encoder: ImageEncoder,
        seconds: Sequence[str | None] | None = None,
    ) -> Loaded:
        """Reads image files and objects, on all cores."""
        if seconds is not None:
            what = "this model takes images, which have no second text"
            raise InputError(Problem(what, "pairs", "leave out the second texts (--text-pair)"))

        def read(content: object) -> tuple[np.ndarray, tuple[int, int]] | BrokenImageError:
            try:
                return load_object(content, encoder)
            except BrokenImageError as error:
                return error

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            found = list(pool.map(read, contents))
        broken = {row: str(each) for row, each in enumerate(found) if isinstance(each, BrokenImageError)}
        images = {row: each for row, each in enumerate(found) if not isinstance(each, BrokenImageError)}
        size = encoder.image_size
        empty = np.zeros((0, size, size, 3), np.uint8)
        column = np.stack([image for image, _ in images.values()]) if images else empty
        return Loaded(column, list(images), broken, [size for _, size in images.values()])

    def encoder_of_model(
        self, model: keras.Model, config: ImageModelConfig, data: JsonFields | None = None
    ) -> ImageEncoder:
        """Returns the encoder of a model: all of it is in the config."""
        return ImageEncoder(int(config.image_size), config.resize, config.bit_depth)

    def column_of_table(self, name: str, data: JsonFields, ids: Sequence[str]) -> Mapping[str, str]:
        """Reads a column of a table of images, whose ids are their paths."""
        columns = replace(image_columns_of(data), required=False)
        return read_column(Path(data["source"]), name, columns, data.get("data_dir"))

    def other_ways(self, split: Split, source: str) -> list[OtherWay]:
        """Returns the endpoint of encoded images: the files of three, or PNGs of their pixels."""
        encoded = [_encoded(split, source, row) for row in range(min(3, len(split)))]
        return [OtherWay("from encoded images", "serve_bytes", {"encoded": encoded})]

    def explainer(self) -> Explainer:
        """Returns maps over images."""
        from kerasft.inputs.images.explainer import ImageExplainer

        return ImageExplainer()

    def described(self, values: JsonFields) -> JsonObject:
        """Returns image_size, resize and bit_depth of a description."""
        size, resize, depth = (values.get(key) for key in ("image_size", "resize", "bit_depth"))
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
            raise ValueError(f"image_size is {size!r}")
        if resize not in RESIZES:
            raise ValueError(f"resize is {resize!r}")
        if depth is not None and (
            not isinstance(depth, int) or isinstance(depth, bool) or not 8 <= depth <= 16
        ):
            raise ValueError(f"bit_depth is {depth!r}")
        return {"image_size": size, "resize": resize, "bit_depth": depth}

    def encoder_of_file(self, values: JsonFields, files: Mapping[str, bytes], source: Path) -> ImageEncoder:
        """Returns the encoder of an exported file."""
        return ImageEncoder(**values)


def _encoded(split: Split, source: str, row: int) -> bytes:
    """Returns an image's own file if it is a JPEG or PNG, else its pixels as a PNG."""
    path = Path(source) / split.ids[row]
    content = path.read_bytes() if path.is_file() else b""
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return content
    buffer = io.BytesIO()
    Image.fromarray(split.examples[row]).save(buffer, "PNG")
    return buffer.getvalue()


IMAGES = Images()
