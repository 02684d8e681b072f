"""Naming the operations that dynamic, int16 and float16 hurt, from the files themselves."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from kerasft.base.errors import GateError
from kerasft.contract.splits import Split
from kerasft.exporting import comparing, export
from kerasft.exporting.plan import Plan
from kerasft.formats.tflite import write_tflite
from kerasft.inputs.texts.column import Texts
from tests.descriptions import of_texts
from tests.programs import program_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spoiled(trained):
    """The trained model behind weights that 8 bits can't hold: those of silent channels are 3000 times the others."""
    import keras

    model, splits = trained
    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    layers = [keras.layers.Conv2D(n, 1, use_bias=False, name=name) for name, n in
              (("wide", 64), ("mixer", 32), ("narrow", 3))]  # fmt: skip
    x = image
    for layer in layers:
        x = layer(x)
    found = keras.Model(image, model(x))
    mixing = np.full((64, 32), 3000.0)  # the converter leaves fewer than 1024 weights in float
    mixing[:3] = np.eye(3, 32)
    for layer, kernel in zip(layers, (np.eye(3, 64), mixing, np.eye(32, 3)), strict=True):
        layer.set_weights([kernel[None, None].astype("float32")])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("quantization", ["dynamic", "int16"])
def test_a_failing_file_names_the_operation_that_it_hurts(quantization, spoiled, toy_run):
    toy_run.model = spoiled
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize=quantization)
    first = str(caught.value).splitlines()[0]
    worst = re.search(rf"; {quantization} hurts most: mixer \(CONV_2D, noise (.+?)% to (.+?)%\)", first)
    assert worst, first
    before, after = map(float, worst.groups())
    assert before < 5 and after > 80, "the signal is gone behind it"
    assert "narrow" not in first, "it passes on the noise that it got"
    assert [path.name for path in toy_run.run_dir.rglob("*")] == ["exports"]


def test_a_file_has_no_noise_beside_itself(exports, trained):
    examples = [{"image": image[None].astype("float32")} for image in trained[1].test.images[:3]]
    exact, dynamic = (exports[quantization].path.read_bytes() for quantization in ("float32", "dynamic"))
    assert comparing.worst_operations(exact, exact, examples) == []
    worst = comparing.worst_operations(dynamic, exact, examples)
    assert 1 <= len(worst) <= 3 and all("noise" in each for each in worst)


@pytest.mark.slow
def test_the_operations_of_texts_are_named_too(make_text_toy, tmp_path, monkeypatch):
    monkeypatch.setattr(comparing, "_SMALLEST", 0.0)  # float16 hurts little
    toy = make_text_toy("bert")
    examples, labels = Texts(toy.texts[:4]), np.zeros(4, int)
    split = Split("test", examples, labels, tuple("abcd"), tuple("abcd"))
    plan = object.__new__(Plan)  # without a run to measure
    plan.reference = SimpleNamespace(split=split, examples=examples)
    schema = ("a", "b", "c")
    plan.program = lambda quantization: program_of(
        toy.model, of_texts(toy.encoder, schema, toy.family, quantization), toy.encoder
    )
    path = tmp_path / "model_float16.tflite"
    write_tflite(plan.program("float16"), path)
    worst = plan.worst_operations("float16", path)
    assert len(worst) == 3
    assert all(re.fullmatch(r"\S+ \([A-Z0-9_]+, noise [\d.]+% to [\d.]+%\)", each) for each in worst), worst
    assert plan.worst_operations("onnx", path) == []
