"""Decode and resize as TensorFlow operations: what exported models carry inside.

`resize_tensor` is the only resize in kerasft: training, prediction and export all use it. `decode_tensor`
gives the same pixels as `decode.decode_image` for JPEG and PNG (bit for bit, see tests/data/test_graph.py;
JPEG needs the exact inverse DCT and smooth chroma upsampling, the defaults of libjpeg and of Pillow).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import tensorflow as tf

from kerasft.base.resizing import GREY, RESIZES, letterbox_box


def resize_tensor(image: tf.Tensor, image_size: int, resize: str = "stretch") -> tf.Tensor:
    """Resizes one image: bilinear, antialiased when it shrinks, rounded to whole numbers.

    Args:
        image: Tensor (height, width, 3), any number type, values 0..255.
        image_size: Side of the result, in pixels.
        resize: "stretch" (whole image, proportions not kept), "crop" (the central square first) or "letterbox" (whole
            image, proportions kept, `GREY` beside it: see `letterbox_box`).

    Returns:
        uint8 tensor (image_size, image_size, 3).
    """
    if resize not in RESIZES:
        raise ValueError(f"resize must be one of {RESIZES} (received: {resize!r})")
    image = tf.convert_to_tensor(image)
    if resize == "letterbox":
        resized = _letterboxed(image, image_size)
    else:
        whole = _central_square(image) if resize == "crop" else image
        resized = _resized(whole, image_size, image_size)
    resized.set_shape((image_size, image_size, 3))
    return resized


@lru_cache(maxsize=16)
def resize_function(image_size: int, resize: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns `resize_tensor` for one size as a traced function of a uint8 (height, width, 3) image.

    It stays on the CPU: a GPU resizes with other rounding, and its memory belongs to the model.
    """

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3), tf.uint8)])
    def resize_one(image: tf.Tensor) -> tf.Tensor:
        with tf.device("CPU:0"):
            return resize_tensor(image, image_size, resize)

    return resize_one


def decode_tensor(encoded: tf.Tensor, bit_depth: int | None = None) -> tf.Tensor:
    """Decodes JPEG or PNG bytes in the graph, as `decode.decode_image` does.

    EXIF orientation (JPEG), grey, palette, transparency over white, 1, 2, 4, 8 and 16 bits per channel.
    Other formats fail: TensorFlow would decode some of them to other pixels, silently.

    Args:
        encoded: Scalar string tensor.
        bit_depth: As for `decode.decode_image`; values that don't fit fail.

    Returns:
        uint8 tensor (height, width, 3).
    """
    encoded = tf.convert_to_tensor(encoded, tf.string)
    image = tf.cond(
        tf.io.is_jpeg(encoded), lambda: _decode_jpeg(encoded), lambda: _decode_png(encoded, bit_depth)
    )
    image.set_shape((None, None, 3))
    return image


def _resized(image: tf.Tensor, height: int | tf.Tensor, width: int | tf.Tensor) -> tf.Tensor:
    resized = tf.image.resize(image, (height, width), method="bilinear", antialias=True)
    return tf.saturate_cast(tf.round(resized), tf.uint8)


def _letterboxed(image: tf.Tensor, size: int) -> tf.Tensor:
    shape = tf.shape(image)
    top, left, height, width = letterbox_box(shape[0], shape[1], size, tf.maximum)
    bars = ((top, size - top - height), (left, size - left - width), (0, 0))
    return tf.pad(_resized(image, height, width), bars, constant_values=tf.constant(GREY, tf.uint8))


def _central_square(image: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(image)
    side = tf.minimum(shape[0], shape[1])
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    return image[top : top + side, left : left + side]


def _decode_png(encoded: tf.Tensor, bit_depth: int | None) -> tf.Tensor:
    data = tf.io.decode_raw(encoded, tf.uint8)
    is_png = tf.equal(tf.strings.substr(encoded, 0, 4), b"\x89PNG")
    with tf.control_dependencies([tf.Assert(is_png, ["not a JPEG or PNG file"])]):
        depth = _bytes(data, 24, 1)[0]
        wide = tf.equal(depth, 16)
    rgba = tf.cond(
        wide, lambda: _decode_wide(encoded, bit_depth), lambda: tf.io.decode_png(encoded, channels=4)
    )
    rgba = tf.cast(rgba, tf.int32)
    color, alpha = rgba[..., :3], _opaque_if_filled(rgba[..., 3:], depth)
    return tf.cast((color * alpha + 255 * (255 - alpha) + 127) // 255, tf.uint8)


def _decode_wide(encoded: tf.Tensor, bit_depth: int | None) -> tf.Tensor:
    """16 bits per channel: the upper 8 of the bits that count (see `depth.fixed`)."""
    values = tf.cast(tf.io.decode_png(encoded, channels=4, dtype=tf.uint16), tf.int32)
    highest = tf.reduce_max(values[..., :3])
    if bit_depth is None:
        fits = tf.equal(highest, 0) | (highest >= 1 << 14)
    else:
        fits = highest < 1 << bit_depth
    if bit_depth not in (None, 16):
        fits &= tf.reduce_all(tf.equal(values[..., 3], 0xFFFF))
    told = [
        "a 16-bit PNG whose values don't fit the model: the highest, and the bits that are read:",
        highest,
    ]
    with tf.control_dependencies([tf.Assert(fits, [*told, bit_depth or 16])]):
        color = tf.bitwise.right_shift(values[..., :3], (bit_depth or 16) - 8)
    alpha = tf.bitwise.right_shift(values[..., 3:], 8)
    return tf.cast(tf.concat([color, alpha], axis=-1), tf.uint8)


def _opaque_if_filled(alpha: tf.Tensor, depth: tf.Tensor) -> tf.Tensor:
    """TensorFlow gives opaque PNGs of 1, 2 and 4 bits per pixel an alpha of 1, 3 and 15 instead of 255."""
    highest = tf.bitwise.left_shift(1, tf.minimum(depth, 8)) - 1
    return tf.where(tf.reduce_all(tf.equal(alpha, highest)), 255, alpha)


def _decode_jpeg(encoded: tf.Tensor) -> tf.Tensor:
    image = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True)
    return _apply_orientation(image, _exif_orientation(tf.io.decode_raw(encoded, tf.uint8)))


def _apply_orientation(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Orientations 2..8 of EXIF 2.32, tag 0x0112: 5..8 exchange rows and columns, then edges are flipped."""
    turned = tf.cond(orientation >= 5, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    across = tf.reduce_any(tf.equal(orientation, (2, 3, 6, 7)))
    down = tf.reduce_any(tf.equal(orientation, (3, 4, 7, 8)))
    turned = tf.cond(across, lambda: turned[:, ::-1], lambda: turned)
    return tf.cond(down, lambda: turned[::-1], lambda: turned)


def _bytes(data: tf.Tensor, position: int | tf.Tensor, count: int) -> tf.Tensor:
    """Some bytes as int32 (count,); 0 before the start and beyond the end, so that damaged metadata never fails."""
    positions, last = position + tf.range(count), tf.size(data) - 1
    values = tf.cast(tf.gather(data, tf.clip_by_value(positions, 0, last)), tf.int32)
    return tf.where((positions >= 0) & (positions <= last), values, 0)


def _number(values: tf.Tensor, big_endian: bool | tf.Tensor) -> tf.Tensor:
    """The whole number that 2 or 4 bytes are; of 4, those above 2**31 - 1 are negative."""
    places = [256**place for place in reversed(range(values.shape[0]))]
    return tf.reduce_sum(tf.where(big_endian, values, values[::-1]) * places)


def _exif_orientation(data: tf.Tensor) -> tf.Tensor:
    """Reads tag 0x0112 from the APP1 segment of a JPEG: 1 to 8, and 1 when it is missing or damaged."""
    start = _exif_start(data)
    return tf.cond(start > 0, lambda: _orientation_tag(data, start), lambda: tf.constant(1))


def _exif_start(data: tf.Tensor) -> tf.Tensor:
    """Walks the JPEG's segments (marker FF xx, two bytes of length) to the TIFF header of its EXIF, or 0."""
    exif = [0xE1, *b"Exif\0\0"]

    def step(position: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        segment = _bytes(data, position + 1, 9)  # marker, length, and what an EXIF begins with
        marker, begin = segment[0], tf.gather(segment, [0, *range(3, 9)])
        found = tf.reduce_all(tf.equal(begin, exif))
        # Bytes FF before a marker are padding: skip one at a time.
        length = tf.where(tf.equal(marker, 0xFF), 1, 2 + tf.maximum(2, _number(segment[1:3], True)))
        return tf.where(found, position, position + length), found

    def searching(position: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
        first, marker = tf.unstack(_bytes(data, position, 2))
        header = tf.equal(first, 0xFF) & tf.not_equal(marker, 0xDA)
        return header & ~found & (position < tf.size(data))

    position, found = tf.while_loop(searching, step, (tf.constant(2), tf.constant(False)))
    return tf.where(found, position + 10, 0)


def _orientation_tag(data: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    header = _bytes(data, start, 8)
    big_endian = tf.equal(header[0], ord("M"))
    directory = start + _number(header[4:], big_endian)
    entries = tf.minimum(_number(_bytes(data, directory, 2), big_endian), 1000)
    # Without the number that marks a TIFF header, there is nothing to read.
    entries = tf.where(tf.equal(_number(header[2:4], big_endian), 42), entries, 0)

    def step(index: tf.Tensor, orientation: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        entry = _bytes(data, directory + 2 + 12 * index, 12)
        tag, kind, short = (_number(entry[at : at + 2], big_endian) for at in (0, 2, 8))
        count, long = (_number(entry[at : at + 4], big_endian) for at in (4, 8))
        value = tf.where(tf.equal(kind, 3), short, tf.where(tf.equal(kind, 4), long, orientation))
        return index + 1, tf.where(tf.equal(tag, 0x0112) & tf.equal(count, 1), value, orientation)

    _, orientation = tf.while_loop(lambda index, _: index < entries, step, (tf.constant(0), tf.constant(1)))
    return tf.where((orientation >= 1) & (orientation <= 8), orientation, 1)
