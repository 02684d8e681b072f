"""Every quantization on real digits: within its target, measured on the very file, usable without kerasft."""

import functools
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kerasft.exporting import gate
from kerasft.formats import saved_model, tflite
from kerasft.networks.rounding import UNIT
from kerasft.predicting.opening import load_predictor, predictor_of_model
from kerasft.targets.classes.agreement import sum_limit
from tests.descriptions import of_images, of_model
from tests.floats import assert_alike
from tests.programs import program_of

TFLITE = ("int8", "dynamic", "int16", "float16", "float32")
LADDER = (*TFLITE, "saved_model")


def expected(trained, config, temperature):
    model, splits = trained
    return predictor_of_model(model, config, {"temperature": temperature}).predict(splits.test.images)


@pytest.fixture(scope="module")
def opened(exports):
    """Opens the file of a quantization, once."""
    return functools.cache(lambda quantization: load_predictor(exports[quantization].path))


@pytest.mark.parametrize("quantization", LADDER)
def test_the_row_tells_what_the_file_does(quantization, exports, opened, trained, toy_run):
    made, test = exports[quantization], trained[1].test
    reference = expected(trained, toy_run.model_config, made.calibration.temperature)
    answers = opened(quantization).predict(test.images)
    assert made.row.accuracy == np.mean(answers.argmax(1) == test.labels)
    assert made.row.keras_accuracy == np.mean(reference.argmax(1) == test.labels) > 0.8
    assert made.row.difference == pytest.approx(np.abs(answers - reference).max(), abs=1e-6)
    assert made.row.agreement == np.mean(answers.argmax(1) == reference.argmax(1))
    assert made.row.examples == 360 and made.row.failures == ()


@pytest.mark.parametrize("quantization", ["saved_model", "float32", "float16"])
def test_float_quantizations_answer_with_the_same_probabilities(quantization, exports):
    target = gate.TARGETS[quantization]
    assert (
        exports[quantization].row.difference <= target.difference and not exports[quantization].row.failures
    )
    assert exports[quantization].row.agreement >= 0.99


@pytest.mark.parametrize(("quantization", "agreement"), [("dynamic", 0.99), ("int8", 0.97)])
def test_quantised_quantizations_decide_the_same(quantization, agreement, exports):
    row = exports[quantization].row
    assert row.agreement >= agreement
    assert row.keras_accuracy - row.accuracy <= 0.01


def test_each_quantization_is_smaller_than_the_one_above(exports):
    sizes = [exports[quantization].row.megabytes for quantization in ("int8", "float16", "float32")]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2] / 2


@pytest.mark.parametrize("quantization", ("float32", "float16", "saved_model"))
@pytest.mark.parametrize("batch", (1, 3))
def test_the_batch_does_not_matter(quantization, batch, opened, trained, limit):
    images = trained[1].test.images[:7]
    predictor = opened(quantization)
    parts = [predictor.predict(images[start : start + batch]) for start in range(0, 7, batch)]
    assert_alike(
        f"{quantization}, images, in other batches", np.concatenate(parts), predictor.predict(images), limit
    )


@pytest.mark.parametrize("quantization", ("float32", "float16", "saved_model"))
def test_probabilities_sum_to_one(quantization, opened, trained):
    answers = opened(quantization).predict(trained[1].test.images)
    assert np.abs(answers.astype("float64").sum(axis=1) - 1).max() <= sum_limit(10)


def test_a_tflite_file_runs_in_a_client_without_kerasft(exports, opened, trained):
    from ai_edge_litert.interpreter import Interpreter

    image = trained[1].test.images[:1]
    for quantization, dtype in (("float32", "float32"), ("int8", "uint8")):
        interpreter = Interpreter(model_path=str(exports[quantization].path))
        run = interpreter.get_signature_runner()
        answer = run(image=image.astype(dtype))["probabilities"][0]
        ours = opened(quantization).predict(image)[0]
        factor = 256 if quantization == "int8" else 1
        # one interpreter has one thread and the other all: LiteRT sums no differently for that
        np.testing.assert_allclose(answer / factor, ours, rtol=0, atol=UNIT)


def test_int8_takes_the_bytes_of_a_picture_and_answers_in_steps_of_1_256(opened):
    runtime = opened("int8").runtime
    (given,), (answer,) = runtime.given.values(), runtime.answers.values()
    assert given["dtype"] == answer["dtype"] == np.uint8
    assert given["quantization"] == (1.0, 0)
    assert answer["quantization"] == (1 / 256, 0)


def test_all_operators_are_builtin(opened):
    for quantization in TFLITE:
        names = {each["op_name"] for each in opened(quantization).runtime.interpreter._get_ops_details()}
        assert not [name for name in names if name.startswith(("Flex", "CUSTOM"))]
        assert {"CONV_2D", "FULLY_CONNECTED", "SOFTMAX"} <= names


def test_serve_takes_float32_and_uint8(opened, trained):
    import tensorflow as tf

    loaded = opened("saved_model").runtime.loaded  # what `tf.saved_model.load` gives anybody
    images = trained[1].test.images[:2]
    floats = loaded.serve(images.astype("float32"))["probabilities"]
    np.testing.assert_array_equal(floats, loaded.serve(images)["probabilities"])
    assert set(loaded.signatures) == {"serve", "serve_bytes", "serving_default"}
    for name in ("serve", "serving_default"):
        (spec,) = loaded.signatures[name].structured_input_signature[1].values()
        assert (spec.dtype, spec.shape.as_list(), spec.name) == (tf.float32, [None, 16, 16, 3], "images")


@pytest.mark.slow
def test_a_process_without_kerasft_serves_the_saved_model(exports, trained, limit):
    """What a server does: TensorFlow, the folder, and nothing else."""
    code = """if True:
        import json, sys
        sys.modules["kerasft"] = sys.modules["keras"] = None
        import tensorflow as tf
        loaded = tf.saved_model.load(sys.argv[1])
        images = tf.constant(json.loads(sys.stdin.read()), tf.float32)
        encoded = tf.stack([tf.io.encode_png(tf.cast(image, tf.uint8)) for image in images])
        raw = loaded.signatures["serve"](images=images)
        files = loaded.signatures["serve_bytes"](encoded=encoded)
        print(json.dumps([each["probabilities"].numpy().tolist() for each in (raw, files)]))
    """
    path, images = exports["saved_model"].path, trained[1].test.images[:3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        input=json.dumps(images.tolist()), capture_output=True, text=True, check=True, cwd=path.parent,
    )  # fmt: skip
    for answers in json.loads(done.stdout.splitlines()[-1]):
        assert_alike(
            "SavedModel in another process, images", answers, load_predictor(path).predict(images), limit
        )


@pytest.mark.parametrize("suffix", ("png", "jpg"))
def test_serve_bytes_sees_the_pixels_that_predict_sees(suffix, opened, tmp_path, limit):
    from kerasft.inputs.images.decode import load_image

    noise = np.random.default_rng(0).integers(0, 256, (40, 25, 3), dtype="uint8")
    paths = [tmp_path / f"{number}.{suffix}" for number in range(3)]
    for number, path in enumerate(paths):
        Image.fromarray(noise[number:, number:]).resize((90 + number, 70)).save(path)
    predictor = opened("saved_model")
    images = np.stack([load_image(path, 16) for path in paths])
    encoded = {"encoded": [path.read_bytes() for path in paths]}
    answers = predictor.runtime.ask("serve_bytes", encoded)["probabilities"]
    assert_alike("SavedModel, encoded images", answers, predictor.predict(images), limit)


def test_labels_and_details_lie_beside_the_file(exports):
    made_of = {
        quantization: exports[quantization]
        for quantization in ("float32", "float16", "dynamic", "int8", "int16", "saved_model")
    }
    for quantization, made in made_of.items():
        assert made.labels[0].read_text().splitlines() == list("0123456789")
        details = json.loads(made.details.read_text())
        assert details["quantization"] == quantization and details["image_size"] == 16
        assert details["measured"]["accuracy"] == made.row.accuracy
        assert made.details.name == made.path.stem + ".json"
    folder = exports["int8"].path.parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["MODEL_CARD.md", "golden", "labels.txt", "saved_model"]
        + ["saved_model.json", "saved_model.golden.json"]
        + [
            f"model_{quantization}.{suffix}"
            for quantization in TFLITE
            for suffix in ("json", "golden.json", "tflite")
        ]
    )


def test_the_table_shows_what_was_measured(exports):
    text = str(exports["int8"])
    assert "accuracy  agreement  largest difference      MB  ms/example" in text
    assert (
        f"{exports['int8'].row.accuracy:.4f}" in text and f"{exports['int8'].row.keras_accuracy:.4f}" in text
    )
    assert "model_int8.tflite" in text and "test split (360 examples)" in text
    assert len({len(line) for line in text.splitlines()[:3]}) == 1
    assert text.splitlines()[-1] == f"wrote {exports['int8'].path}"


@pytest.mark.slow
def test_the_same_model_gives_the_same_bytes(toy_run, tmp_path, quick_exports, monkeypatch):
    for name in ("converter_of", "_write_for_conversion"):  # the real ones, each time
        monkeypatch.setattr(tflite, name, getattr(quick_exports, name))
    description = of_model(toy_run.model_config, "float32")
    for name in ("one.tflite", "two.tflite"):
        tflite.write_tflite(program_of(toy_run.model, description), tmp_path / name)
    assert (tmp_path / "one.tflite").read_bytes() == (tmp_path / "two.tflite").read_bytes()


def test_trap_13_functions_of_a_keras_model_lose_their_weights(trained):
    """Why the converter is given a SavedModel: the short way makes a file without weights, and no error."""
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    model, splits = trained
    function = tf.function(lambda image: model(image, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, 16, 16, 3), tf.float32))
    content = tf.lite.TFLiteConverter.from_concrete_functions([concrete], model).convert()
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    picture = splits.test.images[:1].astype("float32")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert not np.allclose(answer, model.predict_on_batch(picture), atol=1e-2), "the trap has moved: TRAPS.md"


def test_trap_12_mixed_precision_is_refused():
    import keras

    from kerasft.base.errors import KerasftError

    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    x = keras.layers.Conv2D(4, 3, dtype="mixed_float16", name="half")(image)
    x = keras.layers.Dense(2, dtype="float32")(keras.layers.Flatten()(x))
    with pytest.raises(KerasftError, match=r"only float32 models.*half \(mixed_float16\)"):
        program_of(keras.Model(image, x), of_images(("a", "b"), 16))


@pytest.mark.slow
def test_trap_1_a_random_layer_is_off_in_every_export(toy_run, trained, tmp_path, limit):
    """Augmentation doesn't belong in a model; were it there, the files would still answer as without it."""
    import keras

    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    flipped = keras.layers.RandomFlip(seed=1)(image)
    model, images = keras.Model(image, toy_run.model(flipped)), trained[1].test.images[:20]
    program = program_of(model, of_model(toy_run.model_config, "saved_model"))
    saved_model.write_saved_model(program, tmp_path / "saved_model")
    answers = load_predictor(tmp_path / "saved_model").predict(images)
    expected = predictor_of_model(toy_run.model, toy_run.model_config).predict(images)
    assert_alike("SavedModel with a random layer", answers, expected, limit)
