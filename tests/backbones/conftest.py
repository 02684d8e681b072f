"""Shared by the backbone tests: Keras' own preprocessing, and weights files as Keras writes and serves them."""

import importlib

import h5py
import keras
import numpy as np
import pytest

from tests.seeds import draw_from

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def constructor_of(entry):
    return getattr(keras.applications, entry.keras_name)


def keras_preprocessing(entry, images):
    """Returns what Keras' function of the family makes of float32 images."""
    module = importlib.import_module(constructor_of(entry).__module__)
    return np.asarray(module.preprocess_input(images.astype("float32").copy()))


def write_served_file(path, model):
    """Writes weights in the format of the files on Keras' servers: HDF5 of Keras 2, layers in order."""
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)


def trained_like_weights(model, images):
    """Gives a model weights under which every part matters: statistics of real activations, no near-zero scales."""
    normalizations = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
    for layer in model.layers:
        if "layer_scale" in layer.name:
            layer.set_weights([np.full(weight.shape, 0.3) for weight in layer.weights])
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    set_statistics(normalizations, DEVIATION**2)
    model(images, training=True)
    # the deviation in the place of the variance, as in the files that Keras serves for EfficientNet
    set_statistics(normalizations, DEVIATION)


def set_statistics(normalizations, variance):
    for layer in (each for each in normalizations if each.weights):
        layer.adapt_mean.assign(MEAN)
        layer.adapt_variance.assign(variance)
        layer.finalize_state()


@pytest.fixture(scope="session")
def keras_function():
    """Returns Keras' `preprocess_input` of a family, as a function of an entry and images."""
    return keras_preprocessing


@pytest.fixture
def serve(monkeypatch, tmp_path, images):
    """Returns a function that makes Keras' downloader hand out weights of our own for an application.

    It returns Keras' own model built with `weights="imagenet"` from that file: the reference.
    """

    def serve(entry, size):
        constructor = constructor_of(entry)
        draw_from(0)
        model = constructor(include_top=False, weights=None, input_shape=(size, size, 3))
        trained_like_weights(model, keras_preprocessing(entry, images[:, :size, :size]))
        path = tmp_path / "served_notop.h5"
        write_served_file(path, model)
        monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *args, **kwargs: str(path))
        return constructor(include_top=False, weights="imagenet", input_shape=(size, size, 3))

    return serve


@pytest.fixture(scope="session")
def images():
    """Smooth coloured images (64, 80, 80, 3), uint8: crop them to the size of a model."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (64, 8, 8, 3)).astype("float32")
    smooth = keras.ops.image.resize(coarse, (80, 80), interpolation="bilinear")
    return np.round(np.asarray(smooth)).astype("uint8")
