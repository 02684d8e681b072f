"""Representative images, and operators that TFLite doesn't have."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasft.base.errors import InputError, KerasftError
from kerasft.exporting.representative import draw_evenly
from kerasft.formats import tflite
from kerasft.inputs.images.serving import SERVING
from tests.descriptions import of_images
from tests.programs import program_of

check_representative = SERVING.check_representative
PICTURES = np.random.default_rng(0).integers(0, 256, (120, 8, 8, 3), dtype="uint8")


def description(quantization="float32"):
    return of_images(("a", "b"), 8, quantization=quantization)


def test_every_class_is_drawn_before_any_is_drawn_twice():
    labels = np.array([0] * 500 + [1] * 30 + [2] * 5)
    drawn = labels[draw_evenly(labels, len(labels), 60)]
    assert np.bincount(drawn).tolist() == [28, 27, 5] or np.bincount(drawn).tolist() == [27, 28, 5]


def test_the_same_seed_draws_the_same_pictures():
    labels = np.arange(500) % 7
    first, same, other = (draw_evenly(labels, 500, 50, seed) for seed in (3, 3, 4))
    assert first.tolist() == same.tolist() != other.tolist()
    assert len(set(first.tolist())) == 50


def test_all_are_taken_when_there_are_fewer():
    assert draw_evenly(np.arange(40) % 3, 40, 300).tolist() == list(range(40))
    assert draw_evenly(None, 40, 300).tolist() == list(range(40))


@pytest.mark.parametrize("count", (0, 1, 99))
def test_too_few_are_refused(count):
    with pytest.raises(InputError, match=f"at least 100 representative images .received: {count}."):
        check_representative(PICTURES[:count])


def test_a_small_training_split_is_enough_but_not_a_tiny_one():
    check_representative(PICTURES[:50], available=50)
    with pytest.raises(InputError, match="at least 50 representative images .received: 49."):
        check_representative(PICTURES[:49], available=50)
    with pytest.raises(InputError, match="at least 10 representative images .received: 6."):
        check_representative(PICTURES[:6], available=6)


@pytest.mark.parametrize(
    ("pictures", "values"),
    [
        (PICTURES / 255, "values from 0 to 1"),
        (PICTURES / 127.5 - 1, "values from -1 to 1"),
        (PICTURES * 2.0, "values from 0 to 510"),
        (np.where(PICTURES > 254, np.nan, PICTURES), "values from nan to nan"),
    ],
)
def test_trap_14_a_wrong_range_is_refused(pictures, values):
    with pytest.raises(InputError, match=f"raw values from 0 to 255.*{values}"):
        check_representative(pictures)


def test_int8_without_pictures_is_refused_and_makes_no_float_file(tmp_path):
    with pytest.raises(InputError, match="at least 100 representative images"):
        program = program_of(small_model(keras.layers.ReLU()), description("int8"))
        tflite.write_tflite(program, tmp_path / "model.tflite")
    assert list(tmp_path.iterdir()) == []


def small_model(layer):
    image = keras.Input((8, 8, 3), name="image", dtype="float32")
    x = keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(image))
    return keras.Model(image, keras.layers.Dense(2, name="logits")(layer(x)))


def test_dark_pictures_still_give_a_file_that_takes_plain_bytes(tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    path = tmp_path / "dark.tflite"
    program = program_of(small_model(keras.layers.ReLU()), description("int8"))
    tflite.write_tflite(program, path, PICTURES // 8)
    details = Interpreter(model_path=str(path)).get_input_details()[0]
    assert (details["dtype"], details["quantization"]) == (np.uint8, (1.0, 0))


class Erf(keras.layers.Layer):
    """TFLite has no builtin for this operator."""

    def call(self, x):
        return tf.math.erf(x)


def test_trap_12_operators_without_a_builtin_are_named(tmp_path):
    with pytest.raises(KerasftError) as caught:
        tflite.write_tflite(program_of(small_model(Erf()), description()), tmp_path / "model.tflite")
    assert str(caught.value) == (
        "the backbone toy needs operators that TFLite has no builtin for: Erf; "
        "export it with --format saved_model, or train with another --backbone"
    )
    assert list(tmp_path.iterdir()) == []


def test_trap_12_flex_operators_are_found_in_the_file_itself(tmp_path):
    """Were Flex ever allowed, the file would still be refused: this makes one as Keras' own exporter does."""
    tflite._write_for_conversion(program_of(small_model(Erf()), description()), tmp_path / "model")
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "model"))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    with pytest.raises(KerasftError, match="no builtin for: FlexErf;"):
        tflite.require_builtin_operators(converter.convert(), description())
