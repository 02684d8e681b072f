"""Text classifiers as ONNX: from raw texts, and from ids without kerasft, the answers are Keras'."""

import json
import subprocess
import sys

import numpy as np
import pytest

from kerasft.base.errors import InputError, KerasftError
from kerasft.exporting.measuring import open_exported
from kerasft.formats import description as artifact
from kerasft.formats.onnx import write_onnx
from kerasft.formats.onnx_file import open_onnx
from kerasft.inputs.texts.column import Texts
from kerasft.predicting.opening import load_predictor
from kerasft.targets.classes.answering import LABELS
from tests.descriptions import of_texts
from tests.floats import assert_alike
from tests.programs import program_of
from tests.threads import answers_alike

for package in ("onnx", "onnxruntime", "tf2onnx"):
    pytest.importorskip(package, reason='ONNX is not installed: pip install "kerasft[onnx]"')

CLASSES = ("delivery", "größe", "refund")


def write(toy, path, pairs=False, **options):
    encoder = toy.encoder.for_pairs(pairs)
    description = of_texts(encoder, CLASSES, toy.family, "onnx", **options)
    write_onnx(program_of(toy.model, description, encoder), path)
    return path


@pytest.fixture(scope="module")
def bert(make_text_toy):
    return make_text_toy("bert")


@pytest.fixture(scope="module")
def made(bert, tmp_path_factory):
    """The toy BERT as ONNX, alone in a folder, with temperature and threshold. Don't write into it."""
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    return write(bert, path, temperature=2.5, score_threshold=0.4)


@pytest.mark.floats
def test_the_file_alone_answers_as_keras_does_from_raw_texts(bert, made):
    predictor = load_predictor(made)
    assert predictor.kind == "onnx"
    assert predictor.class_names == CLASSES and predictor.score_threshold == 0.4
    expected, limit = bert.expected(temperature=2.5), bert.limit(temperature=2.5)
    answers = predictor.predict(bert.texts)
    assert answers.dtype == np.float32 and np.ptp(expected, axis=0).max() > 0.1
    assert_alike("ONNX, texts", answers, expected, limit)
    many = predictor.predict(bert.texts * 3)  # more than one batch
    assert_alike("ONNX, texts, in other batches", many, np.concatenate([answers] * 3), limit)
    assert_alike("ONNX, texts, in other batches", predictor.predict(bert.texts[2:3]), answers[2:3], limit)
    assert predictor.predict([]).shape == (0, 3)
    with pytest.raises(InputError, match="judges single texts.*leave out the second halves"):
        predictor.predict(Texts(("a",), ("b",)))


def test_threads_may_share_it(bert, made):
    answers_alike(load_predictor(made).predict, bert.texts)


def test_a_process_without_kerasft_reads_labels_and_vocabulary_and_answers(bert, made):
    code = """if True:
        import json, sys
        sys.modules["kerasft"] = sys.modules["tensorflow"] = None
        import numpy as np, onnxruntime
        session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
        known = session.get_modelmeta().custom_metadata_map
        tokens = {name: np.array(rows, "int32") for name, rows in json.loads(sys.stdin.read()).items()}
        (answers,) = session.run(["probabilities"], tokens)
        print(json.dumps([known["labels.txt"], known["vocabulary.txt"], known["kerasft.json"], answers.tolist()]))
    """
    tokens = bert.encoder(bert.texts[:4])
    done = subprocess.run(
        [sys.executable, "-c", code, str(made)], capture_output=True, text=True, check=True,
        input=json.dumps({name: array.tolist() for name, array in tokens.items()}),
    )  # fmt: skip
    labels, vocabulary, contract, answers = json.loads(done.stdout)
    assert labels.split() == list(CLASSES)
    assert vocabulary.split("\n")[: len(bert.encoder.tokenizer.get_vocabulary())] == list(
        bert.encoder.tokenizer.get_vocabulary()
    )
    assert json.loads(contract)["special_ids"] == {"start": 2, "end": 3, "pad": 0, "separators": [3]}
    expected = load_predictor(made).predict(bert.texts[:4])
    assert_alike("ONNX in another process, texts", answers, expected, bert.limit(temperature=2.5))


def test_it_is_valid_onnx_with_any_batch(made):
    import onnx

    model = onnx.load(str(made))
    onnx.checker.check_model(model)
    shapes = {
        each.name: [d.dim_param or d.dim_value for d in each.type.tensor_type.shape.dim]
        for each in model.graph.input
    }
    assert shapes == {name: ["batch", 16] for name in ("token_ids", "padding_mask", "segment_ids")}


def test_changed_files_are_refused(made, tmp_path):
    import onnx

    def changed(name, change):
        model = onnx.load(str(made))
        change(model, {each.key: each for each in model.metadata_props})
        content = made.read_bytes()[: json.loads(open_onnx(made).description)["model_bytes"]]
        kept = onnx.ModelProto()
        kept.metadata_props.extend(model.metadata_props)
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(
            content + kept.SerializeToString() if name != "weights" else model.SerializeToString()
        )
        return path

    def contract(**values):
        def change(model, metadata):
            metadata["kerasft.json"].value = json.dumps(json.loads(metadata["kerasft.json"].value) | values)

        return change

    def weights(model, metadata):
        model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))

    def vocabulary(model, metadata):
        metadata["vocabulary.txt"].value = metadata["vocabulary.txt"].value.replace("refund", "parcel")

    cases = {
        "weights": (weights, "hashes differ.*--format onnx"),
        "vocabulary": (vocabulary, "hashes differ"),
        "more": (
            lambda model, metadata: model.metadata_props.add(key="../up.txt", value=""),
            "hashes differ",
        ),
        "base64": (
            lambda model, metadata: model.metadata_props.add(key="a.base64", value="ü"),
            "is not base64",
        ),
        "length": (contract(sequence_length=8), "are not those of its description"),
        "inputs": (contract(input_names=["token_ids"]), "are not those of its description"),
        "classes": (contract(class_names=["a", "b"]), "are not those of its description"),
        "task": (contract(task="image_classification"), "description of the exported file can't be used"),
        "tokenizer": (contract(tokenizer={"class": "builtins>exec", "config": {}}), "not one of KerasHub"),
    }
    for name, (change, reason) in cases.items():
        with pytest.raises(InputError, match=reason):
            load_predictor(changed(name, change))


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize(
    ("family", "pairs"),
    [("distil_bert", False), ("roberta", True), ("albert", False), ("deberta_v3", True), ("xlm_roberta", False),
     ("roformer_v2", True)],
)  # fmt: skip
def test_every_family_answers_alike(family, pairs, make_text_toy, tmp_path):
    toy = make_text_toy(family)
    second = toy.texts[::-1] if pairs else None
    readable = second and [text.replace("\ud83d", "\ufffd") for text in second]
    predictor = load_predictor(write(toy, tmp_path / "model.onnx", pairs))
    answers = predictor.predict(Texts(toy.texts, second))
    assert_alike(f"onnx, {family}", answers, toy.expected(readable), toy.limit(readable))
    names = set(open_onnx(tmp_path / "model.onnx").metadata) - {
        LABELS,
        artifact.DESCRIPTION_NAME,
    }
    spm = {"albert": "vocabulary.spm.base64", "deberta_v3": "vocabulary.spm.base64"}
    assert spm.get(family, next(iter(names))) in names, "a SentencePiece model is no text"


@pytest.mark.slow
def test_operators_that_onnx_lacks_are_named(make_text_toy, tmp_path):
    toy = make_text_toy("f_net")
    write(toy, tmp_path / "model.onnx")
    with pytest.raises(KerasftError, match="can't be loaded: onnxruntime can't load the .onnx file.*Complex"):
        open_exported(tmp_path / "model.onnx", None)
