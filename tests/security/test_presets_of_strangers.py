"""Presets and Hugging Face folders as `--backbone`: no code, no files elsewhere, and no vocabulary without end."""

import json

import pytest

from kerasft.base.errors import InputError
from kerasft.inputs.texts.backbones.presets import find_text_preset
from kerasft.networks import preset_folders, presets
from tests.text.test_hugging_face import write_checkpoint

WRONG = (None, -1, 0, 1.5, "x", [], [1], {}, {"a": 1}, True, 10**12)


@pytest.fixture
def checkpoint(tmp_path):
    folder = tmp_path / "checkpoint"
    write_checkpoint(folder)
    return folder


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_code_that_a_checkpoint_names_is_not_looked_at(checkpoint, canary):
    """Transformers runs such modules with trust_remote_code; KerasHub has no such thing."""
    (checkpoint / "evil.py").write_text(f"open({str(canary)!r}, 'w')")
    named = {"auto_map": {"AutoModel": "evil.Model", "AutoTokenizer": ["evil.Tokenizer", None]}}
    edit(
        checkpoint / "config.json",
        **named,
        trust_remote_code=True,
        custom_pipelines={"x": {"impl": "evil.P"}},
    )
    (checkpoint / "tokenizer_config.json").write_text(
        json.dumps({**named, "tokenizer_class": "evil.Tokenizer", "do_lower_case": True})
    )
    assert find_text_preset(str(checkpoint)).config["class"] == "keras_hub>BertBackbone"


@pytest.mark.parametrize("name", ["../elsewhere.safetensors", "/etc/passwd", "..", ""])
@pytest.mark.parametrize("index", ["model.safetensors.index.json", "model.weights.json"])
def test_parts_of_weights_lie_beside_their_list(index, name, tmp_path):
    for part in (name, [name], ["fine.h5", name]):
        (tmp_path / index).write_text(json.dumps({"weight_map": {"layer": part}}))
        with pytest.raises(InputError, match="names other things than files beside it"):
            preset_folders.check_preset_folder(tmp_path)
    (tmp_path / index).write_text(json.dumps({"weight_map": {"layer": "fine.h5", "other": ["fine.h5"]}}))
    preset_folders.check_preset_folder(tmp_path)


def test_a_vocabulary_has_an_end(checkpoint, monkeypatch):
    (checkpoint / "vocab.txt").write_bytes(b"a\n" * (preset_folders.MOST_ENTRIES + 1))
    with pytest.raises(InputError, match="more entries than any has: 4000001"):
        find_text_preset(str(checkpoint))
    monkeypatch.setattr(preset_folders, "MOST_ENTRIES", 10)
    path = checkpoint / "tokenizer.json"
    path.write_text(json.dumps({"model": {"vocab": {f"w{number}": number for number in range(30)}}}))
    with pytest.raises(InputError, match="more entries"):
        preset_folders.check_vocabulary(path)


FUNCTION = {
    "module": "os",
    "class_name": "function",
    "config": "getcwd",
    "registered_name": "keras_hub>ViTBackbone",
}
CLASS = {"module": "os", "class_name": "getcwd", "config": {}}
LAMBDA = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": {}}


@pytest.mark.parametrize("nested", [FUNCTION, CLASS, LAMBDA], ids=["function", "class", "lambda"])
def test_a_config_names_nothing_but_kerashubs_own_classes(nested):
    config = {"image_encoder": nested, "prompt_encoder": {}, "mask_decoder": {}}
    with pytest.raises(InputError, match="names a class of other code"):
        presets.checked({"class": "keras_hub>SAMBackbone", "config": config}, "x")


@pytest.mark.slow
@pytest.mark.parametrize(
    "key", ["hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "max_position_embeddings",
            "type_vocab_size", "intermediate_size", "hidden_dropout_prob", "model_type", "hidden_act"],
)  # fmt: skip
def test_values_of_other_types_are_refused(key, checkpoint):
    for value in WRONG:
        edit(checkpoint / "config.json", **{key: value})
        try:
            preset = find_text_preset(str(checkpoint))
        except InputError:
            continue
        assert preset.config["class"] == "keras_hub>BertBackbone"
