"""Text backbones from presets and checkpoints: the same network and tokens, rebuilt, frozen, and divided."""

import json
import shutil

import h5py
import keras
import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.inputs.texts.backbones import catalog
from kerasft.inputs.texts.backbones.building import (
    build_text_backbone,
    load_tokenizer,
    mean_of_tokens,
    save_tokenizer,
)
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.networks import fetching
from kerasft.networks.blocks import resolve_unfreeze, split_blocks
from kerasft.training.freezing import assert_unchanged, frozen_digest, set_trainable

TEXTS = ["", "the parcel never arrived, café", "x " * 100, "你好 🙂"]


def encoder_of(parts, length=16):
    return TextEncoder(parts.tokenizer, length, parts.input_names)


def classifier_of(parts, length=16):
    inputs = parts.inputs(length)
    logits = keras.layers.Dense(3, name="logits")(parts.features(inputs))
    return keras.Model(inputs, logits)


def tokens_of(parts, arrays):
    return np.asarray(parts.backbone({name: arrays[name] for name in parts.backbone.input}, training=False))


@pytest.fixture(scope="module")
def parts(toy_preset):
    """What kerasft builds of the toy preset. Don't train it."""
    return build_text_backbone(str(toy_preset[0]))


def test_a_preset_gives_the_vectors_and_tokens_of_keras_hub(toy_preset, parts):
    folder, original, tokenizer = toy_preset
    arrays = encoder_of(parts)(TEXTS)
    expected = original({name: arrays[name] for name in original.input}, training=False)
    expected = expected["sequence_output"] if isinstance(expected, dict) else expected
    np.testing.assert_allclose(tokens_of(parts, arrays), expected, atol=1e-5)
    assert parts.backbone.name == "backbone" and type(parts.tokenizer) is type(tokenizer)
    assert parts.max_length == (512 if folder.name == "roformer_v2" else 32)


def test_pooling_is_the_one_of_keras_hubs_classifier(toy_preset, parts):
    _, original, _ = toy_preset
    arrays = encoder_of(parts)(TEXTS)
    inputs = parts.inputs(16)
    found = keras.Model(inputs, parts.features(inputs))(arrays, training=False)
    outputs = original({name: arrays[name] for name in original.input}, training=False)
    expected = outputs["pooled_output"] if isinstance(outputs, dict) else outputs[:, 0]
    assert parts.config["pooling"] == ("pooler" if isinstance(outputs, dict) else "cls")
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_it_is_rebuilt_from_config_and_tokenizer_files(parts, tmp_path):
    model = classifier_of(parts)
    model.save_weights(tmp_path / "a.weights.h5")
    save_tokenizer(parts.tokenizer, tmp_path / "tokenizer")
    config = json.loads(json.dumps(parts.config))
    again = build_text_backbone("gone", None, config, tmp_path / "tokenizer")
    rebuilt = classifier_of(again)
    rebuilt.load_weights(tmp_path / "a.weights.h5")
    arrays, same = encoder_of(parts)(TEXTS), encoder_of(again)(TEXTS)
    assert all(np.array_equal(arrays[name], same[name]) for name in arrays)
    np.testing.assert_array_equal(rebuilt(same, training=False), model(arrays, training=False))
    assert again.config == parts.config and again.input_names == parts.input_names
    assert [layer.name for layer in again.backbone.layers] == [layer.name for layer in parts.backbone.layers]
    files = {path.name for path in (tmp_path / "tokenizer").iterdir()}
    assert files == {"tokenizer.json", *parts.tokenizer.file_assets}
    assert load_tokenizer(tmp_path / "tokenizer").get_vocabulary() == parts.tokenizer.get_vocabulary()


def test_blocks_are_the_embeddings_and_the_transformer_layers(toy_preset, parts):
    folder, *_ = toy_preset
    blocks = split_blocks(parts.backbone)
    layer = {"deberta_v3": "disentangled_attention_encoder_layer", "f_net": "f_net_layer"}
    names = [f"{layer.get(folder.name, 'transformer_layer')}_{number}" for number in range(3)]
    expected = ["embedding"] + (["group_0"] if folder.name == "albert" else names)
    assert [block.name for block in blocks] == expected
    with_weights = [layer for layer in parts.backbone.layers if layer.weights]
    divided = [layer for block in blocks for layer in block.layers if layer.weights]
    assert sorted(map(id, divided)) == sorted(map(id, with_weights))
    arrays = encoder_of(parts)(TEXTS)
    whole = tokens_of(parts, arrays)
    for block in blocks[1:]:
        trunk = keras.Model(parts.backbone.input, list(block.cut))
        tail = keras.Model(list(block.cut), parts.backbone.output)
        below = trunk({name: arrays[name] for name in parts.backbone.input}, training=False)
        np.testing.assert_allclose(tail(below, training=False), whole, atol=1e-5)


def test_embeddings_stay_frozen_unless_all_is_asked_for(toy_preset, parts):
    folder, *_ = toy_preset
    model = classifier_of(parts)
    blocks = split_blocks(model.get_layer("backbone"))
    head = ["pooled_dense", "logits"] if folder.name in ("bert", "albert", "f_net") else ["logits"]
    inside = {name: [layer.name for layer in b.layers if layer.weights] for b in blocks for name in [b.name]}
    assert list(set_trainable(model, 0)) == head
    assert list(set_trainable(model, 1)) == inside[blocks[-1].name] + head
    assert resolve_unfreeze(0.999, blocks) == len(blocks) - 1
    assert resolve_unfreeze(0.5, blocks) == (1 if folder.name == "albert" else 2)
    assert resolve_unfreeze("embedding", blocks) == resolve_unfreeze("all", blocks) == len(blocks)
    assert set(set_trainable(model, 0.999)) == {n for b in blocks[1:] for n in inside[b.name]} | set(head)
    everything = {name for block in blocks for name in inside[block.name]} | set(head)
    assert set(set_trainable(model, "all")) == everything


@pytest.mark.slow
def test_training_changes_the_top_layer_and_nothing_below(bert_preset):
    """The fast test_text_training.py sees that the embeddings of a run stay as they were."""
    parts = build_text_backbone(str(bert_preset))
    model = classifier_of(parts)
    assert set_trainable(model, 1) == ("transformer_layer_2", "pooled_dense", "logits")
    frozen, before = frozen_digest(model), [np.asarray(w) for w in model.trainable_weights]
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(encoder_of(parts)(TEXTS), np.array([0, 1, 2, 0]), epochs=1, verbose=0)
    assert_unchanged(model, frozen)
    still = [w.path for w, old in zip(model.trainable_weights, before, strict=True) if np.array_equal(w, old)]
    assert not [path for path in still if not path.endswith("key/bias")]  # softmax doesn't see a key's bias


def test_the_mean_leaves_padding_out_and_is_never_nan():
    tokens = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float16")
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]], "int32")
    found = np.asarray(mean_of_tokens(tokens, mask))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], tokens[0, :2].astype("float32").mean(0), atol=1e-6)
    np.testing.assert_allclose(found[1], tokens[1].astype("float32").mean(0), atol=1e-6)
    np.testing.assert_array_equal(found[2], 0)


def test_random_weights_have_the_same_architecture(bert_preset):
    random, loaded = (build_text_backbone(str(bert_preset), weights) for weights in (None, "pretrained"))
    assert [w.path for w in random.backbone.weights] == [w.path for w in loaded.backbone.weights]
    pairs = zip(random.backbone.weights, loaded.backbone.weights, strict=True)
    assert any(not np.array_equal(a, b) for a, b in pairs)


def test_a_pooling_from_the_catalogue_or_a_manifest_is_taken(bert_preset, tmp_path, monkeypatch):
    folder = shutil.copytree(bert_preset, tmp_path / "presets" / "toy")
    (folder / fetching.MANIFEST).write_text('{"pooling": "mean", "files": {}}')
    assert build_text_backbone(str(folder), None).config["pooling"] == "mean"
    entry = catalog.TextEntry("toy", "keras-hub", pooling="cls")
    monkeypatch.setitem(catalog._ENTRIES, "toy", entry)
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    parts = build_text_backbone("toy", None)
    assert parts.config["pooling"] == "cls" and "padding_mask" in parts.input_names


def edited(folder, tmp_path, file="config.json", change=lambda config: None):
    """Returns a copy of a preset in which one JSON file was changed."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    content = json.loads((copy / file).read_text())
    change(content)
    (copy / file).write_text(json.dumps(content))
    return copy


EVIL = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": "x"},
    "registered_name": None,
}


@pytest.mark.parametrize(
    "file, change, message",
    [
        ("config.json", lambda c: c.update(registered_name="Custom>Evil"), "not a text backbone.*Custom>Evil"),
        ("config.json", lambda c: c.update(registered_name="keras_hub>GemmaBackbone"), "not a text backbone"),
        ("config.json", lambda c: c.update(registered_name=None), "not a text backbone"),
        ("config.json", lambda c: c.update(config="x"), "not of a KerasHub backbone"),
        ("config.json", lambda c: c["config"].update(dropout=EVIL), "names a class of other code.*Lambda"),
        ("config.json", lambda c: c["config"].pop("hidden_dim"), "can't be built.*hidden_dim"),
        ("config.json", lambda c: c["config"].update(vocabulary_size=50), "the tokenizer is not the backbone's"),
        ("config.json", lambda c: c["config"].update(num_layers=2), "the weights file holds .* weights that the model"),
        ("config.json", lambda c: c["config"].update(num_layers=4), "the weights file lacks .* weights of the model"),
        ("tokenizer.json", lambda c: c.update(registered_name="Custom>Evil"), "the tokenizer is not one of KerasHub"),
        ("tokenizer.json", lambda c: c.update(registered_name="keras_hub>BertBackbone"), "tokenizer is not one of"),
        ("tokenizer.json", lambda c: c["config"].update(suffix_indicator=EVIL), "tokenizer is not one of KerasHub"),
        ("tokenizer.json", lambda c: c["config"].update(nonsense=1), "the tokenizer can't be built"),
    ],
)  # fmt: skip
def test_presets_that_would_build_something_else_are_refused(bert_preset, tmp_path, file, change, message):
    with pytest.raises(InputError, match=message):
        build_text_backbone(str(edited(bert_preset, tmp_path, file, change)))


def test_a_tokenizer_reads_its_vocabulary_from_its_own_folder_only(bert_preset, tmp_path):
    (tmp_path / "secret.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nsecret\n")
    outside = lambda config: config["config"].update(vocabulary=str(tmp_path / "secret.txt"))  # noqa: E731
    parts = build_text_backbone(str(edited(bert_preset, tmp_path, "tokenizer.json", outside)), None)
    assert "secret" not in parts.tokenizer.get_vocabulary() and "parcel" in parts.tokenizer.get_vocabulary()


@pytest.mark.parametrize(
    "name, message",
    [
        ("config.json", "a file of the backbone is missing: .*config.json"),
        ("tokenizer.json", "a file of the backbone is missing: .*tokenizer.json"),
        ("assets/tokenizer/vocabulary.txt", "the tokenizer lacks vocabulary.txt"),
        ("model.weights.h5", "a file of the backbone is missing: .*model.weights"),
    ],
)
def test_what_is_missing_is_named(bert_preset, tmp_path, name, message):
    copy = shutil.copytree(bert_preset, tmp_path / "copy")
    (copy / name).unlink()
    with pytest.raises(InputError, match=message):
        build_text_backbone(str(copy))


def test_a_config_from_a_run_is_checked_as_well(bert_preset, tmp_path):
    parts = build_text_backbone(str(bert_preset), None)
    save_tokenizer(parts.tokenizer, tmp_path / "tokenizer")
    for change, message in (
        ({"class": "Custom>Evil"}, "not a text backbone"),
        ({"pooling": "sum"}, "the backbone's pooling is unknown"),
        ({"tokenizer": {"class": "Custom>Evil", "config": {}}}, "the tokenizer is not one of KerasHub"),
    ):
        with pytest.raises(InputError, match=message):
            build_text_backbone("x", None, {**parts.config, **change}, tmp_path / "tokenizer")
    with pytest.raises(InputError, match="the tokenizer's files are missing"):
        build_text_backbone("x", None, parts.config, tmp_path / "nowhere")


def test_a_weights_file_of_another_backbone_is_refused(bert_preset, toys, tmp_path):
    other = toys.backbone_of("bert", 50)
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(InputError, match="the weights file lacks"):
        build_text_backbone(str(bert_preset), str(tmp_path / "other.weights.h5"))


def test_a_name_that_can_not_be_fetched_says_so(tmp_path, monkeypatch):
    def refuse(preset, path):
        raise OSError("no network")

    monkeypatch.setenv("KERASFT_HOME", str(tmp_path))
    monkeypatch.setattr("keras_hub.src.utils.preset_utils.get_file", refuse)
    with pytest.raises(
        UnavailableError, match="bert_tiny_en_uncased can't be fetched; tried Kaggle.*no network"
    ):
        build_text_backbone("bert_tiny_en_uncased")


def test_weights_in_parts_are_loaded_and_checked(toys, tmp_path):
    folder = tmp_path / "bert"
    tokenizer = toys.tokenizer_of("bert")
    original = toys.backbone_of("bert", tokenizer.vocabulary_size())
    original.save_to_preset(str(folder), max_shard_size=5e-6)
    tokenizer.save_to_preset(str(folder))
    parts = sorted(folder.glob("model_*.weights.h5"))
    assert len(parts) > 1
    loaded = build_text_backbone(str(folder)).backbone
    for weight, expected in zip(loaded.weights, original.weights, strict=False):  # all but the pooler's
        np.testing.assert_array_equal(weight, expected)
    with h5py.File(parts[0], "a") as file:
        file["elsewhere"] = h5py.ExternalLink(str(parts[1]), "/")
    with pytest.raises(InputError, match="is a link, which may point to another file"):
        build_text_backbone(str(folder))
    parts[0].unlink()
    with pytest.raises(InputError, match="a part of the weights is missing"):
        build_text_backbone(str(folder))


def test_uncased_berts_lose_accents_as_their_checkpoints_did(bert_preset):
    tokenizer = build_text_backbone(str(bert_preset), None).tokenizer
    assert tokenizer(["café déjà"]) == tokenizer(["cafe deja"])
