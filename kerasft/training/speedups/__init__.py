"""What replaces Keras' own arithmetic for speed alone, each with a test that it computes the same.

| room | in place of | worth, measured on CPUs | upstream |
| --- | --- | --- | --- |
| `adam` | the dozen operations of Keras 3's Adam | the update of ResNet50's last stage: 36 CPU-ms instead of 66, a twentieth of a step, and a third of the time to trace | https://github.com/keras-team/keras/issues/19307 |
| `cosine` | the branches of `CosineDecay` | a fifth of the time to trace a train step | none; https://github.com/keras-team/keras/blob/master/keras/src/optimizers/schedules/learning_rate_schedule.py |
| `depthwise` | oneDNN's gradient of wide depthwise kernels | 5.5 CPU-ms instead of 12.5 for a kernel of 5 x 5, an eighth of a step of MobileNetV3Small's upper blocks | none; https://github.com/uxlfoundation/oneDNN |

docs/speed.md says how that was measured. With the environment variable KERASFT_SPEEDUPS=off everything is Keras' own;
a run records that, and isn't resumed with the other choice, since sums are rounded otherwise.
"""  # noqa: E501

from __future__ import annotations

import os


def enabled() -> bool:
    """Whether they are used: unless the environment variable KERASFT_SPEEDUPS is "off"."""
    return os.environ.get("KERASFT_SPEEDUPS") != "off"
