"""A .tflite that would end LiteRT, or ask it for gigabytes, is refused before LiteRT reads it."""

import struct

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.base.quiet import quiet
from kerasft.formats.litert import SUBGRAPHS, open_interpreter
from kerasft.formats.onnx import with_metadata
from kerasft.formats.tflite_graph import read_graph
from kerasft.predicting.opening import load_predictor
from tests.descriptions import attach, of_images
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


def _stopping_tflite(path):
    """Asks for the 300th of five numbers, once it runs."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([1, 4, 4, 3])])
    def model(images):
        beyond = tf.cast(tf.reduce_max(images), tf.int32) + 300
        return tf.zeros([1, 32]) + tf.gather(tf.constant([1.0, 2.0, 3.0, 4.0, 5.0]), beyond)

    converter = tf.lite.TFLiteConverter.from_concrete_functions([model.get_concrete_function()], model)
    with quiet():
        path.write_bytes(converter.convert())
    attach(path, of_images(map(str, range(32)), 4))


def _stopping_onnx(path):
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    sides = [
        helper.make_tensor_value_info(*each) for each in (("images", 1, ["n", 4, 4, 3]), ("y", 1, ["n", 3]))
    ]
    shape = helper.make_tensor("shape", onnx.TensorProto.INT64, [2], [7, 3])
    node = helper.make_node("Reshape", ["images", "shape"], ["y"])
    graph = helper.make_graph([node], "g", sides[:1], sides[1:], [shape])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    content = model.SerializeToString()
    described = of_images("abc", 4).beside(content, {}, model_bytes=len(content))
    path.write_bytes(with_metadata(content, {name: text.decode() for name, text in described.items()}))


@pytest.mark.parametrize(("suffix", "write"), [(".tflite", _stopping_tflite), (".onnx", _stopping_onnx)])
def test_a_file_that_stops_while_it_runs_is_refused(suffix, write, tmp_path):
    path = tmp_path / f"a{suffix}"
    write(path)
    predictor = load_predictor(path)
    with pytest.raises(InputError, match=f"the {suffix} file stops while it runs: .*a{suffix}"):
        predictor.predict(np.zeros((2, 4, 4, 3), "uint8"))
