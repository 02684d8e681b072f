"""Training on kept features gives what training the whole model gives; what is kept where, and why."""

import dataclasses
import functools

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.targets.classes.encoding import one_hot
from kerasft.tasks.image_classification.task import TASK
from kerasft.training import phases as fitting
from kerasft.training.feature_cache import FeatureCache, cache, choose_features, choosing
from kerasft.training.history import read_history
from tests.floats import NOTES, assert_same_training, move

PHASES = kerasft.two_phases(2, 2, unfreeze=2, head_learning_rate=1e-2, tune_learning_rate=1e-3)


def build(splits, backbone="starter"):
    return kerasft.build_model(
        "image_classification", backbone=backbone, class_names=splits.class_names,
        image_size=splits.image_size, weights=None,
    )  # fmt: skip


def train(splits, folder, backbone="starter", phases=PHASES, moved=False, **training):
    """Returns the final weights, the history without times, and the run."""
    model = build(splits, backbone)
    if moved:
        move(model)
    settings = kerasft.Training(**{"batch_size": 8, "augment": "none", **training})
    run = kerasft.fine_tune(model, splits, phases, folder, settings, verbose=False)
    rows = read_history(run.run_dir / "history.csv")
    return model.get_weights(), [dataclasses.replace(row, seconds=0) for row in rows], run


@pytest.fixture(scope="module")
def trained(splits, tmp_path_factory):
    """Trains with features kept in a place, once: what `train` returns, the steps traced, and those per call."""

    @functools.cache
    def trained(place):
        traced, asked, compile_model = [], [], keras.Model.compile
        train_step, test_step = keras.Model.train_step, keras.Model.test_step

        def compiled(self, *arguments, **options):
            compile_model(self, *arguments, **options)
            asked.append(self.steps_per_execution)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keras.Model, "compile", compiled)
            patch.setattr(
                keras.Model, "train_step", lambda self, data: traced.append("train") or train_step(self, data)
            )
            patch.setattr(
                keras.Model, "test_step", lambda self, data: traced.append("test") or test_step(self, data)
            )
            found = train(splits, tmp_path_factory.mktemp(place) / "run", feature_cache=place)
        return *found, traced, asked

    return trained


@pytest.fixture(scope="module")
def plain(trained):
    return trained("off")


@pytest.fixture(scope="module")
def moved(splits, tmp_path_factory):
    """As `plain`, from weights that were moved by what rounding does."""
    return train(splits, tmp_path_factory.mktemp("moved") / "run", moved=True, feature_cache="memory")


@pytest.mark.floats
@pytest.mark.slow
@pytest.mark.parametrize("place", ["memory", "disk"])
def test_the_result_is_that_of_the_whole_model(place, plain, moved, trained):
    weights, rows, run, *_ = trained(place)
    kind = {"memory": "feature cache in memory", "disk": "feature cache on disk"}[place]
    assert_same_training(kind, (weights, rows), plain[:2], moved[:2])
    said = run.result["phases"]["tune"]["features"]
    assert "below block" in said and ("in memory" if place == "memory" else "on disk") in said
    assert not (run.run_dir / cache.FOLDER).exists()


@pytest.mark.slow
def test_each_phase_traces_one_train_step_and_one_test_step(trained):
    """Keras traces the train step twice if the optimizer has no variables when `fit` begins."""
    assert trained("off")[3] == ["train", "test"] * len(PHASES)


@pytest.mark.slow
def test_many_steps_of_a_head_alone_are_one_call(trained):
    assert trained("memory")[4] == [fitting.HEAD_STEPS, 1]
    assert trained("off")[4] == [1, 1]


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize("backbone", ["mobilenet_v2", "efficientnet_b0", "convnext_tiny"])
def test_the_result_is_that_of_the_whole_model_for_families(backbone, write_pictures, tmp_path):
    """Stochastic depth is silent in what is frozen, and draws the same numbers in what trains.

    That graphs of all families divide into parts that are the whole: test_sections.py, backbones/test_whole_path.py.
    """
    splits = kerasft.read_images(write_pictures(tmp_path / "pictures", 10, size=32), 32)
    whole, kept, moved = (
        train(splits, tmp_path / name, backbone, moved=name == "moved", feature_cache=place)
        for name, place in (("whole", "off"), ("kept", "auto"), ("moved", "auto"))
    )
    assert "in memory" in kept[2].result["phases"]["tune"]["features"]
    assert_same_training(f"feature cache of {backbone}", kept[:2], whole[:2], moved[:2])


@pytest.mark.floats
@pytest.mark.slow
def test_float16_features_change_the_result_a_little_and_more_than_rounding_does(
    splits, plain, moved, tmp_path, monkeypatch
):
    monkeypatch.delenv(NOTES, raising=False)  # a fault is not for the table
    weights, rows, _ = train(splits, tmp_path / "run", feature_cache="memory", cache_dtype="float16")
    with pytest.raises(AssertionError, match="float16: weights: .* apart, allowed"):
        assert_same_training("float16", (weights, rows), plain[:2], moved[:2])
    assert rows[-1].values("log_loss")[1] == pytest.approx(plain[1][-1].values("log_loss")[1], abs=0.02)


def batches_of(splits, model, **training):
    settings = kerasft.Training(**{"batch_size": 8, **training})
    return (*TASK.make_batches(model, splits, settings), settings)


@functools.cache
def untrained(class_names, size):
    return kerasft.build_model(
        "image_classification", backbone="starter", class_names=class_names, image_size=size, weights=None
    )


def cache_of(splits, tmp_path, phases=PHASES, model=None, **training):
    """Returns a cache of a model that many tests share. Who changes its weights gives one of his own."""
    model = untrained(splits.class_names, splits.image_size) if model is None else model
    train_batches, validation, settings = batches_of(splits, model, **training)
    choices = choose_features(model, phases, train_batches, validation, settings, tmp_path)
    return FeatureCache(model, choices, train_batches, validation, settings, tmp_path, lambda what: counter())


class counter:
    """Counts the batches of features that were computed."""

    total = 0

    def __enter__(self):
        def count(done, total):
            counter.total += 1

        return count

    def __exit__(self, *error):
        pass


def test_the_lower_part_runs_once_for_both_phases(splits, tmp_path, monkeypatch):
    monkeypatch.setattr(counter, "total", 0)
    kept = cache_of(splits, tmp_path, augment="none")
    for index in range(2):
        _, train_batches, validation = kept.open(index)
        for epoch in range(3):
            train_batches.begin_epoch(epoch)
            validation.begin_epoch(epoch)
    assert counter.total == -(-len(splits.train) // 8) + -(-len(splits.validation) // 8)


def test_views_take_turns_and_keep_their_labels(splits, tmp_path):
    kept = cache_of(splits, tmp_path, kerasft.two_phases(4, 4, unfreeze=2), augment="strong", views=2)
    assert [choice.views for choice in kept.choices] == [2, 2]
    _, train_batches, _ = kept.open(0)
    views = [kept._rows("train", view, 0)["cut_0"][np.arange(len(splits.train))] for view in range(2)]
    assert not np.allclose(views[0], views[1])
    for epoch in range(4):
        train_batches.begin_epoch(epoch)
        order = train_batches.order(epoch)[:8]
        inputs, labels = train_batches.batch(epoch, 0)
        np.testing.assert_array_equal(inputs["cut_0"], views[epoch % 2][order])
        true = np.eye(3)[splits.train.labels[order]]
        assert labels.sum() == pytest.approx(8) and not np.array_equal(labels, true)  # MixUp or CutMix


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_targets_of_several_names_are_kept_beside_the_features(place, splits, tmp_path):
    kept = cache_of(splits, tmp_path, augment="none", feature_cache=place)
    plain = kept._splits["train"]
    plain.encode = lambda labels: {
        "class": one_hot(3)(labels),
        "mask": np.stack([labels, labels]).T[:, :, None],
    }
    _, cached, _ = kept.open(0)
    for step in range(cached.steps):
        inputs, targets = cached.batch(0, step)
        expected = plain.batch(0, step)[1]
        assert list(inputs) == ["cut_0"] and targets.keys() == expected.keys()
        for name, array in expected.items():
            np.testing.assert_array_equal(targets[name], array)
            assert targets[name].dtype == array.dtype
    kept.remove()


def test_a_view_does_not_depend_on_the_shuffle(splits):
    model = untrained(splits.class_names, splits.image_size)
    batches, _, _ = batches_of(splits, model, augment="light")
    first = batches.view(1, 0)[0]
    batches.begin_epoch(5)
    np.testing.assert_array_equal(batches.view(1, 0)[0], first)
    assert not np.array_equal(batches.view(2, 0)[0], first)


def test_features_no_later_phase_takes_are_forgotten(splits, tmp_path):
    kept = cache_of(splits, tmp_path, augment="none")
    kept._rows("train", 0, 0)
    kept._rows("validation", 0, 0)
    assert len(kept._done) == 4
    kept.release(0)
    assert {cut for split, _, cut in kept._done if split == "train"} == {kept.choices[1].cut}


def test_validation_outputs_are_the_models(splits, tmp_path):
    kept = cache_of(splits, tmp_path, model=build(splits), augment="none")
    assert kept.validation_outputs() is None
    kept._rows("validation", 0, 1)
    kernel = kept.model.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(size=kernel.shape))
    expected = kept.model(splits.validation.images, training=False)
    np.testing.assert_allclose(kept.validation_outputs(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "training, said",
    [
        ({"feature_cache": "off"}, "not kept, --feature-cache off"),
        ({"augment": "light", "views": 0}, "not kept, --views 0 makes new views in every epoch"),
        ({"augment": "light", "views": 4}, "not kept, 4 views for 4 epochs would save nothing"),
        ({"augment": "light", "views": 3}, "pooled features, 0.1 MB kept in memory, 3 augmented views"),
        ({"augment": "none", "views": 4}, "pooled features, 0.0 MB kept in memory"),
        ({"augment": "none", "feature_cache": "disk"}, "pooled features, 0.0 MB kept on disk"),
        ({"augment": "none", "cache_memory": 1e-12}, "pooled features, 0.0 MB kept on disk"),
    ],
)  # fmt: skip
def test_the_choice_says_why(training, said, splits, tmp_path):
    assert said in str(cache_of(splits, tmp_path, **training).choices[0])


def test_nothing_is_kept_where_everything_trains(splits, tmp_path):
    choices = cache_of(splits, tmp_path, kerasft.two_phases(2, 2, unfreeze="all"), augment="none").choices
    assert [choice.place for choice in choices] == ["memory", "off"]
    assert "the whole backbone trains" in str(choices[1])


def test_what_fits_nowhere_is_not_kept_or_refused(splits, tmp_path, monkeypatch):
    monkeypatch.setattr(choosing, "available_memory", lambda: 1000)
    monkeypatch.setattr(choosing, "DISK_MARGIN", 0)
    assert cache_of(splits, tmp_path, augment="none").choices[0].place == "off"
    with pytest.raises(
        InputError, match="features of phase 'head' need 0.0 GB of memory.*--feature-cache disk"
    ):
        cache_of(splits, tmp_path, augment="none", feature_cache="memory")


def test_auto_computes_again_where_that_is_quicker(splits, tmp_path, monkeypatch):
    monkeypatch.setitem(choosing.READ_BYTES, "memory", 1e3)
    choice = cache_of(splits, tmp_path, augment="none").choices[1]
    assert "not kept, reading them would take as long as computing them again" in str(choice)


def test_one_epoch_of_little_data_is_kept_since_less_is_traced(splits, tmp_path, monkeypatch):
    once = kerasft.two_phases(1, 1)
    assert [choice.place for choice in cache_of(splits, tmp_path, once, augment="none").choices] == [
        "memory"
    ] * 2
    monkeypatch.setattr(choosing, "TRACE", 0)
    assert [choice.place for choice in cache_of(splits, tmp_path, once, augment="none").choices] == [
        "off"
    ] * 2


def test_a_cache_of_other_weights_or_data_is_not_used(splits, tmp_path):
    from kerasft.networks.sections import Sections
    from kerasft.training.feature_cache.keys import key_of

    model = build(splits)
    sections = Sections(model)
    batches, _, settings = batches_of(splits, model, augment="none")

    def key(batches=batches, cut=3, view=0, settings=settings):
        return key_of(model, sections, cut, batches, view, settings)

    first = key()
    assert key() == first
    light, _, augmented = batches_of(splits, model, augment="light")
    other_inputs = batches_of(splits, model, augment="none")[0]
    other_inputs.inputs = splits.train.images ^ 1
    other_targets = batches_of(splits, model, augment="none")[0]
    other_targets.encode = lambda labels: one_hot(3)(labels) / 2
    others = {
        key(cut=4), key(light, settings=augmented), key(light, view=1, settings=augmented),
        key(other_inputs), key(other_targets), key(settings=dataclasses.replace(settings, cache_dtype="float16")),
    }  # fmt: skip
    weight = sections.blocks[0].layers[0].weights or sections.weights_below(3)
    weight[0].assign(weight[0] * 2)
    assert len(others | {key(), first}) == 8
