"""A backbone with maps of two strides, and a model with two outputs by name: divided, kept, trained and resumed."""

import dataclasses
from functools import partial

import keras
import numpy as np
import pytest
from keras import layers

import kerasft
from kerasft.base.counter import counter
from kerasft.base.errors import Interrupted
from kerasft.contract.objective import Better, Objective
from kerasft.networks.division import divide, feature_map
from kerasft.networks.levels import with_levels
from kerasft.networks.sections import Sections
from kerasft.predicting.opening import predictor_of_run
from kerasft.runs.probing import probe
from kerasft.targets.classes.encoding import one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.tasks.image_classification.task import ImageClassification
from kerasft.training import freezing
from kerasft.training import session as fitting
from kerasft.training.feature_cache import FeatureCache, choose_features
from kerasft.training.history import read_history
from kerasft.training.optimizers import make_optimizer

PHASES = kerasft.two_phases(3, 2, unfreeze=1, head_learning_rate=1e-2, tune_learning_rate=1e-2)
SIZE = 16


def convolution(x, name, filters, strides=1):
    x = layers.Conv2D(filters, 3, strides, padding="same", name=f"{name}_conv")(x)
    return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(name=f"{name}_bn")(x))


def small_backbone():
    """Five blocks; the maps of stride 4 and 8 are the outputs of residual ones."""
    image = keras.Input((SIZE, SIZE, 3))
    x = convolution(layers.Rescaling(1 / 127.5, -1)(image), "stem", 4, 2)
    for number, filters in ((1, 6), (3, 8)):
        x = convolution(x, f"block_{number}", filters, 2)
        x = layers.Add(name=f"block_{number + 1}_add")([x, convolution(x, f"block_{number + 1}", filters)])
    return keras.Model(image, x)


def decoder(maps, classes, seed):
    """Brings two maps together, with normalizations of its own: class logits, and a number."""
    coarse, fine = (
        layers.BatchNormalization(name=f"{name}_bn")(layers.Conv2D(8, 1, name=f"{name}_conv")(maps[name]))
        for name in ("stride_8", "stride_4")
    )
    x = layers.Add()([layers.UpSampling2D(2)(layers.ReLU()(coarse)), fine])
    x = layers.Dropout(0.2, seed=seed, name="dropout")(layers.GlobalAveragePooling2D()(x))
    return {
        "class": layers.Dense(classes, dtype="float32", name="logits")(x),
        "number": layers.Dense(1, dtype="float32", name="number")(x),
    }


def build_two(self, config, weights, seed, assets=None):
    image = keras.Input((SIZE, SIZE, 3), dtype="float32", name="image")
    maps = with_levels(small_backbone(), (4, 8))(image)
    model = keras.Model(image, decoder(maps, len(config.class_names), seed), name=config.task)
    model.kerasft = config
    return model


def objective(*_):
    losses = {"class": keras.losses.CategoricalCrossentropy(from_logits=True), "number": "mse"}
    metrics = {"class": ["accuracy"], "number": [keras.metrics.MeanAbsoluteError(name="error")]}
    return Objective(losses, metrics, (Better("loss", higher=False),), None)


def encode(labels):
    return {"class": one_hot(3)(labels), "number": labels[:, None].astype("float32")}


class ClassOfTwo(type(CLASSES)):
    """The answer is the class; the number only helps to learn."""

    def calibrate(self, outputs, targets, schema, training):
        return super().calibrate(outputs["class"], targets, schema, training)

    def finish(self, outputs, schema, served):
        return super().finish(outputs["class"], schema, served)


@pytest.fixture(scope="module", autouse=True)
def two_outputs():
    """The task of images and classes, with two levels below its head, and two outputs."""
    make_batches = ImageClassification.make_batches

    def batches(self, *given):
        made = make_batches(self, *given)
        for each in made:
            each.encode = encode
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImageClassification, "build", build_two)
        patch.setattr(ImageClassification, "objective", objective)
        patch.setattr(ImageClassification, "make_batches", batches)
        patch.setattr(ImageClassification, "targets", ClassOfTwo())
        yield


def build(class_names, weights=None):
    return kerasft.build_model(
        "image_classification", backbone="starter", class_names=class_names, image_size=SIZE, weights=weights
    )


@pytest.fixture(scope="module")
def sections():
    model = build(("a", "b", "c"))
    for name in ("stride_4_bn", "stride_8_bn"):  # or both would be the identity
        values = np.random.default_rng(0).uniform(0.5, 2, 8)
        model.get_layer(name).set_weights([values, -values, values / 2, values])
    return Sections(model)


IMAGES = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3)).astype("float32")


def same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


def test_the_parts_of_a_model_give_all_outputs_of_the_whole(sections):
    whole = sections.model(IMAGES, training=False)
    assert sections.top == len(sections.blocks) > 3
    for cut in range(1, sections.top + 1):
        below = sections.between(0, cut)(IMAGES, training=False)
        assert {name: tuple(each.shape[1:]) for name, each in below.items()} == {
            name: spec.shape for name, spec in sections.specs(cut).items()
        }
        same(sections.between(cut, None)(below, training=False), whole)
        for upper in range(cut + 1, sections.top + 1):
            between = sections.between(cut, upper)(below, training=False)
            same(between, sections.between(0, upper)(IMAGES, training=False))


def test_what_crosses_is_the_cut_and_the_maps_below_it(sections):
    shapes = [[spec.shape for spec in sections.specs(cut).values()] for cut in range(1, sections.top + 1)]
    fine, coarse = (4, 4, 6), (2, 2, 8)
    assert shapes == [[(8, 8, 4)], [fine], [fine], [coarse, fine], [coarse, fine]]
    assert [len(block.taps) for block in sections.blocks] == [0, 0, 0, 0, 1]
    assert sections.name(sections.top) == "feature maps"


def test_a_tail_has_outputs_in_the_models_form_and_its_own_weights(sections):
    for unfreeze in (0, 2):
        freezing.set_trainable(sections.model, unfreeze)
        tail = sections.between(sections.frozen(), None)
        assert {name: each.shape for name, each in tail.output.items()} == {
            "class": (None, 3),
            "number": (None, 1),
        }
        assert {id(v) for v in tail.trainable_variables} == {
            id(v) for v in sections.model.trainable_variables
        }


def test_a_model_is_divided_anywhere_in_its_backbone(sections):
    place = feature_map(sections.backbone)
    assert place.grid == (8, 8) and place.name == "below block block_1"  # the outputs have 4 x 4 and fewer
    outputs = [(tensor,) for tensor in sections.backbone.outputs]
    for cut in (*(block.cut for block in sections.blocks[1:]), *outputs):
        divided = divide(sections.model, cut)
        below = divided.lower(IMAGES, training=False)
        same(divided.upper(below, training=False), sections.model(IMAGES, training=False))
        assert divided.lower.output["cut_0"].shape == cut[0].shape


def test_a_probe_tells_of_all_outputs(sections):
    first = probe(sections.model)
    assert first.shape == (4,) and first.dtype == "float32"
    kernel = sections.model.get_layer("number").kernel
    before = keras.ops.convert_to_numpy(kernel)
    kernel.assign(before + 1)
    changed = probe(sections.model) != first
    kernel.assign(before)
    assert changed.sum() == 1


def settings(place):
    return kerasft.Training(batch_size=8, augment="none", feature_cache=place)


def train(splits, folder, place):
    """Returns the weights of the last phase, and the history without times."""
    model = build(splits.class_names)
    run = kerasft.fine_tune(model, splits, PHASES, folder, settings(place), verbose=False)
    return run.at("tune").load_model().get_weights(), history(folder)


def history(folder):
    return [dataclasses.replace(row, seconds=0) for row in read_history(folder / "history.csv")]


@pytest.fixture(scope="module")
def kept(splits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "run"
    return *train(splits, folder, "memory"), kerasft.Run.open(folder)


def fit_plainly(model, phase, train, validation, epochs):
    """Fits one phase with Keras alone, gives the model its best weights, and returns the losses on validation."""
    rates = settings("off")
    optimizer = make_optimizer(
        rates.optimizer, phase, train.steps, rates.weight_decay, freezing.depths(model)
    )
    model.compile(optimizer, objective().loss, jit_compile=False, auto_scale_loss=False)
    losses, best = [], []
    for epoch in epochs:
        train.begin_epoch(epoch)
        model.fit(train.dataset(), shuffle=False, verbose=0)
        losses.append(model.evaluate(validation.dataset(), verbose=0, return_dict=True)["loss"])
        best = model.get_weights() if losses[-1] == min(losses) else best
    model.set_weights(best)
    return losses


@pytest.mark.slow
def test_training_on_kept_features_is_that_of_plain_keras_bit_for_bit(splits, kept):
    model = build(splits.class_names)
    batches = ImageClassification().make_batches(model, splits, settings("off"))
    backbone = model.get_layer("backbone")
    backbone.trainable = False
    losses = fit_plainly(model, PHASES[0], *batches, range(3))
    backbone.trainable = True
    for layer in backbone.layers:
        layer.trainable = layer.name == "block_4_conv"
    losses += fit_plainly(model, PHASES[1], *batches, range(3, 5))

    weights, rows, run = kept
    assert [float(f"{loss:.6g}") for loss in losses] == [row.val_loss for row in rows]
    for mine, theirs in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    features = [phase["features"] for phase in run.result["phases"].values()]
    assert "feature maps" in features[0] and "below block block_4" in features[1]
    assert all("kept in memory" in each for each in features)


@pytest.mark.slow
def test_a_history_has_the_metrics_of_both_outputs(kept):
    names = {
        "loss",
        "val_loss",
        "val_class_loss",
        "val_class_accuracy",
        "val_number_loss",
        "val_number_error",
    }
    assert names <= set(kept[1][0].cells())


@pytest.mark.slow
def test_the_normalizations_of_the_decoder_have_learned_and_those_of_the_backbone_have_not(splits, kept):
    before, after = build(splits.class_names), kept[2].at("tune").load_model()
    moved = {
        one.path
        for one, other in zip(before.weights, after.weights, strict=True)
        if not np.array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))
    }
    statistics = {f"stride_{s}_bn/moving_{kind}" for s in (4, 8) for kind in ("mean", "variance")}
    assert {path for path in moved if "moving" in path} == statistics
    assert {path.split("/")[0] for path in moved} >= {"block_4_conv", "stride_4_bn", "logits", "number"}
    assert not any(path.startswith(("stem", "block_1", "block_2", "block_3", "block_4_bn")) for path in moved)


@pytest.mark.slow
def test_a_kind_of_target_gets_the_outputs_by_name(splits, kept):
    model, test = kept[2].load_model(), splits.test
    evaluation = kerasft.evaluate(kept[2])
    logits = keras.ops.convert_to_numpy(model(test.images, training=False)["class"])
    assert evaluation.metrics["accuracy"] == np.mean(logits.argmax(axis=1) == test.labels)
    assert predictor_of_run(kept[2]).predict(test.images[:0]).shape == (0, 3)


@pytest.mark.slow
@pytest.mark.parametrize("phase, epoch, place", [(0, 2, "memory"), (1, 1, "disk")])
def test_a_stopped_run_goes_on_to_the_same_weights(phase, epoch, place, splits, kept, tmp_path, monkeypatch):
    write = fitting.write_checkpoint

    def stopping(folder, state, variables):
        write(folder, state, variables)
        if (state.phase, state.epoch) == (phase, epoch):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "write_checkpoint", stopping)
        with pytest.raises(Interrupted, match="the best weights so far are the run's .validation loss"):
            train(splits, tmp_path / "run", place)
    resumed = kerasft.resume(tmp_path / "run", verbose=False)
    assert history(tmp_path / "run") == kept[1]
    for mine, theirs in zip(resumed.at("tune").load_model().get_weights(), kept[0], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.slow
def test_outputs_of_the_validation_split_come_from_kept_features_by_name(splits, tmp_path):
    model = build(splits.class_names)
    batches = ImageClassification().make_batches(model, splits, settings("memory"))
    choices = choose_features(model, PHASES, *batches, settings("memory"), tmp_path)
    cache = FeatureCache(
        model, choices, *batches, settings("memory"), tmp_path, partial(counter, enabled=False)
    )
    cache._rows("validation", 0, 1)
    found, whole = cache.validation_outputs(), model(splits.validation.images, training=False)
    assert found.keys() == {"class", "number"}
    for name, array in found.items():
        np.testing.assert_allclose(array, whole[name], rtol=1e-5, atol=1e-5)
