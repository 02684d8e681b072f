"""Backbones of one's own: a registered name works as one of the catalogue, and a run of it says what it needs."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.statistics import sigmoid
from kerasft.inputs.images.adopting import taken_apart
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.building import build_backbone
from kerasft.runs.model import assemble
from kerasft.targets.classes.kind import CLASSES as CLASSES_KIND
from kerasft.targets.classes.schema import Classes
from kerasft.targets.numbers.kind import NUMBERS
from kerasft.targets.numbers.schema import Numbers
from kerasft.targets.order.kind import ORDER

CLASSES = ["circle", "noise", "stripes"]


@keras.saving.register_keras_serializable("tests")
class Doubled(keras.layers.Layer):
    """A layer of a stranger's making."""

    def call(self, x):
        return x * 2


def convolutions(size=16):
    """A small network with a part of its own, BatchNorm, operations, and a layer that Keras doesn't know."""
    image = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="stem")(image)
    x = keras.layers.BatchNormalization(momentum=0.7, name="stem_bn")(x)
    inner = keras.Input((None, None, 8))
    part = keras.Model(inner, keras.layers.Conv2D(8, 3, padding="same", name="inner")(inner), name="part")
    x = keras.layers.Add(name="sum")([x, part(x)])
    x = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="top")(
        Doubled(name="double")(x)
    )
    return keras.Model(image, x, name="mine")


@pytest.fixture(autouse=True)
def registered():
    """Registers one, and forgets all afterwards."""
    model, before = convolutions(), dict(catalog.OWN)
    kerasft.register_backbone("mine", model, preprocessing="tf", licence="MIT")
    yield model
    catalog.OWN.clear()
    catalog.OWN.update(before)


def test_it_is_the_same_network_at_its_own_size_and_at_another(registered):
    images = np.random.default_rng(0).uniform(-1, 1, (2, 24, 24, 3)).astype("float32")
    for size in (16, 24):
        parts, own = build_backbone("mine", size), registered
        if size != 16:
            own = convolutions(size)
            own.set_weights(registered.get_weights())
        given = images[:, :size, :size]
        np.testing.assert_allclose(parts.backbone(given), own(given), rtol=1e-5, atol=1e-6)
        assert parts.backbone.name == "backbone" and parts.backbone.get_layer("part") is not own.get_layer(
            "part"
        )
    assert catalog.find("mine").image_size == 16 and "mine" in "\n".join(catalog.table())


def test_later_changes_of_the_model_change_nothing_and_weights_can_be_random(registered):
    before = registered.get_weights()
    registered.get_layer("stem").set_weights([w * 0 for w in registered.get_layer("stem").get_weights()])
    again = build_backbone("mine", 16).backbone.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before, again, strict=True))
    random = build_backbone("mine", 16, None).backbone.get_weights()
    assert not np.array_equal(random[0], before[0]) and random[0].any()


def test_mixed_precision_reaches_its_layers():
    model = kerasft.build_model(
        "image_classification", backbone="mine", class_names=CLASSES, precision="mixed_bfloat16"
    )
    assert model.get_layer("backbone").get_layer("top").compute_dtype == "bfloat16"
    assert model.kerasft.image_size == 16 and model.output_shape == (None, 3)


def test_a_function_may_build_it_and_give_a_vector(registered):
    asked = []

    def build(size, pretrained):
        asked.append((size, pretrained))
        features = keras.layers.GlobalMaxPooling2D()(registered.output)
        return keras.Model(registered.input, features)

    kerasft.register_backbone("made", build, preprocessing=lambda image: image / 255, image_size=16)
    assert build_backbone("made", 16, None).backbone.output_shape == (None, 16)
    assert asked == [(16, False)]
    with pytest.raises(InputError, match="the backbone made takes other images than .20, 20, 3."):
        build_backbone("made", 20)


class Subclassed(keras.Model):
    """A model without a graph."""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "starter"}, "the name can't be used for a backbone"),
        ({"name": "a/b"}, "the name can't be used for a backbone"),
        ({"source": Subclassed()}, "the backbone is no functional model"),
        ({"source": "resnet50"}, "the backbone is no Keras model"),
        ({"source": lambda size, pretrained: None}, "the size of its images isn't known"),
        ({"preprocessing": "imagenet"}, "preprocessing is unknown"),
    ],
)
def test_what_can_t_be_one_is_refused(registered, given, words):
    whole = {"name": "other", "source": registered, "preprocessing": "tf", **given}
    with pytest.raises(InputError, match=words):
        kerasft.register_backbone(**whole)


def test_what_it_builds_must_be_a_backbone():
    kerasft.register_backbone("broken", lambda size, pretrained: 1 / 0, preprocessing="tf", image_size=16)
    with pytest.raises(InputError, match="the backbone broken can't be built at 16 pixels: division by zero"):
        build_backbone("broken", 16)
    image = keras.Input((16, 16, 3))
    two = keras.Model(image, [keras.layers.Flatten()(image), keras.layers.Flatten()(image)])
    kerasft.register_backbone("two", two, preprocessing="tf")
    with pytest.raises(InputError, match="the outputs of the backbone two can't be used"):
        build_backbone("two", 16)


def test_where_it_is_not_registered_the_error_says_what_to_do_and_a_package_can(registered, monkeypatch):
    config = kerasft.build_model("image_classification", backbone="mine", class_names=CLASSES).kerasft
    catalog.OWN.clear()
    with pytest.raises(InputError, match="kerasft.register_backbone"):
        assemble(config)

    def register():
        kerasft.register_backbone("mine", registered, preprocessing="tf")

    point = SimpleNamespace(load=lambda: register)
    monkeypatch.setattr(catalog, "_elsewhere", lambda: {"mine": point})
    assert assemble(config).get_layer("backbone").count_params() == registered.count_params()
    assert not catalog.known_here_alone("mine")


@pytest.mark.slow
def test_the_whole_path_with_one(splits, tmp_path, capsys):
    model = kerasft.build_model("image_classification", backbone="mine", class_names=splits.class_names)
    training = kerasft.Training(batch_size=8)

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                raise KeyboardInterrupt

    phases = kerasft.two_phases(3, 3, unfreeze=0.5, head_learning_rate=1e-2, tune_learning_rate=1e-2)
    with pytest.raises(kerasft.base.errors.Interrupted):
        kerasft.fine_tune(model, splits, phases, tmp_path / "run", training, callbacks=[Stop()])
    assert "the backbone mine is of your own: the run has its weights" in capsys.readouterr().err
    run = kerasft.resume(tmp_path / "run", splits, verbose=False)
    layers = run.result["phases"]["tune"]["trained_layers"]
    assert "top" in layers and "stem" not in layers and "stem_bn" not in layers
    made = kerasft.export(run, quantize="int8")
    scores = [kerasft.evaluate(each, splits.test).score for each in (run, made.path)]
    assert min(scores) > 0.5 and abs(scores[0] - scores[1]) < 1.5 / len(splits.test)
    catalog.OWN.clear()
    with pytest.raises(InputError, match="kerasft.register_backbone"):
        assemble(kerasft.Run.open(run.run_dir).model_config)


def run_from_model(model, splits, run_dir):
    """Makes a run of a classifier of images 0..255."""
    return kerasft.run_from_model(model, splits, run_dir, task="image_classification", preprocessing="none")


def trained(splits, end, outputs=3):
    """A model of a stranger's making, after its own `compile` and `fit`."""
    body = convolutions()
    x = keras.layers.GlobalAveragePooling2D()(body(keras.layers.Rescaling(1 / 255)(body.input)))
    model = keras.Model(body.input, end(keras.layers.Dropout(0.1)(x)), name="strangers")
    losses = {3: "sparse_categorical_crossentropy", 1: "binary_crossentropy"}
    model.compile(keras.optimizers.Adam(1e-2), losses[outputs])
    model.fit(splits.train.images, splits.train.labels, epochs=8, batch_size=4, verbose=0)
    return model


@pytest.mark.slow
def test_a_model_of_ones_own_becomes_a_run_with_all_verbs(splits, tmp_path):
    model = trained(splits, keras.layers.Dense(3, activation="softmax"))
    run = run_from_model(model, splits, tmp_path / "run")
    answers = model.predict(splits.test.images, verbose=0)
    evaluation = kerasft.evaluate(run)
    assert evaluation.score == (answers.argmax(1) == splits.test.labels).mean() > 0.5
    np.testing.assert_allclose(
        evaluation.probabilities, answers, atol=1e-5
    )  # too few examples for a temperature
    made = kerasft.export(run)
    assert kerasft.evaluate(made.path, splits.test).score == evaluation.score
    assert kerasft.report(run).path.is_file()
    again = kerasft.build_model("image_classification", backbone="strangers", class_names=splits.class_names)
    kerasft.start_from(again, run.run_dir)
    tuned = kerasft.fine_tune(
        again,
        splits,
        kerasft.two_phases(0, 2),
        tmp_path / "on",
        kerasft.Training(batch_size=8),
        verbose=False,
    )
    assert kerasft.evaluate(tuned).score >= evaluation.score - 0.2


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (
            lambda x: keras.layers.Dense(4, activation="softmax")(x),
            "4 outputs, softmax.; there are 3 classes",
        ),
        (
            lambda x: keras.layers.Dense(3, activation="sigmoid")(x),
            "3 outputs, sigmoid.; there are 3 classes",
        ),
        (lambda x: keras.layers.Dense(3, activation="tanh")(x), "the model does not end as expected"),
        (
            lambda x: keras.layers.LayerNormalization()(keras.layers.Dense(3)(x)),
            "the model does not end as exp",
        ),
    ],
)
def test_a_model_with_other_answers_is_refused(splits, tmp_path, end, words):
    image = keras.Input((16, 16, 3))
    model = keras.Model(image, end(keras.layers.Flatten()(image)), name="strangers")
    with pytest.raises(InputError, match=words):
        run_from_model(model, splits, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_all_ways_to_end_are_taken_apart_alike():
    image = keras.Input((4, 4, 3))
    flat, dense = keras.layers.Flatten()(image), keras.layers.Dense(2, name="last")
    ends = {
        "linear": dense(flat),
        "softmax": keras.layers.Softmax()(dense(flat)),
        "sigmoid": keras.layers.Activation("sigmoid", dtype="float32")(
            keras.layers.Activation("linear")(dense(flat))
        ),
    }
    ends["softmax "] = keras.ops.softmax(dense(flat))
    for name, output in ends.items():
        parts = taken_apart(keras.Model(image, output))
        assert parts.activation == name.strip() and parts.kernel.shape == (48, 2)
    parts = taken_apart(
        keras.Sequential([image, keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    )
    assert parts.activation == "softmax" and parts.features.output_shape == (None, 48)


def test_the_last_layer_answers_as_before_whatever_the_kind():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(5, 6)).astype("float32")
    kernel, bias = rng.normal(size=(6, 1)).astype("float32"), np.array([0.3], "float32")
    own = features @ kernel + bias
    two = Classes(("a", "b"))
    k, b = CLASSES_KIND.learning.adopt(kernel, bias, "sigmoid", two)
    np.testing.assert_allclose(CLASSES_KIND.finish(features @ k + b, two, {})[:, 1:], sigmoid(own), rtol=1e-5)
    numbers = Numbers(("price",), means=(50.0,), deviations=(20.0,))
    k, b = NUMBERS.learning.adopt(kernel, bias, "linear", numbers)
    np.testing.assert_allclose(NUMBERS.finish(features @ k + b, numbers, {}), own, rtol=1e-4)
    with pytest.raises(InputError, match="an order has a head of its own"):
        ORDER.learning.adopt(kernel, bias, "linear", two)
