"""Shared by the tests of text: toy backbones of all families, as KerasHub itself makes and saves them."""

import functools
import io
import json
from types import SimpleNamespace

import pytest

from tests.seeds import draw_from

SENTENCES = [
    "the parcel never arrived", "where is my refund", "café déjà vu", "thank you, that was quick!",
    "the app crashes when i open it", "please cancel my order", "two items were broken", "how do i log in",
]  # fmt: skip
WORDS = sorted({word for line in SENTENCES for word in line.replace(",", "").replace("!", "").split()})
LETTERS = list("abcdefghijklmnopqrstuvwxyz0123456789,.!?'")
WORD_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "cafe", "deja", *LETTERS]
WORD_PIECES = list(dict.fromkeys([*WORD_PIECES, *(f"##{letter}" for letter in LETTERS)]))
# one of each kind of tokenizer is in the fast suite: word pieces, byte pairs, sentence pieces
FAMILIES = ("bert", "roberta", "albert")
SLOW_FAMILIES = ("distil_bert", "deberta_v3", "xlm_roberta", "f_net", "roformer_v2")


@functools.cache
def sentence_pieces(**options) -> bytes:
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4), model_writer=written, vocab_size=80, model_type="unigram",
        hard_vocab_limit=False,
        minloglevel=2, **options,
    )  # fmt: skip
    return written.getvalue()


@functools.cache
def byte_pairs():
    from tokenizers import ByteLevelBPETokenizer

    trained = ByteLevelBPETokenizer()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained.train_from_iterator(SENTENCES * 4, vocab_size=300, min_frequency=2, special_tokens=specials)
    model = json.loads(trained.to_str())["model"]
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    return model["vocab"], merges


def tokenizer_of(family):
    """Returns a tokenizer of KerasHub with a small vocabulary of `SENTENCES`."""
    import keras_hub

    models = keras_hub.models
    marks = {"bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    marks |= {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    if family == "bert":
        return models.BertTokenizer(WORD_PIECES, lowercase=True)
    if family == "distil_bert":
        return models.DistilBertTokenizer(WORD_PIECES, lowercase=True)
    if family == "roformer_v2":
        return models.RoformerV2Tokenizer(WORD_PIECES, lowercase=True)
    if family == "roberta":
        return models.RobertaTokenizer(*byte_pairs())
    if family == "deberta_v3":
        return models.DebertaV3Tokenizer(sentence_pieces(pad_piece="[PAD]", **marks))
    if family == "xlm_roberta":
        return models.XLMRobertaTokenizer(sentence_pieces(unk_id=0, bos_id=1, eos_id=2))
    mask = {"user_defined_symbols": "[MASK]"}
    if family == "albert":
        return models.AlbertTokenizer(sentence_pieces(pad_piece="<pad>", **marks, **mask))
    return models.FNetTokenizer(sentence_pieces(pad_piece="<pad>", **marks, **mask))


def backbone_of(family, vocabulary_size, num_layers=2, hidden_dim=8, intermediate_dim=16):
    """Returns a backbone of KerasHub with random weights and 32 positions."""
    import keras_hub

    models = keras_hub.models
    draw_from(1)
    common = {
        "vocabulary_size": vocabulary_size,
        "num_layers": num_layers,
        "hidden_dim": hidden_dim,
        "intermediate_dim": intermediate_dim,
    }
    heads = {**common, "num_heads": 2}
    length = {"max_sequence_length": 32}
    if family == "bert":
        return models.BertBackbone(**heads, **length)
    if family == "distil_bert":
        return models.DistilBertBackbone(**heads, **length)
    if family == "roberta":
        return models.RobertaBackbone(**heads, **length)
    if family == "xlm_roberta":
        return models.XLMRobertaBackbone(**heads, **length)
    if family == "albert":
        return models.AlbertBackbone(**heads, **length, embedding_dim=4)
    if family == "deberta_v3":
        return models.DebertaV3Backbone(**heads, **length, bucket_size=8)
    if family == "f_net":
        return models.FNetBackbone(**common, **length)
    return models.RoformerV2Backbone(**heads, head_size=4)


def write_preset(family, folder, num_layers=2, **sizes):
    """Writes a toy preset and returns its backbone and tokenizer."""
    import keras

    tokenizer = tokenizer_of(family)
    backbone = backbone_of(family, tokenizer.vocabulary_size(), num_layers, **sizes)
    for weight in backbone.weights:  # biases of zero and scales of one would hide mistakes
        if len(weight.shape) == 1:
            weight.assign(weight + keras.random.normal(weight.shape, stddev=0.1, seed=len(weight.path)))
    backbone.save_to_preset(str(folder))
    tokenizer.save_to_preset(str(folder))
    return backbone, tokenizer


@pytest.fixture(scope="session")
def toys():
    """Makers of toy tokenizers, backbones and presets: `toys.write_preset("bert", folder)`."""
    return SimpleNamespace(
        tokenizer_of=tokenizer_of, backbone_of=backbone_of, write_preset=write_preset, sentences=SENTENCES
    )


@pytest.fixture(
    scope="session",
    params=[*FAMILIES, *(pytest.param(each, marks=pytest.mark.slow) for each in SLOW_FAMILIES)],
)
def toy_preset(request, tmp_path_factory):
    """A toy preset of each family: its folder, backbone and tokenizer. Don't write into it."""
    folder = tmp_path_factory.mktemp("presets") / request.param
    return folder, *write_preset(request.param, folder, 3)


@pytest.fixture(scope="session")
def bert_preset(tmp_path_factory):
    """The folder of a toy BERT. Don't write into it."""
    folder = tmp_path_factory.mktemp("presets") / "bert"
    write_preset("bert", folder, 3)
    return folder
