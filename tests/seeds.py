"""Seeds for models made by hand."""

import random


def draw_from(seed: int) -> None:
    """Has Keras draw weights and the seeds of layers from a seed: it takes both from Python's `random`.

    `keras.utils.set_random_seed` has TensorFlow drop its kernels too, and each function of each other model, such as
    the shared ones, then takes up to a second at its next call.
    """
    random.seed(seed)
