"""A .tflite that would end LiteRT, or ask it for gigabytes, is refused before LiteRT reads it."""

import struct

import pytest

from kerasft.base.errors import InputError
from kerasft.base.quiet import quiet
from kerasft.formats.litert import SUBGRAPHS, open_interpreter
from kerasft.formats.tflite_graph import read_graph
from tests.fuzz.targets import TARGETS


def test_tensors_of_gigabytes_are_refused(tmp_path):
    (content,) = TARGETS["model in a .tflite"].seeds()
    path, shape = tmp_path / "a.tflite", struct.pack("<5i", 4, 1, 4, 4, 3)
    assert content.count(shape) >= 1
    path.write_bytes(content)
    open_interpreter(path, 1)
    path.write_bytes(content.replace(shape, struct.pack("<5i", 4, 25_000_000, 4, 4, 3)))
    with pytest.raises(InputError, match=r"asks for 4\.8 GB of tensors"):
        open_interpreter(path, 1)


def test_tensors_that_litert_cannot_tell_are_refused_and_not_left_out_of_the_count(tmp_path):
    """LiteRT's own list leaves out those whose names are no text, be they as large as they like."""
    (content,) = TARGETS["model in a .tflite"].seeds()
    path = tmp_path / "a.tflite"
    for large in (
        content,
        content.replace(struct.pack("<4i", 1, 4, 4, 3), struct.pack("<4i", 1 << 24, 4, 4, 3)),
    ):
        path.write_bytes(large.replace(b"images\0", b"\xffmages\0"))
        with pytest.raises(InputError, match="a tensor has a name that is no text"):
            open_interpreter(path, 1)
        with pytest.raises(InputError, match="a tensor has a name that is no text"):
            read_graph(path)


def test_tensors_of_gigabytes_in_a_second_graph_are_refused(tmp_path):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([1, 4, 7])])
    def model(numbers):
        return tf.while_loop(
            lambda each: tf.reduce_sum(each) < 1000, lambda each: tf.nn.relu(each) * 2, [numbers]
        )

    converter = tf.lite.TFLiteConverter.from_concrete_functions([model.get_concrete_function()], model)
    path, shape = tmp_path / "a.tflite", struct.pack("<4i", 3, 1, 4, 7)
    with quiet():
        content = converter.convert()
    path.write_bytes(content)
    open_interpreter(path, 1)
    parts = content.split(shape)
    assert len(parts) > 4  # of the graph itself, of the loop's condition and of its body
    for cut in range(1, len(parts)):
        large = struct.pack("<4i", 3, 1 << 26, 4, 7)
        path.write_bytes(shape.join(parts[:cut]) + large + shape.join(parts[cut:]))
        with pytest.raises(InputError, match=r"asks for 7\.5 GB of tensors"):
            open_interpreter(path, 1)


def test_a_model_without_a_graph_is_refused(tmp_path):
    """LiteRT ends the process."""
    (content,) = TARGETS["model in a .tflite"].seeds()
    (root,) = struct.unpack_from("<I", content)
    vtable = root - struct.unpack_from("<i", content, root)[0]
    path, damaged = tmp_path / "a.tflite", bytearray(content)
    damaged[vtable + SUBGRAPHS : vtable + SUBGRAPHS + 2] = b"\0\0"
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="the .tflite file holds no graph"):
        open_interpreter(path, 1)
    for bad in (content[:8], content[:8] + b"\xff" * 8, b"\xff" * 4 + content[4:]):
        path.write_bytes(bad)
        with pytest.raises(InputError, match="LiteRT can't load the .tflite file"):
            open_interpreter(path, 1)
