"""Trap 4: raw RGB 0..255 goes in, and each family gets what its own `preprocess_input` makes of it."""

import keras
import numpy as np
import pytest

from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.preprocessing import preprocessing_of
from tests.seeds import draw_from

ONE_PER_FAMILY = ["vgg16", "resnet50", "resnet50_v2", "densenet121", "mobilenet", "mobilenet_v2", "inception_v3",
                  "inception_resnet_v2", "xception", "nasnet_mobile"]  # fmt: skip


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def graph_of(name):
    image = keras.Input((16, 16, 3), dtype="float32")
    return keras.Model(image, preprocessing_of(catalog.find(name))(image))


@pytest.mark.parametrize("name", ONE_PER_FAMILY)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_it_equals_the_familys_own_function(name, dtype, keras_function):
    images = np.random.default_rng(1).uniform(0, 255, (3, 16, 16, 3)).astype(dtype)
    before = images.copy()
    found = np.asarray(graph_of(name)(images))
    close(found, keras_function(catalog.find(name), images))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    "name, low, high",
    [
        ("mobilenet_v3_small", [-1] * 3, [1] * 3),
        ("efficientnet_v2_s", [-1] * 3, [0.9921875] * 3),
        ("efficientnet_b0", [-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.64]),
        ("efficientnet_v2_b3", [-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.64]),
        ("convnext_base", [-2.1179, -2.0357, -1.8044], [2.2489, 2.4286, 2.64]),
        ("starter", [-1] * 3, [1] * 3),
    ],
)
def test_black_and_white_where_keras_has_it_inside(name, low, high):
    graph = graph_of(name)
    np.testing.assert_allclose(np.asarray(graph(np.zeros((1, 16, 16, 3))))[0, 0, 0], low, atol=1e-4)
    np.testing.assert_allclose(np.asarray(graph(np.full((1, 16, 16, 3), 255)))[0, 0, 0], high, atol=1e-4)


def test_it_stays_float32_in_mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        graph = graph_of("resnet50")
    finally:
        keras.config.set_dtype_policy(before)
    assert graph.outputs[0].dtype == "float32"
    # 127 and 128 less the mean would be one value in bfloat16
    assert np.unique(np.asarray(graph(np.arange(256).repeat(3).reshape(1, 16, 16, 3)))).size == 256 * 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet50", "densenet121", "mobilenet"])
@pytest.mark.parametrize("integer", [False, True])
def test_it_converts_to_tflite_builtins(name, integer, tmp_path):
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    draw_from(0)
    image = keras.Input((16, 16, 3))
    model = keras.Model(image, keras.layers.Conv2D(4, 3)(preprocessing_of(catalog.find(name))(image)))
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.call, [tf.TensorSpec((1, 16, 16, 3), tf.float32)])
    archive.write_out(tmp_path / "model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "model"))
    images = np.random.default_rng(0).integers(0, 256, (64, 16, 16, 3)).astype("float32")
    if integer:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([each[None]] for each in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images[:1])
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    expected = np.asarray(model(images[:1]))
    tolerance = 0.05 * np.abs(expected).max() if integer else 1e-5 * np.abs(expected).max()
    np.testing.assert_allclose(found, expected, atol=tolerance)
