"""Hugging Face checkpoints: a toy BERT against a BERT in plain numpy, MiniLM's tokens against Hugging Face's own."""

import csv
import json
import unicodedata
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

import kerasft
from kerasft.base.errors import InputError
from kerasft.inputs.texts.backbones.building import build_text_backbone
from kerasft.inputs.texts.encoding import TextEncoder

LAYERS, HEADS, WIDTH, INNER, POSITIONS = 2, 2, 8, 12, 20
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "where", "is", "my", "refund", "cafe", "?", "##s"]
TEXTS = ["Where is my refund?", "", "Cafés, where?"]


def toy_weights(rng, prefix=""):
    def random(*shape):
        return rng.normal(0, 0.5, shape).astype("float32")

    def dense(name, inputs, outputs):
        return {f"{name}.weight": random(outputs, inputs), f"{name}.bias": random(outputs)}

    def norm(name):
        return {f"{name}.weight": 1 + random(WIDTH), f"{name}.bias": random(WIDTH)}

    weights = {
        "embeddings.word_embeddings.weight": random(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": random(POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": random(2, WIDTH),
        **norm("embeddings.LayerNorm"),
        **dense("pooler.dense", WIDTH, WIDTH),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            weights |= dense(f"{layer}.attention.self.{part}", WIDTH, WIDTH)
        weights |= dense(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        weights |= dense(f"{layer}.intermediate.dense", WIDTH, INNER)
        weights |= dense(f"{layer}.output.dense", INNER, WIDTH)
        weights |= norm(f"{layer}.attention.output.LayerNorm") | norm(f"{layer}.output.LayerNorm")
    return {prefix + name: value for name, value in weights.items()}


def write_checkpoint(folder, weights=None, pooling=None, **config):
    """Writes a checkpoint as Transformers and sentence-transformers do, and returns its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = toy_weights(np.random.default_rng(0)) if weights is None else weights
    described = {
        "model_type": "bert",
        "vocab_size": len(VOCABULARY),
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "hidden_act": "gelu",
    }
    (folder / "config.json").write_text(json.dumps(described | config))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    save_file(weights, folder / "model.safetensors")
    if pooling:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return weights


def bert_in_numpy(weights, token_ids, padding_mask):
    """Returns the vectors (batch, tokens, channels) of Devlin et al. (2018), with GELU by its tanh formula."""

    def dense(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name, x):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def split(x):
        return x.reshape(*x.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

    x = weights["embeddings.word_embeddings.weight"][token_ids]
    x = x + weights["embeddings.position_embeddings.weight"][: token_ids.shape[1]]
    x = norm("embeddings.LayerNorm", x + weights["embeddings.token_type_embeddings.weight"][0])
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            split(dense(f"{layer}.attention.self.{part}", x)) for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(WIDTH / HEADS)
        scores = np.where(padding_mask[:, None, None, :], scores, -1e9)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ value
        mixed = mixed.transpose(0, 2, 1, 3).reshape(x.shape)
        x = norm(f"{layer}.attention.output.LayerNorm", x + dense(f"{layer}.attention.output.dense", mixed))
        inner = dense(f"{layer}.intermediate.dense", x)
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        x = norm(f"{layer}.output.LayerNorm", x + dense(f"{layer}.output.dense", inner))
    return x


def features_of(folder):
    parts = build_text_backbone(str(folder))
    arrays = TextEncoder(parts.tokenizer, 12, parts.input_names)(TEXTS)
    inputs = parts.inputs(12)
    return parts, arrays, np.asarray(keras.Model(inputs, parts.features(inputs))(arrays, training=False))


def test_a_sentence_transformer_gives_the_mean_of_bert(tmp_path):
    weights = write_checkpoint(tmp_path / "bert", pooling={"pooling_mode_mean_tokens": True})
    parts, arrays, found = features_of(tmp_path / "bert")
    ids, mask = arrays["token_ids"], arrays["padding_mask"]
    expected_ids = [[2, 5, 6, 7, 8, 10, 3], [2, 3], [2, 9, 11, 1, 5, 10, 3]]
    assert [row[kept == 1].tolist() for row, kept in zip(ids, mask, strict=True)] == expected_ids
    tokens = bert_in_numpy(weights, ids, mask)
    expected = (tokens * mask[..., None]).sum(1) / mask.sum(1)[:, None]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert parts.max_length == POSITIONS and parts.config["pooling"] == "mean"


def test_a_plain_bert_goes_through_its_pooler(tmp_path):
    weights = write_checkpoint(tmp_path / "bert", toy_weights(np.random.default_rng(1), "bert."))
    parts, arrays, found = features_of(tmp_path / "bert")
    weights = {name.removeprefix("bert."): value for name, value in weights.items()}
    first = bert_in_numpy(weights, arrays["token_ids"], arrays["padding_mask"])[:, 0]
    expected = np.tanh(first @ weights["pooler.dense.weight"].T + weights["pooler.dense.bias"])
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert parts.config["pooling"] == "pooler"


@pytest.mark.parametrize("told", [{"pooling_mode_cls_token": True}, {"pooling_mode": "cls"}])
def test_cls_pooling_is_the_first_token_itself(tmp_path, told):
    weights = write_checkpoint(tmp_path / "bert", pooling=told)
    _, arrays, found = features_of(tmp_path / "bert")
    expected = bert_in_numpy(weights, arrays["token_ids"], arrays["padding_mask"])[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"model_type": "llama"}, "not of a text backbone that KerasHub converts.*'llama'"),
        ({"model_type": None}, "not of a text backbone that KerasHub converts"),
        ({"hidden_act": "relu"}, "to another network.*'relu'"),
        ({"position_embedding_type": "relative_key"}, "to another network.*'relative_key'"),
        ({"num_hidden_layers": 1}, "the checkpoint holds 2 layers, and its config says 1"),
        ({"hidden_size": 16}, "the backbone can't be read"),
        ({"pooling": {"pooling_mode_max_tokens": True}}, "pools in a way that kerasft lacks"),
    ],
)
def test_a_checkpoint_that_would_become_another_network_is_refused(tmp_path, options, message):
    write_checkpoint(tmp_path / "bert", **options)
    with pytest.raises(InputError, match=message):
        build_text_backbone(str(tmp_path / "bert"))


def test_half_a_checkpoint_is_refused(tmp_path):
    weights = toy_weights(np.random.default_rng(0))
    del weights["encoder.layer.1.output.dense.weight"]
    write_checkpoint(tmp_path / "bert", weights)
    with pytest.raises(InputError, match="the backbone can't be read.*encoder.layer.1.output.dense.weight"):
        build_text_backbone(str(tmp_path / "bert"))


def test_broken_weights_are_refused(tmp_path):
    write_checkpoint(tmp_path / "bert")
    (tmp_path / "bert" / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(InputError, match="the backbone can't be read"):
        build_text_backbone(str(tmp_path / "bert"))


# What people write, and what HTML, phones and word processors put between.
AWKWARD = [
    "", " ", "Café crème & jalapeño", "NAÏVE façade, São Paulo!", "İstanbul", "e\u0301tude", "soft\u00adhyphen",
    "no\u00a0break\u00a0space", "thin\u2009space and\u3000wide", "zero\u200bwidth\u200djoiner\ufeff",
    "line\nbreak\ttab\r\n", "a\x00b", "bell\x07", "\ufffd", "我的包裹在哪里", "パッケージ", "Где моя посылка?",
    "أين طردي",
    "👍", "great 😀😀", "👩‍👩‍👧 family",
    "1st 2nd 3.50€ $5,000 50%", "e-mail: a.b@c.org", "https://example.org/?q=1&r=2",
    "#hashtag @user", "don't won't I'm",
    "“quoted” ‘single’ — dash – en … dots", "snake_case CamelCase", "(a)[b]{c}<d>", "a/b\\c|d", "***", "?!?!", "....",
    "x" * 99, "y" * 101, "z" * 300 + " end", "antidisestablishmentarianism", "ＦＷ ﬁ ½ ™ ß", "한국어",
    "[SEP ] x", "₿ ₹ ¥", "×÷±",
    "αβγ ΑΒΓ", "žluťoučký kůň",
]  # fmt: skip
MESSAGES = Path(kerasft.__file__).parent / "assets" / "messages.csv"


def test_awkward_texts_are_divided_as_by_hugging_face(tmp_path):
    """With every character of `AWKWARD` in the vocabulary, so that nothing hides in an unknown token."""
    import keras_hub
    from tokenizers import BertWordPieceTokenizer

    plain = unicodedata.normalize("NFD", "".join(AWKWARD)).lower()
    letters = sorted({c for c in plain if not c.isspace() and unicodedata.category(c)[0] != "C"} | {"σ", "ς"})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8", newline="\n")
    reference = BertWordPieceTokenizer(str(tmp_path / "vocab.txt"), lowercase=True)
    tokenizer = keras_hub.models.BertTokenizer(pieces, lowercase=True, strip_accents=True)
    found = TextEncoder(tokenizer, 400)(AWKWARD)
    for text, ids, mask in zip(AWKWARD, found["token_ids"], found["padding_mask"], strict=True):
        assert ids[mask == 1].tolist() == reference.encode(text).ids, repr(text)


@pytest.mark.slow
def test_minilms_tokens_are_those_of_hugging_face(monkeypatch):
    """Needs a package index, or MiniLM in KERASFT_HOME."""
    from tokenizers import BertWordPieceTokenizer

    monkeypatch.undo()
    parts = build_text_backbone("all_minilm_l6_v2")
    encoder = TextEncoder(parts.tokenizer, 64, parts.input_names)
    with open(MESSAGES, encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)] + AWKWARD
    from kerasft.inputs.texts.backbones import catalog
    from kerasft.networks import fetching

    reference = BertWordPieceTokenizer(
        str(fetching.fetch(catalog.find("all_minilm_l6_v2")) / "vocab.txt"), lowercase=True
    )
    expected = reference.encode_batch(texts)
    arrays = encoder(texts)
    kept = [
        ids[mask == 1].tolist() for ids, mask in zip(arrays["token_ids"], arrays["padding_mask"], strict=True)
    ]
    assert [(text, ids) for text, ids in zip(texts, kept, strict=True)] == [
        (text, each.ids if len(each.ids) <= 64 else [*each.ids[:63], 102])
        for text, each in zip(texts, expected, strict=True)
    ]
    assert encoder.lengths(texts).tolist() == [len(each.ids) for each in expected]
    assert parts.config["pooling"] == "mean" and parts.max_length == 512
    assert sum(weight.shape.num_elements() for weight in parts.backbone.weights) == 22_565_376
