"""The quantizations by name, `auto`, int8 at both ends, int16, and files that leave the worst operations in float."""

import dataclasses
import json

import numpy as np
import pytest

from kerasft.base.errors import GateError, InputError
from kerasft.exporting import choose_quantization, export, measuring
from kerasft.exporting.gate import EXACT, Target, target_of
from kerasft.formats import selective, tflite
from kerasft.predicting.opening import load_predictor
from tests.descriptions import of_model
from tests.programs import program_of


def test_what_does_not_fit_together_is_told():
    assert choose_quantization("tflite", "auto") == "auto" and choose_quantization("onnx", None) == "onnx"
    with pytest.raises(
        InputError, match="an ONNX file is not quantized .received: int8.; leave out --quantize"
    ):
        choose_quantization("onnx", "int8")
    with pytest.raises(
        InputError, match="only int8 files have integers .*--io int8.; leave out --io, or add"
    ):
        choose_quantization("tflite", "int16", "int8")
    with pytest.raises(
        InputError, match="type of input and output is unknown .received: int4.; did you mean 'int8'"
    ):
        choose_quantization("tflite", "int8", "int4")


def test_the_shares_of_the_gate_can_be_set():
    assert target_of("int8", 0.02, 0.9) == Target(agreement=0.9, drop=0.02)
    assert target_of("int16", min_agreement=1.0) == Target(agreement=1.0, drop=0.01)
    assert target_of("float32", 0.5, 0.5) == EXACT, "float files answer alike"


def test_a_share_must_be_one(toy_run):
    with pytest.raises(InputError) as caught:
        export(
            toy_run, quantize="auto", max_accuracy_drop=1.5, min_agreement=float("nan"), unknown_precision=95
        )
    assert [problem.what.split()[0] for problem in caught.value.problems] == [
        "--max-accuracy-drop", "--min-agreement", "--unknown-precision",
    ]  # fmt: skip
    assert "must be a share from 0 to 1 (received: 1.5)" in str(caught.value)


def test_int8_at_both_ends(toy_run):
    made = export(toy_run, quantize="int8", io="int8")
    predictor = load_predictor(made.path)
    (given,), (answer,) = predictor.runtime.given.values(), predictor.runtime.answers.values()
    assert given["dtype"] == answer["dtype"] == np.int8
    assert given["quantization"] == (1.0, -128)
    assert answer["quantization"] == (1 / 256, -128)
    uint8 = load_predictor(export(toy_run, quantize="int8").path)
    images = toy_run.data.test.images[:50]
    np.testing.assert_array_equal(predictor.predict(images), uint8.predict(images))


def test_int16_computes_in_sixteen_bits(exports):
    predictor = load_predictor(exports["int16"].path)
    kinds = {detail["dtype"] for detail in predictor.runtime.interpreter.get_tensor_details()}
    assert np.int16 in kinds and np.int8 in kinds
    (given,), (answer,) = predictor.runtime.given.values(), predictor.runtime.answers.values()
    assert given["dtype"] == answer["dtype"] == np.float32
    assert exports["int16"].row.difference < exports["int8"].row.difference


def failing(monkeypatch, *quantizations):
    """Makes some quantizations answer with another class than the Keras model."""
    measure = measuring.measure_file

    def measured(path, quantization, reference, target):
        row, answers = measure(path, quantization, reference, target)
        return dataclasses.replace(
            row, failures=("it was told to",)
        ) if quantization in quantizations else row, answers

    monkeypatch.setattr(measuring, "measure_file", measured)


def test_auto_takes_the_smallest_that_holds_and_says_why_not_the_others(monkeypatch, toy_run):
    failing(monkeypatch, "int8")
    monkeypatch.setattr(selective, "MOST_DEBUGGED", 5)
    made = export(toy_run, quantize="auto")
    assert made.row.quantization == "dynamic" and made.path.name == "model_dynamic.tflite"
    ((quantization, reason),) = made.refused
    assert quantization == "int8" and reason.startswith(
        "model_int8.tflite misses its targets: it was told to; int8 hurts"
    )
    assert str(made).startswith("int8 refused: model_int8.tflite misses its targets: it was told to")
    assert json.loads(made.details.read_text())["refused"] == [{"quantization": "int8", "reason": reason}]
    assert not (made.path.parent / "model_int8.tflite").exists()


def test_auto_takes_int8_where_it_holds(toy_run):
    made = export(toy_run, quantize="auto")
    assert made.row.quantization == "int8" and made.refused == ()


@pytest.mark.slow
def test_auto_without_any_that_holds(monkeypatch, toy_run):
    failing(monkeypatch, "int8", "dynamic", "int16", "mixed", "float16", "float32")
    monkeypatch.setattr(selective, "counts_to_try", lambda operations: [1])
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize="auto")
    first, *reasons, last = str(caught.value).splitlines()
    assert first == "no file keeps the gate"
    assert [line.split()[0] for line in reasons] == [
        "int8",
        "dynamic",
        "int16",
        "mixed",
        "float16",
        "float32",
    ]
    assert last.startswith("the run itself still predicts: kerasft predict '")
    assert [path.name for path in toy_run.run_dir.rglob("*")] == ["exports"]


@pytest.mark.slow
def test_a_file_that_cannot_be_run_is_refused(monkeypatch, toy_run):
    """As LiteRT does with int16 files of transformers, whose operations the converter writes and nobody can run."""
    from kerasft.predicting.predictor import Predictor

    predict = Predictor.predict

    def stop(self, examples):
        if self.kind == "run":
            return predict(self, examples)
        raise RuntimeError("SquaredDifference only supports FLOAT32\nNode number 9 failed to invoke.")

    monkeypatch.setattr(Predictor, "predict", stop)
    with pytest.raises(
        GateError, match="the exported file can't be run: SquaredDifference only supports FLOAT32"
    ):
        export(toy_run, quantize="int16")
    assert [path.name for path in toy_run.run_dir.rglob("*")] == ["exports"]


@pytest.fixture(scope="module")
def spoiled(trained):
    """The trained model behind a layer that int8 can't hold: one of its channels is 3000 times the others."""
    import keras

    model, splits = trained
    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    wide = keras.layers.Conv2D(6, 1, use_bias=False, name="wide")
    narrow = keras.layers.Conv2D(3, 1, use_bias=False, name="narrow")
    found = keras.Model(image, model(narrow(wide(image))))
    eye = np.eye(3, dtype="float32")
    wide.set_weights([np.concatenate([eye, 3000 * eye], axis=1)[None, None]])
    narrow.set_weights([np.concatenate([eye, 0 * eye])[None, None]])
    return found, splits


@pytest.mark.slow
def test_the_operations_that_int8_hurts_stay_in_float(spoiled, toy_run):
    toy_run.model, _ = spoiled
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize="int8")
    first = str(caught.value).splitlines()[0]
    assert "int8 hurts most: " in first
    made = export(toy_run, quantize="mixed")
    assert made.row.quantization == "mixed" and made.row.agreement >= 0.97
    wide, *readers = made.row.in_float
    assert wide.startswith("wide (CONV_2D, noise 50"), "the quiet half of its channels is lost"
    assert len(readers) == 1 and "(CONV_2D, noise " in readers[0], "the one that reads it stays in float too"
    assert "in float32, because int8 hurts them most: " in str(made)
    kinds = {d["op_name"] for d in load_predictor(made.path).runtime.interpreter._get_ops_details()}
    assert {"QUANTIZE", "DEQUANTIZE"} <= kinds


@pytest.mark.parametrize(
    ("operations", "counts"), [(1, [1]), (2, [1]), (9, [1, 2, 4]), (100, [1, 2, 4, 8, 16, 32])]
)
def test_how_many_are_tried(operations, counts):
    assert selective.counts_to_try(operations) == counts


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [
        ("task_1/backbone_1/expanded_conv_4_squeeze_1/Mul;;task_1/other", "expanded_conv_4_squeeze"),
        ("task_1/backbone_1/transformer_block_2_1/ln_1_1/moments/mean", "transformer_block_2/ln_1/moments"),
        (";task/logits_1/MatMul", "logits"),
        ("StatefulPartitionedCall:0", "StatefulPartitionedCall:0"),
    ],
)
def test_operations_are_named_by_their_layers(tensor, layer):
    assert selective.layer_of(tensor) == layer


def test_the_temperature_costs_no_operation(exports, toy_run, tmp_path):

    assert exports["float32"].calibration.temperature != 1
    plain = tmp_path / "plain.tflite"
    tflite.write_tflite(program_of(toy_run.model, of_model(toy_run.model_config, "float32")), plain)
    opened = [load_predictor(path).runtime.interpreter for path in (plain, exports["float32"].path)]
    first, second = ([each["op_name"] for each in each._get_ops_details()] for each in opened)
    assert first == second
