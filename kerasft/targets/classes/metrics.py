"""What ranks epochs where classes are unequal: metrics that a rare class decides as much as a common one."""

from __future__ import annotations

import keras
import numpy as np

_FURTHEST, _THRESHOLDS = 10.0, 401  # of the difference of two logits


class BalancedLogLoss(keras.metrics.Metric):
    """The mean over the classes of the mean log loss of each, in nats: that in which classes count alike.

    It takes one-hot rows (batch, classes) and logits of the same shape. A class without examples is left out.
    """

    def __init__(self, num_classes: int, name: str = "balanced_log_loss"):
        super().__init__(name=name)
        self.sums = self.add_variable((num_classes,), "zeros", name="sums")
        self.counts = self.add_variable((num_classes,), "zeros", name="counts")

    def update_state(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: None = None
    ) -> None:
        """Adds a batch."""
        rows = keras.ops.cast(y_true, "float32")
        losses = keras.ops.categorical_crossentropy(rows, keras.ops.cast(y_pred, "float32"), from_logits=True)
        self.sums.assign_add(keras.ops.matmul(losses, rows))
        self.counts.assign_add(keras.ops.sum(rows, axis=0))

    def result(self) -> keras.KerasTensor:
        """Returns the mean of the classes that were there."""
        means = keras.ops.divide_no_nan(self.sums, self.counts)
        there = keras.ops.cast(self.counts > 0, "float32")
        return keras.ops.divide_no_nan(keras.ops.sum(means), keras.ops.sum(there))


class TwoClassCurve(keras.metrics.AUC):
    """The area under the ROC curve of two classes: how often an example of one is put before one of the other.

    It takes one-hot rows (batch, 2) and logits of the same shape, and is the same whichever class is meant. Its
    thresholds are evenly spaced in logits, since the probabilities of a rare class may all be small.
    """

    def __init__(self, name: str = "roc_auc"):
        cuts = np.linspace(-_FURTHEST, _FURTHEST, _THRESHOLDS)
        super().__init__(thresholds=(1 / (1 + np.exp(-cuts))).tolist(), name=name)

    def update_state(
        self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor, sample_weight: None = None
    ) -> None:
        """Adds a batch."""
        super().update_state(y_true[:, 1] > 0.5, keras.ops.sigmoid(y_pred[:, 1] - y_pred[:, 0]))
