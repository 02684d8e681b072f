"""The small backbone that ships: its network, its weights file, and what the weights are worth."""

from __future__ import annotations

import functools
import pickle

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from kerasft.base.errors import InputError, KerasftError
from kerasft.inputs.images.backbones.starter import (
    STARTER_WEIGHTS,
    build_starter,
    load_starter_weights,
    save_starter_weights,
)
from kerasft.inputs.images.drawn import draw, make_classes


@pytest.fixture(scope="module")
def starter():
    model = build_starter(32)
    load_starter_weights(model)
    return model


@pytest.fixture
def arrays():
    return load_file(STARTER_WEIGHTS)


@pytest.mark.parametrize(("image_size", "side"), [(16, 1), (32, 2), (63, 4), (64, 4)])
def test_the_network_takes_any_size_from_16_with_the_same_weights(image_size, side):
    model = build_starter(image_size)
    load_starter_weights(model)
    features = model(np.zeros((2, image_size, image_size, 3), np.float32))
    assert features.shape == (2, side, side, 192)
    assert model.name == "backbone"


def test_smaller_pictures_are_refused_with_the_flag_to_change():
    with pytest.raises(
        InputError, match=r"too small for `starter` \(received: 15\); use --image-size 16 or more"
    ):
        build_starter(15)


def test_layer_names_are_what_others_rely_on(starter):
    names = [layer.name for layer in starter.layers]
    for block in range(1, 5):
        for part in ("conv1", "conv1_bn", "conv2", "conv2_bn", "add", "out"):
            assert f"block{block}_{part}" in names
    assert names[-1] == "block4_out"
    kinds = {type(layer).__name__ for layer in starter.layers}
    assert kinds == {"InputLayer", "Conv2D", "BatchNormalization", "ReLU", "Add"}


def test_the_shipped_file_is_small_and_holds_exactly_the_networks_weights(starter, arrays):
    assert STARTER_WEIGHTS.stat().st_size <= 2_000_000
    assert starter.count_params() <= 900_000
    shapes = {
        f"{layer.name}/{each.name}": tuple(each.shape) for layer in starter.layers for each in layer.weights
    }
    assert {name: array.shape for name, array in arrays.items()} == shapes
    assert {str(array.dtype) for name, array in arrays.items() if name.endswith("kernel")} == {"float16"}


def test_loading_sets_every_weight(starter, arrays):
    for layer in starter.layers:
        for variable in layer.weights:
            assert np.array_equal(
                variable.numpy(), arrays[f"{layer.name}/{variable.name}"].astype(np.float32)
            )
            assert variable.dtype == "float32"


def test_saved_and_loaded_again_is_the_same_file_and_function(starter, tmp_path):
    path = save_starter_weights(starter, tmp_path / "new" / "mine.safetensors")
    other = build_starter(32)
    load_starter_weights(other, path)
    images = np.random.default_rng(0).uniform(-1, 1, size=(3, 32, 32, 3)).astype(np.float32)
    assert np.array_equal(starter(images).numpy(), other(images).numpy())
    assert path.read_bytes() == save_starter_weights(other, tmp_path / "again.safetensors").read_bytes()


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    model = build_starter(16)
    kernel = model.get_layer("stem_conv").kernel
    kernel.assign(kernel * 1e9)  # finite, but not in float16
    with pytest.raises(KerasftError, match="stem_conv/kernel is not finite; lower the learning rate"):
        save_starter_weights(model, tmp_path / "bad.safetensors")
    assert list(tmp_path.iterdir()) == []


def _without(arrays, name):
    return {key: value for key, value in arrays.items() if key != name}


CHANGES = {
    "missing": (
        lambda a: _without(a, "block2_conv1/kernel"),
        r"holds 1 other arrays \(block2_conv1/kernel: missing, not F16",
    ),
    "extra": (
        lambda a: {**a, "block9_conv1/kernel": np.zeros(3)},
        r"is not of `starter`, it holds 1 other arrays \(block9_conv1/kernel: F64 .3., not known",
    ),
    "renamed": (
        lambda a: {**_without(a, "stem_bn/beta"), "beta": a["stem_bn/beta"]},
        r"holds 2 other arrays \(beta: F32 .32., not known, stem_bn/beta: missing",
    ),
    "shape": (
        lambda a: {**a, "stem_bn/beta": np.zeros(31, np.float32)},
        r"holds 1 other arrays \(stem_bn/beta: F32 \[31\], not F32 \[32\]\)",
    ),
    "integers": (
        lambda a: {**a, "stem_bn/beta": np.zeros(32, np.int32)},
        r"stem_bn/beta: I32 \[32\], not F32 \[32\]",
    ),
    "not finite": (
        lambda a: {**a, "stem_bn/beta": np.full(32, np.nan, np.float32)},
        "values that are not finite in stem_bn/beta",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_for_another_network_is_refused_and_changes_nothing(change, arrays, tmp_path):
    changed, message = CHANGES[change]
    path = tmp_path / "other.safetensors"
    save_file(changed(arrays), path)
    _assert_refused(path, message)


def test_broken_files_are_refused(tmp_path):
    whole = STARTER_WEIGHTS.read_bytes()
    for content in (
        b"",
        b"plain text",
        whole[: len(whole) // 2],
        whole[:-10],
        whole + b"more",
        bytes(8) + whole,
    ):
        (tmp_path / "broken.safetensors").write_bytes(content)
        _assert_refused(
            tmp_path / "broken.safetensors", "can't be read .*give --weights a file made by recipes/pretrain"
        )
    _assert_refused(tmp_path / "nowhere.safetensors", "does not exist .*nowhere.safetensors")
    _assert_refused(tmp_path, "it is no plain file but a folder")


class _Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "pickle.safetensors"
    path.write_bytes(pickle.dumps(_Bomb()))
    _assert_refused(path, "can't be read")


_untouched = functools.cache(build_starter)


def _assert_refused(path, message):
    model = _untouched(16)
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(InputError, match=message):
        load_starter_weights(model, path)
    assert all(np.array_equal(old, new.numpy()) for old, new in zip(before, model.weights, strict=True))


def _pretrain(tmp_path, **choices):
    from kerasft.recipes import pretrain_backbone

    output = tmp_path / "pretrained" / "mine.safetensors"
    config = pretrain_backbone.Config(output=str(output), epochs=2, image_size=16, batch_size=16, **choices)
    return output, pretrain_backbone.main(config)


@pytest.mark.slow
def test_the_recipe_pretrains_on_drawings(tmp_path, capsys):
    output, result = _pretrain(tmp_path, classes=5, drawings=40)
    assert result["classes"] == 5 and 0 <= result["accuracy"] <= 1
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines() if "loss" in line] == [
        "1/2",
        "2/2",
    ]
    model = build_starter(32)
    load_starter_weights(model, output)
    assert [path.name for path in output.parent.iterdir()] == ["mine.safetensors"]
    assert output.read_bytes() == _pretrain(tmp_path, classes=5, drawings=40)[0].read_bytes()


@pytest.mark.slow
def test_the_recipe_pretrains_on_a_folder_from_earlier_weights(tmp_path, starter):
    for label in range(3):
        (tmp_path / "data" / f"class {label}").mkdir(parents=True)
        for number, picture in enumerate(draw(make_classes(3), [label] * 10, seed=label)):
            Image.fromarray(picture).save(tmp_path / "data" / f"class {label}" / f"{number}.png")
    choices = {"data": str(tmp_path / "data"), "weights": "pretrained", "learning_rate": 1e-12}
    output, result = _pretrain(tmp_path, **choices)
    assert result["classes"] == 3
    model = build_starter(16)
    load_starter_weights(model, output)
    assert np.array_equal(model.get_layer("stem_conv").kernel, starter.get_layer("stem_conv").kernel)
    assert not np.array_equal(
        model.get_layer("stem_bn").moving_mean, starter.get_layer("stem_bn").moving_mean
    )


@pytest.mark.slow
def test_shipped_features_beat_random_ones_on_digits(starter):
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    digits = load_digits()
    images = np.kron(digits.images / 8 - 1, np.ones((4, 4)))[..., None].repeat(3, axis=-1).astype(np.float32)

    def accuracy(model):
        features = model.predict(images, batch_size=256, verbose=0).mean(axis=(1, 2))
        scores = []
        for seed in range(5):
            random = np.random.default_rng(seed)
            train = np.concatenate(
                [random.permutation(np.flatnonzero(digits.target == c))[:5] for c in range(10)]
            )
            test = np.setdiff1d(np.arange(len(images)), train)
            classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
            classifier.fit(features[train], digits.target[train])
            scores.append(classifier.score(features[test], digits.target[test]))
        return float(np.mean(scores))

    pretrained, untrained = accuracy(starter), accuracy(build_starter(32))
    assert pretrained > 0.85
    assert pretrained > untrained + 0.10
