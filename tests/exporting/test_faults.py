"""Teeth: files of models that are a little wrong fail the gate, on any processor, and right ones pass.

The reference is the right model's, and what is exported is a copy with one fault, of the size of real mistakes: a
number of a layer that got lost, a temperature, a class, a weight.
"""

import dataclasses
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kerasft.base.statistics import softmax
from kerasft.exporting.gate import EXACT, TARGETS
from kerasft.exporting.plan import Plan
from kerasft.exporting.settings import Settings
from kerasft.predicting.opening import predictor_of_model
from kerasft.targets.classes.calibration import Calibration
from kerasft.tasks.image_classification.config import ModelConfig
from tests.floats import assert_alike
from tests.programs import missed

pytestmark = pytest.mark.floats
CONFIG = ModelConfig("toy", tuple("0123456789"), image_size=16)
TEMPERATURE = 1.25
SERVED = {"temperature": TEMPERATURE}


@pytest.fixture(scope="module")
def plan(trained):
    """An export of the trained toy, on 40 test images."""
    model, splits = trained
    splits = dataclasses.replace(splits, test=splits.test.subset(range(40)))
    predictor = predictor_of_model(model, CONFIG, SERVED)
    return Plan(predictor, Calibration(TEMPERATURE), CONFIG, splits, Settings())


def with_fault(model, fault, size=None):
    """Returns a copy of the image toy with a fault."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.jit_compile = False
    kernel, bias = copy.get_layer("logits").weights
    conv = next(layer for layer in copy.layers if isinstance(layer, keras.layers.Conv2D))
    if fault == "preprocessing: 1/128 for 1/127.5":
        next(layer for layer in copy.layers if isinstance(layer, keras.layers.Rescaling)).scale = 1 / 128
    elif fault == "preprocessing: no scale":
        next(layer for layer in copy.layers if isinstance(layer, keras.layers.Rescaling)).scale = 1.0
    elif fault == "BatchNormalization: epsilon 1.1e-3":
        for layer in copy.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.epsilon *= 1.1
    elif fault == "two classes swapped":
        for weight in (kernel, bias):
            value = weight.numpy()
            value[..., [0, 1]] = value[..., [1, 0]]
            weight.assign(value)
    elif fault == "one weight of the first layer 1 % off":
        value = conv.kernel.numpy()
        value.flat[np.abs(value).argmax()] *= 1.01
        conv.kernel.assign(value)
    elif fault == "one bias":
        bias.assign(bias.numpy() + np.eye(10, dtype="float32")[0] * size)
    elif fault == "weights in float16":
        copy.set_weights([value.astype("float16").astype("float32") for value in copy.get_weights()])
    return copy


def verdict(plan, logits, temperature):
    answers, yardstick = softmax(logits, temperature), plan.reference.yardstick
    return yardstick.missed(answers, yardstick.evaluate(answers), EXACT)


def logits_of(plan, model):
    return model.predict_on_batch(plan.reference.examples.astype("float32"))


@pytest.mark.parametrize(
    "quantization", [pytest.param("saved_model", marks=pytest.mark.slow), "float32", "onnx"]
)
def test_a_right_file_is_within_rounding(quantization, plan, tmp_path):
    if quantization == "onnx":
        pytest.importorskip("tf2onnx", reason='ONNX is not installed: pip install "kerasft[onnx]"')
    row, answers = plan.make(quantization, tmp_path / f"model.{quantization}", TARGETS[quantization])
    assert row.failures == ()
    names = {"saved_model": "SavedModel, images", "float32": "TFLite float32, images", "onnx": "ONNX, images"}
    assert_alike(
        names[quantization], answers, plan.reference.yardstick.expected, plan.reference.yardstick.rounding
    )


def test_a_copy_without_a_fault_passes(plan):
    assert verdict(plan, logits_of(plan, with_fault(plan.predictor.model, "none")), TEMPERATURE) == []


@pytest.mark.parametrize(
    "fault",
    [
        "preprocessing: 1/128 for 1/127.5",
        "preprocessing: no scale",
        "BatchNormalization: epsilon 1.1e-3",
        "two classes swapped",
        "one weight of the first layer 1 % off",
        "weights in float16",
    ],
)
def test_a_fault_fails(fault, plan):
    faulty = with_fault(plan.predictor.model, fault)
    (failure, *_) = verdict(plan, logits_of(plan, faulty), TEMPERATURE)
    assert failure.startswith("largest difference")


@pytest.mark.parametrize("temperature", [1.0, 1.2499, 1 / 1.25])
def test_a_wrong_temperature_fails(temperature, plan):
    logits = logits_of(plan, plan.predictor.model)
    assert verdict(plan, logits, TEMPERATURE) == [] != verdict(plan, logits, temperature)


@pytest.mark.parametrize(("share", "fails"), [(0.25, False), (2.0, True)])
def test_a_bias_just_above_the_limit_fails_and_one_well_below_passes(share, fails, plan):
    size = share * plan.reference.yardstick.rounding * TEMPERATURE
    logits = logits_of(plan, with_fault(plan.predictor.model, "one bias", size))
    assert bool(verdict(plan, logits, TEMPERATURE)) is fails


@pytest.mark.parametrize("quantization", [pytest.param("saved_model", marks=pytest.mark.slow), "float32"])
def test_the_file_of_a_wrong_model_fails(quantization, plan, tmp_path):
    right = plan.predictor
    wrong = with_fault(right.model, "one bias", 2 * plan.reference.yardstick.rounding * TEMPERATURE)
    plan.predictor = predictor_of_model(wrong, CONFIG, SERVED)
    try:
        row, _ = plan.make(quantization, tmp_path / f"model.{quantization}", TARGETS[quantization])
    finally:
        plan.predictor = right
    assert "and rounding explains" in row.failures[0]
    assert row.difference < TARGETS[quantization].difference, "no probability shows it"


@pytest.fixture(scope="module")
def texts(make_text_toy):
    """A toy BERT and a copy of it, what both read, the right answers, and how far off rounding may bring them."""
    toy = make_text_toy("bert")
    pairs, copy = toy.texts[::-1], keras.models.clone_model(toy.model)
    copy.set_weights(toy.model.get_weights())
    copy.jit_compile = False
    return SimpleNamespace(
        model=toy.model, copy=copy, tokens=toy.tokens(pairs),
        expected=toy.expected(pairs, 2.5), limit=toy.limit(pairs, 2.5),
    )  # fmt: skip


def with_gelu_by_tanh(model):
    copy, changed = keras.models.clone_model(model), 0
    copy.set_weights(model.get_weights())
    for layer in copy._flatten_layers():
        if getattr(layer, "activation", None) is not None and "gelu" in str(layer.activation):
            layer.activation, changed = keras.activations.gelu, changed + 1
    assert changed
    copy.jit_compile = False
    return copy


@contextmanager
def one_weight_off(model):
    """Makes one weight 1 % larger, until the block ends."""
    weight = next(each for each in model.weights if each.path.endswith("query/kernel"))
    kept = weight.numpy()
    value = kept.copy()
    value.flat[np.abs(value).argmax()] *= 1.01
    weight.assign(value)
    yield
    weight.assign(kept)


@pytest.mark.parametrize(
    "fault", ["none", "GELU by tanh", "no segments", "temperature 2.505", "one weight 1 % off"]
)
def test_faults_of_texts_fail(fault, texts):
    """Above all GELU by its tanh formula, which is less than 5e-4 from the right one."""
    model, tokens = texts.copy, texts.tokens
    if fault == "GELU by tanh":
        model = with_gelu_by_tanh(texts.model)
    elif fault == "no segments":
        tokens = {**tokens, "segment_ids": np.zeros_like(tokens["segment_ids"])}
    with one_weight_off(model) if fault == "one weight 1 % off" else nullcontext():
        logits = model.predict_on_batch(tokens)
    answers = softmax(logits, 2.505 if fault == "temperature 2.505" else 2.5)
    failures = missed(answers, texts.expected, texts.expected.argmax(1), EXACT, texts.limit)
    assert bool(failures) is (fault != "none")
