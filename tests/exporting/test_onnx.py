"""ONNX: the same answers in onnxruntime, with and without kerasft, and files that are damaged or not ours."""

import json
import subprocess
import sys

import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.exporting import export
from kerasft.formats import onnx as onnx_file
from kerasft.predicting.opening import load_predictor
from kerasft.targets.classes.agreement import sum_limit
from tests.floats import assert_alike
from tests.threads import answers_alike

for package in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(package, reason='ONNX is not installed: pip install "kerasft[onnx]"')


@pytest.fixture(scope="module")
def made(make_toy_run, tmp_path_factory):
    """The ONNX export of the trained toy. Don't write into its folder."""
    return export(make_toy_run(tmp_path_factory.mktemp("onnx")), "onnx")


def test_it_answers_as_keras_does(made, trained, limit):
    assert made.path.name == "model.onnx" and made.row.quantization == "onnx"
    assert not made.row.failures and made.row.agreement == 1
    predictor = load_predictor(made.path)
    assert predictor.kind == "onnx"
    images = trained[1].test.images[:40]
    together = predictor.predict(images)
    alone = np.concatenate([predictor.predict(images[i : i + 1]) for i in range(40)])
    assert_alike("ONNX, images, in other batches", alone, together, limit)
    assert np.abs(together.astype("float64").sum(axis=1) - 1).max() <= sum_limit(10)
    assert predictor.predict(images[:0]).shape == (0, 10)


def test_threads_may_share_it(made, trained):
    answers_alike(load_predictor(made.path).predict, trained[1].test.images[:12])


def test_a_process_without_kerasft_reads_labels_and_answers(made, trained, limit):
    code = """if True:
        import json, sys
        sys.modules["kerasft"] = sys.modules["tensorflow"] = None
        import numpy as np, onnxruntime
        session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
        labels = session.get_modelmeta().custom_metadata_map["labels.txt"].split()
        images = np.array(json.loads(sys.stdin.read()), "float32")
        print(json.dumps([labels, session.run(["probabilities"], {"image": images})[0].tolist()]))
    """
    images = trained[1].test.images[:3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(made.path)],
        input=json.dumps(images.tolist()), capture_output=True, text=True, check=True,
    )  # fmt: skip
    labels, answers = json.loads(done.stdout)
    assert labels == list("0123456789")
    ours = load_predictor(made.path).predict(images)
    assert_alike("ONNX in another process, images", answers, ours, limit)


def test_the_same_model_is_valid_onnx(made):
    import onnx

    model = onnx.load(str(made.path))
    onnx.checker.check_model(model)
    assert [each.key for each in model.metadata_props] == ["labels.txt", "kerasft.json"]


def test_damaged_and_foreign_files_are_told_apart(made, tmp_path):
    import onnx

    content = made.path.read_bytes()
    cases = {
        "cut": (content[:-400], "can't load the .onnx file|carries no class names"),
        "text": (b"hello, this is text", "onnxruntime can't load the .onnx file: .*--format onnx"),
        "empty": (b"", "can't load the .onnx file"),
    }
    model = onnx.load_from_string(content)
    model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))
    cases["changed"] = (model.SerializeToString(), "damaged or was changed: hashes differ")
    del model.metadata_props[:]
    cases["foreign"] = (
        model.SerializeToString(),
        "carries no class names .kerasft.json., so it is not from kerasft",
    )
    for name, (data, reason) in cases.items():
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(data)
        with pytest.raises(InputError, match=reason):
            load_predictor(path)


def test_weights_outside_the_file_are_never_read(made, tmp_path):
    """An ONNX file may name other files for its weights: any file of this computer."""
    import onnx

    model = onnx.load(str(made.path))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    (tmp_path / "secret").write_bytes(b"x" * 100_000)
    path = tmp_path / "folder" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="takes the values of .* from another file"):
        load_predictor(path)


def test_what_is_missing_is_named_before_the_work(monkeypatch, toy_run):
    monkeypatch.setattr(onnx_file.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(type(toy_run), "load_model", lambda self: pytest.fail("too late"))
    with pytest.raises(
        UnavailableError, match=r'needs tf2onnx, onnx, onnxruntime: pip install "kerasft\[onnx\]"'
    ):
        export(toy_run, "onnx")


def test_without_onnxruntime_predicting_says_what_to_install(monkeypatch, made):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr("kerasft.formats.onnx_file.importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r'is missing: pip install "kerasft\[onnx\]"'):
        load_predictor(made.path)
