"""The catalogue: names, facts, and errors that help."""

import json
import math

import pytest

from kerasft.base.errors import InputError
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.backbones.published import keras_file


def test_it_lists_starter_those_of_the_package_index_and_every_application():
    import keras

    constructors = {name for name in dir(keras.applications) if name[0].isupper()}
    entries = [catalog.find(name) for name in catalog.names()]
    assert entries[0].name == "starter"
    assert [entry.name for entry in entries[1:4]] == [f"efficientnet_lite{number}" for number in range(3)]
    assert {entry.keras_name for entry in entries[4:]} == constructors
    assert len(constructors) == 40


@pytest.mark.parametrize(
    "name, keras_name, size",
    [
        ("mobilenet_v3_small", "MobileNetV3Small", 224),
        ("efficientnet_v2_b0", "EfficientNetV2B0", 224),
        ("efficientnet_b7", "EfficientNetB7", 600),
        ("resnet50_v2", "ResNet50V2", 224),
        ("nasnet_large", "NASNetLarge", 331),
        ("inception_resnet_v2", "InceptionResNetV2", 299),
        ("convnext_xlarge", "ConvNeXtXLarge", 224),
    ],
)
def test_names_and_sizes(name, keras_name, size):
    entry = catalog.find(name)
    assert (entry.keras_name, entry.image_size) == (keras_name, size)


def test_published_accuracies_have_a_source():
    for name in catalog.names():
        entry = catalog.find(name)
        assert (entry.imagenet_top1 is None) == (entry.top1_source == "")
        if entry.source == "applications":
            assert 0.6 < entry.imagenet_top1 < 0.9 and entry.top1_source.startswith("https://")
            assert math.isclose(entry.megabytes, entry.parameters * 4, rel_tol=0.02)


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("mobilenet_v3_smal", "mobilenet_v3_small"),
        ("ResNet50V2", "resnet50_v2"),
        ("resnet50v2", "resnet50_v2"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(typed, meant):
    with pytest.raises(InputError, match="--backbone is unknown.*did you mean '" + meant):
        catalog.find(typed)


def test_an_unlike_name_points_to_the_list():
    with pytest.raises(InputError, match=r"'zzz'\); `kerasft backbones` lists them"):
        catalog.find("zzz")


def test_the_facts_of_starter_are_those_of_its_network():
    from kerasft.inputs.images.backbones import starter

    entry = catalog.find("starter")
    assert entry.min_size == starter.MIN_SIZE
    assert entry.parameters == pytest.approx(starter.build_starter(32).count_params() / 1e6, abs=1e-3)


def test_too_small_pictures_name_the_flag():
    (problem,) = catalog.size_problems(catalog.find("xception"), 64)
    assert str(problem) == (
        "images are too small for xception (received: 64 pixels); use --image-size 71 or more, or another backbone"
    )
    assert catalog.size_problems(catalog.find("xception"), 71) == []


def test_hub_entries_tell_the_size_of_a_local_preset(tmp_path):
    config = {"registered_name": "keras_hub>ViTBackbone", "config": {"image_shape": [48, 48, 3]}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    entry = catalog.find(f"hub:{tmp_path}")
    assert (entry.source, entry.image_size, entry.fixed_size) == ("hub", 48, True)
    assert catalog.find("hub:resnet_18_imagenet").image_size == 224


@pytest.mark.parametrize(
    "content", ["", "[]", '{"config": 3}', '{"config": {"image_shape": [null, null, 3]}}']
)
def test_a_preset_without_a_size_keeps_the_default(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    entry = catalog.find(f"hub:{tmp_path}")
    assert (entry.image_size, entry.fixed_size) == (224, False)


@pytest.mark.parametrize("name, message", [("hub:", "name is missing"), ("hub:./nowhere", "does not exist")])
def test_hub_names_that_can_not_be(name, message):
    with pytest.raises(InputError, match=message):
        catalog.find(name)


def test_the_table_tells_where_the_weights_are_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "kerasft"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras/models").mkdir(parents=True)
    (tmp_path / "keras/models/efficientnetb0_notop.h5").write_bytes(b"")
    rows = {line.split()[0]: line for line in catalog.table() if line}
    assert rows["starter"].endswith("  Apache-2.0  in kerasft")
    assert rows["efficientnet_lite0"].endswith("  75.1%  Apache-2.0  package index")
    assert rows["efficientnet_b0"].endswith("  here") and rows["efficientnet_b1"].endswith("  Keras' server")
    assert catalog.availability(catalog.find("hub:resnet_18_imagenet")) == "keras-hub"


@pytest.mark.slow
@pytest.mark.turns(4)
@pytest.mark.parametrize("name", [name for name in catalog.names() if catalog.find(name).keras_name])
def test_the_file_that_is_looked_for_is_the_one_that_keras_downloads(name, monkeypatch):
    import keras
    from keras.src.utils import file_utils  # by which all of its models ask

    asked = []

    class Found(Exception):
        pass

    def get_file(fname, *arguments, **others):
        asked.append(fname)
        raise Found

    monkeypatch.setattr(file_utils, "get_file", get_file)
    entry = catalog.find(name)
    with pytest.raises(Found):
        size = (entry.image_size, entry.image_size, 3)
        getattr(keras.applications, entry.keras_name)(include_top=False, weights="imagenet", input_shape=size)
    assert asked == [keras_file(name, entry.family)]
