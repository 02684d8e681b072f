"""Texts to ids: as KerasHub's own preprocessing, whatever the text, alone or in company, in Python and in a graph."""

import time

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.inputs.texts import encoding, graphs
from kerasft.inputs.texts.encoding import TextEncoder

# one of each kind: word pieces, byte pairs, sentence pieces, and these with other ids
KINDS = ["bert", "roberta", "albert", "xlm_roberta"]
KINDS += [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("distil_bert", "deberta_v3", "f_net", "roformer_v2")
]
CLASSES = {"f_net": "FNet", "roformer_v2": "RoformerV2", "distil_bert": "DistilBert", "deberta_v3": "DebertaV3",
           "xlm_roberta": "XLMRoberta"}  # fmt: skip
TEXTS = [
    "the parcel never arrived", "", " ", "Where is my REFUND?", "café déjà vu", "thank you 🙂 👩‍👩‍👧", "我的包裹在哪里",
    "x" * 300, "parcel " * 50, "tab\tline\nreturn\r\n", "nul\0nul", "half \ud83d surrogate", "a\u0301", "no\u00a0break",
    "[SEP] [PAD] <pad> </s> <s>", "don't…", "\ufeffmark", "soft\u00adhyphen",
]  # fmt: skip
PAIRS = [
    "my order",
    "second half",
    "",
    "",
    "is it?",
    "😀",
    "退款",
    "y",
    "items " * 30,
    "",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "",
]


LENGTH = 24  # for all, where nothing else is asked: encoders that are alike share their compiled graphs


@pytest.fixture(scope="module", params=KINDS[:4])
def family(request, toys):
    return request.param, toys.tokenizer_of(request.param)


@pytest.fixture(scope="module")
def bert(toys):
    return toys.tokenizer_of("bert")


def equal(found, expected):
    return found.keys() == expected.keys() and all(np.array_equal(found[k], expected[k]) for k in found)


@pytest.mark.parametrize("pairs", [None, ["my order", "items " * 30, ""]])
@pytest.mark.parametrize("name", KINDS)
def test_ids_are_those_of_keras_hubs_preprocessing(toys, name, pairs):
    import keras_hub

    tokenizer = toys.tokenizer_of(name)
    texts = ["the parcel never arrived", "parcel " * 50, "where is it"]
    prefix = CLASSES.get(name, name.title())
    preprocessor = getattr(keras_hub.models, f"{prefix}TextClassifierPreprocessor")(
        tokenizer, sequence_length=LENGTH
    )
    expected = preprocessor(x=texts if pairs is None else (texts, pairs))
    found = TextEncoder(tokenizer, LENGTH, [each for each in encoding.NAMES if each in expected])(
        texts, pairs
    )
    assert all(array.dtype == np.int32 and array.shape == (3, LENGTH) for array in found.values())
    for key, array in expected.items():
        np.testing.assert_array_equal(found[key], np.asarray(array).astype("int32"), err_msg=key)


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("bert", None), ("bert", PAIRS), ("albert", PAIRS),
        *(pytest.param(name, pairs, marks=pytest.mark.slow)
          for name, pairs in [("albert", None), *((kind, each) for kind in KINDS[1:4:2] for each in (None, PAIRS))]),
    ],
)  # fmt: skip
def test_the_graph_of_the_export_gives_the_same_ids(toys, name, pairs):
    import tensorflow as tf

    tokenizer = toys.tokenizer_of(name)
    encoder = TextEncoder(tokenizer, LENGTH)
    signature = [tf.TensorSpec((None,), tf.string)] * (1 if pairs is None else 2)
    if name == "bert":  # encodes many texts with a graph itself
        graph = encoder._graph("encode", len(signature))
    else:
        graph = tf.function(encoder.graph, input_signature=signature)
    short = [
        both for both in zip(TEXTS, PAIRS, strict=True) if len(both[0]) < 60 and "surrogate" not in both[0]
    ]
    columns = list(zip(*short, strict=True))[: 1 if pairs is None else 2]
    found = {key: tensor.numpy() for key, tensor in graph(*map(tf.constant, columns)).items()}
    expected = encoder(*columns)
    different = [
        i for i in range(len(short)) if any((found[key][i] != expected[key][i]).any() for key in found)
    ]
    assert [short[i] for i in different] == []
    broken = graph(*[tf.constant([b"\xff\xfe caf\xe9", b"\xed\xa0\xbd"])] * len(columns))
    assert broken["token_ids"].shape == (2, LENGTH)


@pytest.mark.parametrize("pairs", [None, PAIRS])
def test_any_text_gives_the_same_ids_alone_and_in_company(family, pairs):
    _, tokenizer = family
    encoder = TextEncoder(tokenizer, LENGTH)
    together = encoder(TEXTS, pairs)
    assert all(array.shape == (len(TEXTS), LENGTH) and array.dtype == np.int32 for array in together.values())
    for number in (0, 1, 4, 5, 6, 8, 11, 17):
        alone = encoder(TEXTS[number : number + 1], pairs and pairs[number : number + 1])
        assert equal(alone, {name: array[number : number + 1] for name, array in together.items()})
    assert together["token_ids"].max() < tokenizer.vocabulary_size() and together["token_ids"].min() >= 0
    assert equal(encoder(tuple(TEXTS), pairs), together)


def test_empty_texts_are_start_and_end(family):
    name, tokenizer = family
    encoder = TextEncoder(tokenizer, LENGTH)
    found = encoder([""])
    start, end, pad = tokenizer.start_token_id, tokenizer.end_token_id, tokenizer.pad_token_id
    assert found["token_ids"].tolist() == [[start, end, *[pad] * (LENGTH - 2)]]
    assert found["padding_mask"].tolist() == [[1, 1, *[0] * (LENGTH - 2)]]
    middle = [end, end] if name in ("roberta", "xlm_roberta") else [end]
    halves = encoder([""], [""])["token_ids"][0].tolist()
    assert halves[: len(middle) + 2] == [start, *middle, end]
    assert {key: array.shape for key, array in encoder([]).items()} == {
        key: (0, LENGTH) for key in encoding.NAMES
    }


def test_a_pair_is_cut_evenly_and_its_halves_are_told_apart(bert):
    found = TextEncoder(bert, LENGTH)(["parcel " * 13, "parcel " * 4], ["refund " * 12, "refund " * 30])
    parcel, refund = bert.token_to_id("parcel"), bert.token_to_id("refund")
    assert found["token_ids"].tolist() == [
        [2, *[parcel] * 11, 3, *[refund] * 10, 3],
        [2, *[parcel] * 4, 3, *[refund] * 17, 3],
    ]
    assert found["segment_ids"].tolist() == [[0] * 13 + [1] * 11, [0] * 6 + [1] * 18]


def test_words_are_what_people_see(bert):
    """A no-break space separates words; what is invisible does not."""
    encoder = TextEncoder(bert, LENGTH)
    plain = encoder(["my refund"])
    for text in ("my\u00a0refund", "my\u3000refund", "my\nrefund", "my re\u00adfund", "my\u2009ref\u200bund", 
                 "my ref\0und", "\ufeffmy refund\x07"):  # fmt: skip
        assert equal(encoder([text]), plain), repr(text)


@pytest.mark.parametrize("in_a_graph", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_only_the_case_is_folded(in_a_graph, monkeypatch):
    """That Python and TensorFlow read alike is seen below; to compile three graphs takes seconds."""
    import keras_hub

    monkeypatch.setattr(encoding, "has_tensorflow_text", lambda: in_a_graph)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "…", "...", "½", "é", "e", "ß"]
    for strip_accents, accented in ((True, 9), (False, 8)):
        tokenizer = keras_hub.models.BertTokenizer(pieces, lowercase=True, strip_accents=strip_accents)
        found = TextEncoder(tokenizer, 8)(["… ½ É ß"])["token_ids"].tolist()
        assert found == [[2, 5, 7, accented, 10, 3, 0, 0]]
    cased = keras_hub.models.BertTokenizer([*pieces, "É"])
    assert TextEncoder(cased, 8)(["É E é"])["token_ids"].tolist() == [[2, 11, 1, 8, 3, 0, 0, 0]]


def test_python_and_tensorflow_read_alike(bert, monkeypatch):
    """Where there is no TensorFlow Text (Windows), KerasHub's Python does the work."""
    encoder = TextEncoder(bert, LENGTH)
    fast, fast_pairs = encoder(TEXTS), encoder(TEXTS, PAIRS)
    monkeypatch.setattr(encoding, "has_tensorflow_text", lambda: False)
    slow = TextEncoder(bert, LENGTH)
    assert equal(slow(TEXTS), fast) and equal(slow(TEXTS, PAIRS), fast_pairs)


def test_lengths_are_counted_before_anything_is_cut(family, monkeypatch):
    """What counts for word pieces is TensorFlow; beside it, KerasHub's Python."""
    _, tokenizer = family
    wide, narrow = TextEncoder(tokenizer, 2000), TextEncoder(tokenizer, LENGTH)
    texts = [text for text in TEXTS if "<s>" not in text]  # there a pad token may be part of the text
    pairs = PAIRS[: len(texts)]
    lengths, of_pairs, unknown = (
        narrow.lengths(texts),
        narrow.lengths(texts, pairs),
        narrow.count(texts)[:, 1],
    )
    assert lengths.dtype == np.int32 and narrow.lengths([]).shape == (0,)
    monkeypatch.setattr(encoding, "has_tensorflow_text", lambda: False)
    np.testing.assert_array_equal(lengths, wide(texts)["padding_mask"].sum(1))
    np.testing.assert_array_equal(of_pairs, wide(texts, pairs)["padding_mask"].sum(1))
    np.testing.assert_array_equal(unknown, narrow.count(texts)[:, 1])


@pytest.mark.parametrize("size", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_megabyte_is_read_in_seconds(size, family):
    """The time grows as the text does: a fiftieth of a megabyte in a fiftieth of 30 seconds, and a little."""
    _, tokenizer = family
    encoder = TextEncoder(tokenizer, LENGTH)
    sentence = "the parcel never arrived "
    long, short = sentence * (size // len(sentence)), encoder([sentence * 30])
    started = time.process_time()
    found = encoder([long, "x" * size, "退" * (size * 3 // 10)])
    assert time.process_time() - started < 1 + 30 * size / 10**6
    assert equal({k: a[:1] for k, a in found.items()}, short)
    assert encoder.lengths([long])[0] > 0.15 * size


def test_ten_thousand_texts_are_read_in_seconds(bert):
    texts = [f"where is my parcel number {number}, it never arrived" for number in range(10_000)]
    encoder = TextEncoder(bert, LENGTH)
    started = time.process_time()
    found = encoder(texts)
    assert time.process_time() - started < 20
    assert encoder._key("encode", 1) in graphs._GRAPHS
    assert equal({k: a[5000:5001] for k, a in found.items()}, encoder([texts[5000]]))


def test_only_the_inputs_that_are_asked_for_are_given(toys):
    names = ["token_ids", "segment_ids"]
    assert list(TextEncoder(toys.tokenizer_of("albert"), 8, names)(["a"])) == names


def test_bad_arguments_are_refused(bert, toys):
    with pytest.raises(InputError, match="--sequence-length is too small.*use --sequence-length 5 or more"):
        TextEncoder(bert, 4)
    encoder = TextEncoder(bert, 8)
    with pytest.raises(InputError, match="texts must be a list of texts.*put it into a list"):
        encoder("where is my refund")
    with pytest.raises(InputError, match="the halves of pairs must be as many.*2 and 1"):
        encoder(["a", "b"], ["c"])


def test_like_encoders_share_their_graph_and_others_never(toys, monkeypatch):
    first, second = (TextEncoder(toys.tokenizer_of("bert"), LENGTH) for _ in range(2))
    found = first(TEXTS)
    assert equal(second(TEXTS), found)
    monkeypatch.setattr(graphs, "_GRAPHS", dict(graphs._GRAPHS))
    monkeypatch.setattr(graphs, "_MOST_GRAPHS", 100)
    shared = first._graph("encode", 1)
    assert second._graph("encode", 1) is shared and first._graph("encode", 2) is not shared
    assert TextEncoder(first.tokenizer, LENGTH + 1)._graph("count", 1) is first._graph("count", 1)

    tokenizer, words = type(first.tokenizer), first.tokenizer.get_vocabulary()
    others = [
        TextEncoder(first.tokenizer, LENGTH + 1),
        TextEncoder(first.tokenizer, LENGTH, ("token_ids",)),
        TextEncoder(tokenizer(words, lowercase=False), LENGTH),
        TextEncoder(tokenizer(words, lowercase=True, strip_accents=True), LENGTH),
        TextEncoder(tokenizer(words[::-1], lowercase=True), LENGTH),
    ]
    assert len({id(each._graph("encode", 1)) for each in (first, *others)}) == 6
    assert not equal(others[-1](TEXTS), found)


def test_graphs_do_not_pile_up(bert, monkeypatch):
    monkeypatch.setattr(graphs, "_GRAPHS", {})
    made = [TextEncoder(bert, length)._graph("encode", 1) for length in range(8, 28)]
    assert list(graphs._GRAPHS.values()) == made[-graphs._MOST_GRAPHS :]


def test_few_texts_are_read_without_a_graph_and_many_by_one_to_the_same_ids(bert, monkeypatch):
    encoder, asked = TextEncoder(bert, LENGTH), []
    compiled = {work: encoder._graph(work, 1) for work in ("encode", "count")}  # traced by other tests too

    def graph_of(key, *_):
        asked.append(key[1])
        return compiled[key[1]]

    monkeypatch.setattr(encoding, "graph_of", graph_of)
    monkeypatch.setattr(graphs, "_GRAPHS", {})
    monkeypatch.setattr(graphs, "_READ", {})
    monkeypatch.setattr(graphs, "MOST_READ", 2 * sum(map(len, TEXTS)))
    found, counted = [encoder(TEXTS) for _ in range(2)], [encoder.count(TEXTS) for _ in range(2)]
    assert not asked
    for _ in range(2):
        assert equal(encoder(TEXTS), found[0]) and equal(found[1], found[0])
        assert np.array_equal(encoder.count(TEXTS), counted[0]) and np.array_equal(*counted)
    assert asked == 2 * ["encode", "count"]


@pytest.mark.parametrize("name", [*KINDS])
def test_unknown_tokens_are_counted(name, toys):
    encoder = TextEncoder(toys.tokenizer_of(name), LENGTH)
    known, emoji, thai, empty = encoder.count(
        ["where is my refund", "refund 🙂 ☃", "สินค้าดีมากเลยค่ะ", ""]
    ).tolist()
    assert known[0] >= 4 and known[1] == 0 and empty == [0, 0]
    if name == "roberta":  # byte pairs know every character
        assert emoji[1] == thai[1] == 0 < thai[0]
    else:
        assert 1 <= emoji[1] < emoji[0]
        assert thai[1] > 0 and 2 * thai[1] >= thai[0]
    pairs = encoder.count(["my refund"], ["สินค้า"]).tolist()[0]
    assert (pairs[1] > 0) == (name != "roberta") and pairs[0] > pairs[1]
