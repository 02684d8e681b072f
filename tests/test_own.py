"""A training of one's own: optimizer, loss, metrics, augmentation, weights; what can't work is told at the start."""

import json

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError, Interrupted
from kerasft.contract.plan import AUTO
from kerasft.data.batches import Batches
from kerasft.targets.classes.head import classification_objective
from kerasft.training.history import read_history
from kerasft.training.own import Own, resumed

PHASES = kerasft.two_phases(2, 2)


def train_of(splits):
    """The training batches of classes, as a task makes them."""
    one_hot = np.eye(3, dtype="float32")
    return Batches(splits.train.images, splits.train.labels, lambda rows: one_hot[rows], 8)


def problems(own, splits, phases=PHASES):
    found = own.problems(phases, splits, train_of(splits), classification_objective(3))
    return " | ".join(map(str, found))


def darker(images, targets, seed):
    return images * 0.5, targets


def test_each_phase_gets_a_new_optimizer_of_the_same_config():
    given = keras.optimizers.SGD(0.25, momentum=0.5)
    first, second = (Own(optimizer=given).optimizer_of(PHASES[0], 5) for _ in range(2))
    assert first is not second and first is not given and first.get_config() == given.get_config()
    own = Own(
        optimizer=lambda phase, steps: keras.optimizers.Lion(0.1 if phase.name == "head" else 0.01 * steps)
    )
    assert float(own.optimizer_of(PHASES[1], 5).learning_rate) == pytest.approx(0.05)
    assert Own().optimizer_of(PHASES[0], 5) is None
    with pytest.raises(kerasft.KerasftError, match="returned no optimizer but str"):
        Own(optimizer=lambda phase, steps: "adam").optimizer_of(PHASES[0], 5)


def test_loss_and_metrics_take_their_place_and_the_ranking_stays():
    base = classification_objective(3)
    top = keras.metrics.TopKCategoricalAccuracy(2, name="top2")
    found = Own(loss=keras.losses.CategoricalHinge(), metrics=[top]).objective(base)
    assert isinstance(found.loss, keras.losses.CategoricalHinge) and found.better == base.better
    assert found.metrics[-1] is not top and found.metrics[-1].name == "top2" and found.chance is None
    assert Own().objective(base) is base


def test_weights_of_classes_and_examples_are_multiplied(splits):
    first = splits.class_names[0]
    train = train_of(splits)
    Own(class_weight={first: 3.0}, sample_weight={splits.train.ids[0]: 0.5}).apply_to(train, splits)
    wanted = np.where(splits.train.labels == 0, 3.0, 1.0)
    wanted[0] *= 0.5
    np.testing.assert_allclose(train.row_weights, wanted)
    _, _, weights = train.batch(0, 1)
    np.testing.assert_allclose(weights, wanted[8:16])
    train.weigh = lambda targets: np.full(len(targets), 2.0, "float32")
    np.testing.assert_allclose(train.batch(0, 1)[2], 2 * wanted[8:16])


def test_a_layer_augments_with_numbers_of_its_own(splits):
    train = train_of(splits)
    Own(augment=keras.layers.RandomBrightness(0.3, seed=1)).apply_to(train, splits)
    images, targets = train.batch(0, 0)
    assert images.dtype == np.float32 and targets.shape == (8, 3)
    assert not np.array_equal(images, splits.train.images[:8])
    assert train.token


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"optimizer": "adam"}, "optimizer can't be used .received: 'adam'"),
        ({"loss": "mse"}, "loss can't be used"),
        ({"metrics": ["accuracy"]}, "metrics can't be used .received: 'accuracy'"),
        ({"class_weight": {"square": 2}}, "class_weight names no class of the data .received: square"),
        ({"sample_weight": [1.0]}, "sample_weight has another length .received: 1 for 42 examples"),
        ({"sample_weight": {"x": 1}}, "sample_weight names no training examples"),
        ({"sample_weight": -np.ones(42)}, "weights must be at least 0"),
        ({"augment": lambda images, targets, seed: (images[:, :4], targets)}, "of another shape"),
        ({"augment": lambda images, targets, seed: (images / 255, targets)}, "other values than 0..255"),
        ({"augment": lambda images: images}, "augment fails: .*positional argument"),
        ({"augment": keras.layers.Rescaling(1 / 255)}, "other values than 0..255"),
    ],
)
def test_what_can_t_work_is_told_before_training(splits, own, words):
    import re

    assert re.search(words, problems(Own(**own), splits))


def test_an_optimizer_of_ones_own_has_the_rate(splits):
    own = Own(optimizer=keras.optimizers.SGD(0.1))
    assert problems(own, splits) == ""
    auto = (kerasft.Phase("head", 0, 1, AUTO), kerasft.Phase("tune", 1, 1, 1e-3, layer_decay=0.5))
    found = problems(own, splits, auto)
    assert "the rate of phase 'head' can't be looked for" in found and "knows no --layer-decay" in found


def test_a_run_goes_on_with_the_same_parts_alone():
    own = Own(optimizer=keras.optimizers.SGD(0.1), augment=darker)
    assert own.names == {"optimizer": "SGD", "augment": "darker"}
    resumed({"optimizer": "SGD", "augment": "darker"}, own)
    resumed(None, Own())
    for recorded, given in (({"optimizer": "SGD"}, Own()), (None, own)):
        with pytest.raises(InputError, match=r"give the same to kerasft.resume\(own=kerasft.Own"):
            resumed(recorded, given)


@pytest.mark.slow
def test_the_whole_path_with_all_of_it(splits, tmp_path, capsys):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    own = Own(
        optimizer=lambda phase, steps: keras.optimizers.SGD(0.02, momentum=0.9),
        loss=keras.losses.CategoricalFocalCrossentropy(from_logits=True),
        metrics=[keras.metrics.TopKCategoricalAccuracy(2, name="top2")],
        augment=darker,
        class_weight={splits.class_names[0]: 2.0},
    )

    def build():
        return kerasft.build_model(
            "image_classification", backbone="starter", class_names=splits.class_names, image_size=16
        )

    settings = kerasft.Training(batch_size=8)
    through = kerasft.fine_tune(build(), splits, PHASES, tmp_path / "through", settings, own=own)
    assert (
        "note: of your own, and not kept in the run folder: optimizer (<lambda>), loss"
        in capsys.readouterr().err
    )
    with pytest.raises(Interrupted):
        kerasft.fine_tune(
            build(), splits, PHASES, tmp_path / "run", settings, own=own, callbacks=[Stop()], verbose=False
        )
    with pytest.raises(InputError, match="this training has of its caller's own: optimizer"):
        kerasft.resume(tmp_path / "run", splits)
    run = kerasft.resume(tmp_path / "run", splits, own=own, verbose=False)
    rows = read_history(run.run_dir / "history.csv")
    assert [row.learning_rate for row in rows] == pytest.approx([0.02] * 4) and "val_top2" in rows[0].metrics
    assert set(json.loads((run.run_dir / "config.json").read_text())["own"]) == {
        "optimizer", "loss", "metrics", "augment", "class_weight",
    }  # fmt: skip
    both = [(each.run_dir / "best.weights.safetensors").read_bytes() for each in (through, run)]
    assert both[0] == both[1]
    assert kerasft.evaluate(kerasft.export(run).path).score == kerasft.evaluate(run).score
