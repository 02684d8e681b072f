"""The best weights and the early stop, with scripted results (traps 8 and 10)."""

import keras
import numpy as np
import pytest

from kerasft.base.errors import KerasftError
from kerasft.targets.classes.head import classification_objective
from kerasft.training.callbacks import KeepBest, StopAtNonFinite

NAN = float("nan")


def play(results, tmp_path, patience=2):
    """Runs the callback over scripted (accuracy, log loss) pairs; the weights are the epoch's number."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.stop_training = False  # as `fit` sets it
    keep = KeepBest(patience, model, classification_objective(2))
    keep.set_model(model)
    for epoch, (accuracy, log_loss) in enumerate(results):
        model.set_weights([np.full((1, 1), epoch + 1.0)])
        keep.on_epoch_end(epoch, {"val_accuracy": accuracy, "val_log_loss": log_loss})
        if model.stop_training:
            break
    if not keep.values:
        return None, epoch + 1
    keep.put_back()
    return int(model.get_weights()[0][0, 0]), epoch + 1


@pytest.mark.parametrize(
    ("results", "kept", "epochs"),
    [
        ([(0.9, 1.0), (0.1, 0.5), (0.8, 0.1)], 1, 3),  # accuracy decides
        ([(0.9, 1.0), (0.9, 0.8), (0.9, 0.9)], 2, 3),  # then log loss
        (
            [(0.9, 1.0), (0.9, 1.0 - 1e-6), (0.9, 1.0 - 2e-6), (0.95, 0.1)],
            1,
            3,
        ),  # a gain in the sixth digit is none
        ([(NAN, NAN), (0.5, 1.0), (0.9, NAN)], 2, 3),  # NaN is never best, neither first nor last
        ([(NAN, NAN), (NAN, NAN), (0.5, 1.0)], None, 2),  # and counts towards the stop
        (
            [(0.5, 1.0), (0.4, 1.0), (0.6, 1.0), (0.5, 1.0), (0.6, 1.1), (0.9, 0.1)],
            3,
            5,
        ),  # patience starts anew
    ],
)
def test_the_best_is_kept_and_the_phase_stops(results, kept, epochs, tmp_path):
    assert play(results, tmp_path) == (kept, epochs)


def test_a_collapsed_loss_scale_is_reported(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())
    model.compile(optimizer, "mse", auto_scale_loss=False)
    optimizer.build(model.trainable_variables)
    stop = StopAtNonFinite("tune", 3, tmp_path)
    stop.set_model(model)
    stop.on_epoch_end(0)
    optimizer.dynamic_scale.assign(0.5)
    with pytest.raises(
        KerasftError, match="loss scale of mixed_float16 fell below 1 in epoch 2 of phase 'tune'"
    ):
        stop.on_epoch_end(1)


def test_a_gpu_is_not_made_to_wait_at_every_step(tmp_path, monkeypatch):
    monkeypatch.setattr("kerasft.training.callbacks.has_gpu", lambda: True)
    stop = StopAtNonFinite("head", 70, tmp_path)
    for batch in (0, 48):
        stop.on_train_batch_end(batch, {"loss": NAN})  # not looked at
    for batch in (49, 69):
        with pytest.raises(KerasftError, match=f"batch {batch + 1} of 70 .or up to 49 before."):
            stop.on_train_batch_end(batch, {"loss": NAN})


def test_steps_that_are_one_call_are_looked_at_together(tmp_path):
    stop = StopAtNonFinite("head", 20, tmp_path, steps_per_call=16)
    stop.on_train_batch_end(15, {"loss": 1.0})
    for batch, shown in ((15, 16), (31, 20)):  # Keras counts the last call as full
        with pytest.raises(KerasftError, match=f"batch {shown} of 20 .or up to 15 before."):
            stop.on_train_batch_end(batch, {"loss": NAN})
