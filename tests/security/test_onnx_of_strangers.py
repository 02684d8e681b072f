"""ONNX files whose weights lie in other files, wherever a tensor can stand, and operators of other people."""

import os

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.formats.onnx_file import open_onnx
from tests.fuzz.targets import TARGETS

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402

SIZE = 64  # values: onnxruntime reads files for tensors of 128 bytes or more, and complains of smaller ones


def external(place, name="w"):
    tensor = TensorProto(name=name, data_type=1, dims=[SIZE], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", place), ("offset", "0"), ("length", str(4 * SIZE))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def graph(nodes, weights=(), name="g", inputs=("x",), output="y"):
    given = [helper.make_tensor_value_info(each, 1, ["n", SIZE]) for each in inputs]
    return helper.make_graph(
        nodes, name, given, [helper.make_tensor_value_info(output, 1, ["n", SIZE])], list(weights)
    )


def as_weights(place):
    return graph([helper.make_node("Add", ["x", "w"], ["y"])], [external(place)])


def as_a_constant(place):
    return graph(
        [
            helper.make_node("Constant", [], ["w"], value=external(place)),
            helper.make_node("Add", ["x", "w"], ["y"]),
        ]
    )


def in_a_list_of_tensors(place):
    node = helper.make_node("Add", ["x", "x"], ["y"])
    node.attribute.add(name="more", type=onnx.AttributeProto.TENSORS).tensors.append(external(place))
    return graph([node])


def inside_of_a_node(place):
    inner = graph([helper.make_node("Identity", ["w"], ["z"])], [external(place)], "inner", (), "z")
    true = helper.make_tensor("true", TensorProto.BOOL, [], [True])
    nodes = [helper.make_node("Constant", [], ["c"], value=true)]
    return graph([*nodes, helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)])


def as_sparse_values(place):
    made = as_weights(place)
    weights = made.initializer.pop()
    made.sparse_initializer.append(onnx.SparseTensorProto(values=weights, dims=[SIZE]))
    made.sparse_initializer[0].indices.CopyFrom(
        helper.make_tensor("i", TensorProto.INT64, [SIZE], range(SIZE))
    )
    return made


def as_sparse_places(place):
    made = as_sparse_values(place)
    sparse = made.sparse_initializer[0]
    sparse.values.CopyFrom(helper.make_tensor("w", 1, [SIZE], np.ones(SIZE)))
    sparse.indices.CopyFrom(external(place, "i"))
    return made


def without_a_location(place):
    """The list of places is there, and the field that says that it counts is not."""
    made = as_weights(place)
    made.initializer[0].ClearField("data_location")
    return made


PLACES = (
    as_weights,
    as_a_constant,
    in_a_list_of_tensors,
    inside_of_a_node,
    as_sparse_values,
    as_sparse_places,
    without_a_location,
)


def write(path, made, functions=(), domains=()):
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(each, 1) for each in domains)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8, functions=functions)
    model.metadata_props.add(key="kerasft.json", value="{}")
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def secret(tmp_path, monkeypatch):
    """A file of the user's, in the folder of the model and in the current one."""
    monkeypatch.chdir(tmp_path)
    np.arange(SIZE, dtype="float32").tofile(tmp_path / "secret.bin")
    return tmp_path / "secret.bin"


def test_the_same_model_with_its_weights_inside_is_read(tmp_path):
    """Else the tests below would hold for any file."""
    weights = helper.make_tensor("w", 1, [SIZE], np.ones(SIZE))
    made = graph([helper.make_node("Add", ["x", "w"], ["y"])], [weights])
    answer = open_onnx(write(tmp_path / "a.onnx", made)).session.run(None, {"x": np.zeros((1, SIZE), "f4")})[
        0
    ]
    assert answer.tolist() == [[1.0] * SIZE]


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("place", ["secret.bin", "ABSOLUTE", "../NAME/secret.bin"])
def test_weights_in_another_file_are_refused_before_a_runtime_sees_them(make, place, secret, monkeypatch):
    place = place.replace("ABSOLUTE", os.path.abspath("secret.bin")).replace("NAME", secret.parent.name)
    monkeypatch.setattr(
        "onnxruntime.InferenceSession", lambda *given, **more: pytest.fail("onnxruntime saw it")
    )
    with pytest.raises(InputError, match="takes the values of '[wi]' from another file"):
        kerasft.predict(write(secret.with_name("model.onnx"), make(place)), "x.png")


def test_a_function_with_weights_in_another_file_is_refused(secret):
    nodes = [
        helper.make_node("Constant", [], ["w"], value=external("secret.bin")),
        helper.make_node("Add", ["a", "w"], ["b"]),
    ]
    function = helper.make_function("local", "f", ["a"], ["b"], nodes, [helper.make_opsetid("", 17)])
    made = graph([helper.make_node("f", ["x"], ["y"], domain="local")])
    with pytest.raises(InputError, match="takes the values of 'w' from another file"):
        open_onnx(write(secret.with_name("model.onnx"), made, [function], ["local"]))


def test_operators_of_other_people_are_refused(tmp_path):
    """onnxruntime's EPContext, for one, names a file."""
    node = helper.make_node(
        "EPContext", ["x"], ["y"], domain="com.microsoft", ep_cache_context="../secret.bin"
    )
    with pytest.raises(InputError, match="an operator that is not ONNX's own: 'com.microsoft'"):
        open_onnx(write(tmp_path / "model.onnx", graph([node]), domains=["com.microsoft"]))


@pytest.mark.parametrize("content", [b"hello", b"\x0a" * 100, b"PK\x03\x04" + bytes(99)])
def test_what_is_no_model_is_refused(content, tmp_path):
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(InputError, match=r"can't load the .onnx file: it is none, or damaged.*--format onnx"):
        open_onnx(tmp_path / "a.onnx")


def test_metadata_that_is_no_text_is_a_damaged_file(tmp_path):
    model = helper.make_model(graph([helper.make_node("Identity", ["x"], ["y"])]))
    helper.set_model_props(model, {"nameofit": "kerasft"})
    path = tmp_path / "a.onnx"
    path.write_bytes(model.SerializeToString().replace(b"nameofit", b"nameofi\xb6"))
    with pytest.raises(InputError, match="the .onnx file is damaged"):
        open_onnx(path)


@pytest.mark.parametrize("name", [b"images", b"answers", b"n\x12"])
def test_names_that_are_no_text_are_refused_and_nothing_is_printed(name, tmp_path, capfd):
    """Of inputs, outputs and sizes; onnxruntime decodes them when they are asked for."""
    content = TARGETS["model in an .onnx"].seeds()[0]
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    open_onnx(path)
    assert name in content
    path.write_bytes(content.replace(name, b"\xff" + name[1:]))
    with pytest.raises(InputError, match="the .onnx file is damaged|can't load the .onnx file"):
        open_onnx(path)
    assert capfd.readouterr().out == ""
