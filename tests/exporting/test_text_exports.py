"""Text classifiers as files that stand alone: the same answers as Keras, from raw texts."""

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from kerasft.base.errors import InputError, KerasftError
from kerasft.formats.description import read_embedded
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.encoding import NAMES, TextEncoder
from kerasft.predicting.opening import predictor_of_file
from kerasft.targets.classes.agreement import softmax_rounding
from kerasft.targets.classes.schema import Classes
from tests.descriptions import of_texts
from tests.floats import assert_alike
from tests.programs import program_of
from tests.threads import answers_alike

LENGTH = 16  # as in conftest.py
CLASSES = ("delivery", "größe", "refund")


@pytest.fixture(scope="module")
def bert(make_text_toy):
    return make_text_toy("bert")


def write(toy, quantization, path, pairs=False, temperature=1.0, score_threshold=None):
    from kerasft.formats.saved_model import write_saved_model
    from kerasft.formats.tflite import write_tflite

    encoder, options = (
        toy.encoder.for_pairs(pairs),
        {"temperature": temperature, "score_threshold": score_threshold},
    )
    description = of_texts(encoder, CLASSES, toy.family, quantization, **options)
    (write_saved_model if quantization == "saved_model" else write_tflite)(
        program_of(toy.model, description, encoder), path
    )
    return path


@pytest.fixture(scope="module")
def tflite(bert, tmp_path_factory):
    """The float32 file of the toy BERT, alone in a folder, with temperature and threshold. Don't write into it."""
    path = tmp_path_factory.mktemp("tflite") / "model.tflite"
    return write(bert, "float32", path, temperature=0.8, score_threshold=0.4)


@pytest.fixture(scope="module")
def saved_model(bert, tmp_path_factory):
    """The SavedModel of the toy BERT for pairs, alone in a folder. Don't write into it."""
    return write(bert, "saved_model", tmp_path_factory.mktemp("saved") / "model", pairs=True)


@pytest.mark.floats
def test_the_file_alone_answers_as_keras_does_from_raw_texts(bert, tflite):
    predictor = predictor_of_file(tflite, num_threads=1)
    assert (predictor.kind, predictor.class_names) == ("tflite", CLASSES)
    assert tuple(predictor.runtime.inputs) == ("ids", "mask", "segment_ids")
    assert (predictor.description.answers["temperature"], predictor.score_threshold) == (0.8, 0.4)
    answers, expected = predictor.predict(bert.texts), bert.expected(temperature=0.8)
    assert np.ptp(expected, axis=0).max() > 0.1, "the toy must tell texts apart"
    assert answers.dtype == np.float32
    assert_alike("TFLite float32, texts", answers, expected, bert.limit())
    np.testing.assert_array_equal(predictor.predict(bert.texts[::-1]), answers[::-1])
    np.testing.assert_array_equal(predictor.predict(bert.texts[2:3]), answers[2:3])
    assert predictor.predict([]).shape == (0, 3)


def test_threads_may_share_it(bert, tflite):
    answers_alike(predictor_of_file(tflite).predict, bert.texts)


@pytest.mark.slow
def test_threads_may_share_a_saved_model(bert, saved_model):
    predictor = predictor_of_file(saved_model)
    answers_alike(lambda texts: predictor.predict(Texts(texts, texts[::-1])), bert.texts)


@pytest.mark.floats
@pytest.mark.slow
def test_temperature_and_threshold_are_in_a_saved_model_too(bert, tmp_path):
    path = write(bert, "saved_model", tmp_path / "model", temperature=2.5, score_threshold=0.4)
    predictor = predictor_of_file(path)
    assert (predictor.description.answers["temperature"], predictor.score_threshold) == (2.5, 0.4)
    expected, limit = bert.expected(temperature=2.5), bert.limit(temperature=2.5)
    assert_alike("SavedModel, texts, temperature 2.5", predictor.predict(bert.texts), expected, limit)


def test_the_ids_are_those_of_training(bert, tflite):
    found = predictor_of_file(tflite).encoder(bert.texts)
    expected = TextEncoder(bert.encoder.tokenizer, LENGTH)(bert.texts)
    assert all(np.array_equal(found[name], expected[name]) for name in NAMES)


@pytest.mark.slow
def test_the_smaller_quantizations_say_the_same(bert, tmp_path):
    for quantization in ("float16", "dynamic"):
        path = write(bert, quantization, tmp_path / f"{quantization}.tflite")
        predictor = predictor_of_file(path)
        assert predictor.description.quantization == quantization
        # 8 channels whose small differences decide: a rounding weighs a hundred times what it does in a real model
        assert np.abs(predictor.predict(bert.texts) - bert.expected()).max() < 0.1


def test_the_file_carries_all_that_a_client_needs(bert, tflite):
    with zipfile.ZipFile(tflite) as archive:
        assert archive.namelist() == ["labels.txt", "vocabulary.txt", "kerasft.json"]
        assert archive.read("labels.txt").decode() == "delivery\ngröße\nrefund\n"
        assert archive.read("vocabulary.txt").decode().split("\n")[:3] == ["[PAD]", "[UNK]", "[CLS]"]
        contract = json.loads(archive.read("kerasft.json"))
    assert contract["sequence_length"] == LENGTH and contract["pairs"] is False
    assert contract["special_ids"] == {"start": 2, "end": 3, "pad": 0, "separators": [3]}
    assert contract["tokenizer"]["class"] == "keras_hub>BertTokenizer"
    assert contract["tokenizer"]["config"]["strip_accents"] is True
    assert contract["sha256"].keys() == {"model", "vocabulary.txt"}
    description, kept = read_embedded(tflite)
    assert description.class_names == CLASSES and list(kept) == ["vocabulary.txt"]


@pytest.mark.floats
@pytest.mark.slow
def test_pairs_are_pairs_and_texts_are_texts(bert, tflite, saved_model):
    single = predictor_of_file(tflite)
    with pytest.raises(InputError, match="judges single texts.*leave out the second halves"):
        single.predict(Texts(("a",), ("b",)))
    double = predictor_of_file(saved_model)
    with pytest.raises(InputError, match="judges pairs of texts.*give the second halves too"):
        double.predict(["a"])
    with pytest.raises(InputError, match="the halves of pairs must be as many.*2 and 1"):
        double.predict(Texts(("a", "b"), ("c",)))
    with pytest.raises(InputError, match="texts must be a list of texts"):
        double.predict("a")
    pairs = bert.texts[::-1]
    answers = double.predict(Texts(bert.texts, pairs))
    assert_alike("SavedModel, pairs", answers, bert.expected(pairs), bert.limit(pairs))
    assert double.predict(Texts((), ())).shape == (0, 3)


@pytest.mark.floats
@pytest.mark.slow
def test_by_the_same_kernels_a_saved_model_answers_as_keras_does(bert, saved_model):
    pairs = bert.texts[::-1]
    answers, graph = predictor_of_file(saved_model).predict(Texts(bert.texts, pairs)), bert.same_graph(pairs)
    assert_alike("SavedModel, pairs, by the same kernels", answers, graph, 3 * softmax_rounding(graph))


@pytest.mark.slow
def test_a_process_without_keras_hub_and_kerasft_serves_the_saved_model(bert, saved_model):
    """What a server does: TensorFlow and TensorFlow Text, the folder, and nothing else."""
    code = """if True:
        import json, sys
        for name in ("kerasft", "keras_hub"):
            sys.modules[name] = None
        import tensorflow as tf, tensorflow_text
        loaded = tf.saved_model.load(sys.argv[1])
        texts, pairs, tokens = json.loads(sys.stdin.read())
        raw = loaded.signatures["serve"](texts=tf.constant(texts), pairs=tf.constant(pairs))
        tokens = {name: tf.constant(array, tf.int32) for name, array in tokens.items()}
        ids = loaded.signatures["serve_tokens"](**tokens)
        print(json.dumps([each["probabilities"].numpy().tolist() for each in (raw, ids)]))
    """
    texts, pairs = bert.texts[:8], bert.texts[8:0:-1]
    tokens = {name: array.tolist() for name, array in bert.encoder(texts, pairs).items()}
    done = subprocess.run(
        [sys.executable, "-c", code, str(saved_model)],
        input=json.dumps([texts, pairs, tokens]),
        capture_output=True, text=True, check=True, cwd=saved_model.parent,
    )  # fmt: skip
    answers = np.array(json.loads(done.stdout.splitlines()[-1]))
    reference = predictor_of_file(saved_model).predict(Texts(texts, pairs))
    assert answers.shape == (2, 8, 3)
    for each in answers:
        assert_alike("SavedModel in another process, pairs", each, reference, bert.limit(bert.texts[::-1]))


@pytest.mark.slow
def test_a_changed_saved_model_is_not_loaded(saved_model, tmp_path):
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(saved_model, folder)
    vocabulary = folder / "tokenizer" / "vocabulary.txt"
    vocabulary.write_bytes(vocabulary.read_bytes().replace(b"[UNK]", b"[BAD]"))
    with pytest.raises(
        InputError, match="not its own .received: tokenizer/vocabulary.txt.; .*--format saved_model"
    ):
        predictor_of_file(folder)
    (folder / "kerasft.json").unlink()
    with pytest.raises(InputError, match="has no kerasft.json, so kerasft did not write it"):
        predictor_of_file(folder)


def packed_again(path, target, change, compression=zipfile.ZIP_STORED):
    """Writes the file again with other files behind the model."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        start = archive.infolist()[0].header_offset
    change(members)
    target.write_bytes(path.read_bytes()[:start])
    with zipfile.ZipFile(target, "a", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def contract(**values):
    def change(members):
        members["kerasft.json"] = json.dumps(json.loads(members["kerasft.json"]) | values).encode()

    return change


def test_a_changed_file_is_refused(tflite, tmp_path):
    whole = tflite.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 1
    (tmp_path / "flipped.tflite").write_bytes(flipped)
    (tmp_path / "cut.tflite").write_bytes(whole[:-100])
    (tmp_path / "empty.tflite").write_bytes(b"")
    (tmp_path / "text.tflite").write_bytes(b"these are not the bytes")

    def swap(members):
        members["vocabulary.txt"] = members["vocabulary.txt"].replace(b"refund", b"parcel")

    packed_again(tflite, tmp_path / "swapped.tflite", swap)
    packed_again(tflite, tmp_path / "more.tflite", lambda members: members.update({"../up.txt": b""}))
    packed_again(tflite, tmp_path / "less.tflite", lambda members: members.pop("vocabulary.txt"))
    packed_again(tflite, tmp_path / "deflated.tflite", lambda members: None, zipfile.ZIP_DEFLATED)
    reasons = {
        "flipped": "hashes differ", "swapped": "hashes differ", "less": "hashes differ",
        "more": "it is truncated, or not from kerasft",
        "cut": "it is truncated, or not from kerasft", "deflated": "it is truncated, or not from kerasft",
        "empty": "the .tflite file is empty", "text": "doesn't start as one",
    }  # fmt: skip
    for name, reason in reasons.items():
        with pytest.raises(InputError, match=f"{reason}.*{name}.tflite.*kerasft export RUN_FOLDER"):
            predictor_of_file(tmp_path / f"{name}.tflite")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.tflite" for name in reasons)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"task": "image_classification"}, "image_size is None"),
        ({"kerasft_format": 99}, "a newer kerasft wrote it .*pip install --upgrade kerasft"),
        ({"class_names": ["a", "a"]}, "class_names has fewer than two names, or one twice"),
        ({"class_names": ["a", "b"]}, "inputs and outputs are not those of its description"),
        ({"sequence_length": 8}, "inputs and outputs are not those of its description"),
        ({"sequence_length": True}, "sequence_length is True"),
        ({"input_names": ["os.system"]}, "input_names is .'os.system'."),
        ({"pairs": 1}, "pairs is 1"),
        ({"temperature": 0}, "temperature is 0"),
        ({"score_threshold": "0.5"}, "score_threshold is '0.5'"),
        ({"tokenizer": None}, "special_ids or tokenizer is missing"),
        ({"tokenizer": {"class": "builtins>exec", "config": {}}}, "the tokenizer is not one of KerasHub"),
        ({"tokenizer": {"class": "keras_hub>BertTokenizer", "config": {"x": 1}}}, "tokenizer can't be built"),
    ],
)
def test_a_hostile_description_is_refused(values, reason, tflite, tmp_path):
    path = packed_again(tflite, tmp_path / "model.tflite", contract(**values))
    with pytest.raises(InputError, match=reason):
        predictor_of_file(path)


def test_quantizations_of_pictures_are_refused(bert, tmp_path):
    with pytest.raises(
        InputError, match="no such TFLite file of text_classification .received: int8.; use one of"
    ):
        write(bert, "int8", tmp_path / "model.tflite")
    assert list(tmp_path.iterdir()) == []


def test_which_vocabularies_mediapipe_can_use(bert, toys):
    import keras_hub

    from kerasft.inputs.texts.serving import mediapipe_reads

    def reads(words, **options):
        tokenizer = keras_hub.models.BertTokenizer(words, **{"lowercase": True, **options})
        return mediapipe_reads(TextEncoder(tokenizer, 8))

    words = list(toys.WORD_PIECES)
    assert reads(words)
    assert not reads(words, lowercase=False), "it turns all texts into lower case"
    assert not reads([*words[1:4], words[0], *words[4:]]), "it fills up with 0"
    assert not mediapipe_reads(bert.encoder, pairs=True)
    for family in ("roberta", "albert"):
        assert not mediapipe_reads(TextEncoder(toys.tokenizer_of(family), 8))


def test_the_hash_covers_the_model_without_its_files(tflite):
    description, kept = read_embedded(tflite)
    content = tflite.read_bytes()
    start = content.index(b"PK\x03\x04")
    assert description.sha256["model"] == hashlib.sha256(content[:start]).hexdigest()
    assert json.loads(description.as_json({}))["sha256"] == {}
    assert replace(description, schema=Classes(("a\nb", "c"))).labels() == {"labels.txt": b"a b\nc\n"}


FAMILIES = ("distil_bert", "roberta", "albert", "deberta_v3", "xlm_roberta", "roformer_v2")


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_answers_alike_about_pairs_in_every_file(family, make_text_toy, tmp_path):
    """About single texts, and in float32, whose network is the same: tests/text/test_families.py."""
    toy = make_text_toy(family)
    second = toy.texts[::-1]
    readable = [text.replace("\ud83d", "\ufffd") for text in second]
    expected = toy.expected(readable)
    predictor = predictor_of_file(write(toy, "saved_model", tmp_path / "model", pairs=True))
    assert_alike(
        f"SavedModel, {family}", predictor.predict(Texts(toy.texts, second)), expected, toy.limit(readable)
    )
    # float16 rounds to 11 bits, and the toy's last layer magnifies that by up to 60
    predictor = predictor_of_file(write(toy, "float16", tmp_path / "float16.tflite", pairs=True))
    assert np.abs(predictor.predict(Texts(toy.texts, second)) - expected).max() < 0.1


@pytest.mark.slow
def test_an_operator_that_tflite_lacks_is_named(make_text_toy, tmp_path):
    toy = make_text_toy("f_net")
    with pytest.raises(KerasftError) as caught:
        write(toy, "float32", tmp_path / "model.tflite")
    assert str(caught.value) == (
        "the backbone f_net needs operators that TFLite has no builtin for: Complex, FFT2D; "
        "export it with --format saved_model, or train with another --backbone"
    )
    assert list(tmp_path.iterdir()) == []
    predictor = predictor_of_file(write(toy, "saved_model", tmp_path / "model"))
    assert_alike("saved_model, f_net", predictor.predict(toy.texts), toy.expected(), toy.limit())


def test_mediapipe_gets_lower_case_without_accents():
    from kerasft.inputs.texts.serving import mediapipe_form

    assert mediapipe_form("Ça va, Café ÉCLAIR?") == "ca va, cafe eclair?"
    assert mediapipe_form("我的包裹 🙂") == "我的包裹 🙂"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Where is my\u00a0refund\u00a0?", "where is my refund ?"),
        ("re\u00adfund", "refund"),
        ("\ufeffMy\u200b parcel\0!", "my parcel!"),
        ("a\tb\r\nc\u3000d\u2028e", "a b  c d e"),
    ],
)
def test_mediapipe_gets_what_training_saw(text, expected):
    """It keeps no-break spaces and invisible characters in the word: "refund ?" was product there, and returns here."""
    from kerasft.inputs.texts.serving import mediapipe_form

    assert mediapipe_form(text) == expected


def test_accents_stay_where_the_tokenizer_keeps_them():
    from kerasft.inputs.texts.serving import mediapipe_form

    assert mediapipe_form("Café\u00a0ÉCLAIR", strip_accents=False) == "café éclair"
