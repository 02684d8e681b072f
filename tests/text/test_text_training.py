"""Texts from a table to a run and back, on a toy BERT."""

import json
import shutil

import keras
import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.predicting.opening import predictor_of_run
from kerasft.tasks.text_classification.baseline import tfidf_baseline
from tests.floats import assert_alike, limit_of, rows_of
from tests.mutations import faults
from tests.threads import answers_alike
from tests.turns import THIRDS


@pytest.fixture(scope="module")
def table(text_run):
    return text_run.parent / "messages.csv"


@pytest.fixture(scope="module")
def bert_preset(text_run):
    return text_run.parent / "bert"


@pytest.fixture(scope="module")
def trained(text_run):
    """A run folder. The recipe, by its command: tests/contract, and test_text_pairs.py."""
    return text_run


@pytest.fixture(scope="module")
def opened(trained):
    """A predictor of the run."""
    return predictor_of_run(kerasft.Run.open(trained))


@pytest.fixture(scope="module")
def evaluation(trained):
    """The run on its test split."""
    return kerasft.evaluate(kerasft.Run.open(trained))


def test_the_run_folder_holds_the_tokenizer_too(trained):
    files = {path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file()}
    assert {
        "tokenizer/tokenizer.json",
        "tokenizer/vocabulary.txt",
        "best.weights.safetensors",
        "splits.csv",
    } <= files
    config = json.loads((trained / "config.json").read_text())
    assert config["data"]["columns"] == {"text": "message", "text_pair": None, "label": "about"}
    assert config["model"]["sequence_length"] == 16


def test_it_learns_and_the_reloaded_model_says_the_same(trained, evaluation, table):
    run = kerasft.Run.open(trained)
    assert evaluation.accuracy >= 0.8
    whole = kerasft.evaluate(run, table)
    assert len(whole.labels) == 60
    restored = run.splits()
    assert sorted(len(getattr(restored, name)) for name in ("train", "validation", "test")) == [8, 8, 44]


def test_texts_are_predicted_in_order_and_alone_as_together(trained, opened):
    texts = ["the parcel never arrived broken", "the app crashes", "", "🙂 你好", "x " * 5000]
    limit = limit_of(kerasft.Run.open(trained))
    together = kerasft.predict(opened, texts, top=2)
    assert [each.path for each in together] == texts
    assert (together[0].class_name, together[1].class_name) == ("parcel", "app")
    for text, expected in zip(texts, together, strict=True):
        (alone,) = kerasft.predict(opened, [text], top=2)
        assert_alike("a run, a text alone", rows_of([alone]), rows_of([expected]), limit)


def test_threads_may_share_a_predictor_of_texts(opened):
    words = ("the parcel never arrived", "the app crashes", "items broken", "log in", "x")
    answers_alike(opened.predict, words)


@pytest.mark.parametrize(("step", "first"), [(41, 0), *THIRDS])
def test_every_value_of_the_json_of_a_run_of_texts(step, first, trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "run")
    found, count = faults(folder, ("config.json", "result.json"), step, first)
    assert count > 3000 and not found, found


def test_the_embeddings_stay_frozen_unless_all_is_unfrozen(trained, bert_preset):
    model = kerasft.build_model(
        "text_classification", backbone=str(bert_preset), class_names=["a", "b"], sequence_length=16
    )
    untouched = {
        weight.path: keras.ops.convert_to_numpy(weight) for weight in model.get_layer("backbone").weights
    }
    tuned = kerasft.Run.open(trained).at("tune").load_model().get_layer("backbone")
    changed = {
        weight.path for weight in tuned.weights
        if not np.array_equal(untouched[weight.path], keras.ops.convert_to_numpy(weight))
    }  # fmt: skip
    assert changed
    assert not [path for path in changed if "embedding" in path]
    assert len(changed) < len(untouched)


def test_the_baseline_reads_the_same_splits(trained, evaluation):
    baseline = tfidf_baseline(kerasft.Run.open(trained).splits())
    assert baseline.ids == evaluation.ids
    assert baseline.accuracy >= 0.8


@pytest.mark.slow
def test_the_exported_file_was_measured_from_raw_texts(trained, tmp_path):
    exports = tmp_path / "exports"
    kerasft.export(trained, quantize="dynamic", output=exports)
    assert sorted(path.name for path in exports.iterdir()) == [
        "MODEL_CARD.md", "labels.txt", "model_dynamic.golden.json", "model_dynamic.json", "model_dynamic.tflite",
    ]  # fmt: skip
    file = str(exports / "model_dynamic.tflite")
    measured = json.loads((exports / "model_dynamic.json").read_text())["measured"]
    test_split = kerasft.Run.open(trained).splits().test
    assert kerasft.evaluate(file, test_split).accuracy == pytest.approx(measured["accuracy"])
    golden = json.loads((exports / "model_dynamic.golden.json").read_text())
    answers = kerasft.predict(file, [each["text"] for each in golden], top=2)
    for answer, expected in zip(answers, golden, strict=True):
        assert [dict(answer.top)[name] for name in ("app", "parcel")] == pytest.approx(
            expected["probabilities"],
            abs=1e-6,  # they have six decimals; the file is the same
        )
    assert len(golden[0]["token_ids"]) == 16


def test_a_text_run_has_no_int8_and_says_what_it_has(trained, capsys):
    assert main(["export", str(trained), "--quantize", "int8"]) == 2
    assert "use one of dynamic, float16, float32" in capsys.readouterr().err
    assert not (trained / "exports" / "model_int8.tflite").exists()


@pytest.mark.slow
def test_the_saved_model_of_a_text_run_takes_raw_texts(trained):
    made = kerasft.export(trained, "saved_model")
    assert not made.row.failures
    (answer,) = kerasft.predict(made.path, ["the parcel never arrived"])
    assert answer.class_name == "parcel"


def test_changed_texts_are_refused(trained, table):
    before = table.read_text("utf-8")
    try:
        table.write_text(before.replace("parcel", "packet", 1), "utf-8")
        with pytest.raises(kerasft.InputError, match=r"messages\.csv:"):
            kerasft.evaluate(kerasft.Run.open(trained))
    finally:
        table.write_text(before, "utf-8")


def test_a_missing_tokenizer_is_named(trained):
    folder = trained / "tokenizer"
    folder.rename(trained / "elsewhere")
    try:
        with pytest.raises(kerasft.InputError, match="tokenizer's files are missing"):
            kerasft.Run.open(trained).load_model()
    finally:
        (trained / "elsewhere").rename(folder)


def test_a_sequence_that_is_too_long_is_refused(bert_preset):
    with pytest.raises(
        kerasft.InputError, match="takes no more than 32 tokens.*use --sequence-length 32 or less"
    ):
        kerasft.build_model(
            "text_classification", backbone=str(bert_preset), class_names=["a", "b"], sequence_length=64
        )


@pytest.mark.slow
def test_pairs_of_texts_train(bert_preset, tmp_path):
    texts = [(f"where is item {number}", "the parcel" if number % 2 else "the app") for number in range(40)]
    splits = kerasft.read_texts(texts, labels=["parcel" if number % 2 else "app" for number in range(40)])
    model = kerasft.build_model(
        "text_classification", backbone=str(bert_preset), class_names=splits.class_names, sequence_length=32
    )
    rates = {"head_learning_rate": 0.03, "tune_learning_rate": 0.02}
    phases = kerasft.two_phases(2, 15, unfreeze="all", patience=15, **rates)
    run = kerasft.fine_tune(
        model, splits, phases, tmp_path / "run", kerasft.Training(batch_size=8), verbose=False
    )
    assert kerasft.evaluate(run).accuracy >= 0.8


@pytest.mark.slow
def test_a_bundle_of_a_text_run_carries_its_tokenizer(trained, tmp_path):
    texts = ["the parcel never arrived", "the app crashes"]
    path = kerasft.bundle(trained, tmp_path / "run.kerasft")
    found, expected = (
        [each.as_dict() for each in kerasft.predict(artifact, texts)] for artifact in (path, trained)
    )
    assert found == expected
    found, expected = (kerasft.evaluate(artifact).as_dict() for artifact in (path, trained))
    assert (found.pop("artifact"), expected.pop("artifact")) == tuple(
        f"the run {name}, its Keras model" for name in (path.name, trained.name)
    )
    assert found == expected


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda m: m["backbone_config"]["tokenizer"].update({"class": "os>system"}), "not one of KerasHub"),
        (
            lambda m: m["backbone_config"].update({"class": "keras>Lambda"}),
            "not a text backbone that kerasft knows",
        ),
        (
            lambda m: m["backbone_config"]["config"].update(vocabulary_size=9_000_000),
            "than the [0-9]+ weights",
        ),
        (lambda m: m.update(backbone_config=None), "'backbone_config' is missing"),
        (lambda m: m.update(sequence_length=100_000), "--sequence-length must be at most"),
    ],
    ids=["tokenizer", "backbone", "size", "network", "length"],
)
def test_a_text_run_of_a_stranger_is_refused(change, message, trained, tmp_path):
    """See tests/security for runs of images."""
    folder = shutil.copytree(trained, tmp_path / "run")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    change(config["model"])
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(kerasft.InputError, match=message):
        kerasft.predict(folder, ["the app crashes"])


def test_a_head_of_one_s_own_is_given_tokens_and_mask(bert_preset, monkeypatch):
    import keras

    from kerasft.networks import own_heads
    from kerasft.networks.sections import Sections

    def longest(tokens, mask):
        return keras.layers.Dense(5)(keras.ops.max(tokens * mask[..., None], axis=1))

    monkeypatch.setattr(own_heads, "_REGISTERED", {})
    kerasft.register_head("longest", longest, takes="map")
    model = kerasft.build_model(
        "text_classification",
        backbone=str(bert_preset),
        class_names=("a", "b"),
        sequence_length=16,
        head="longest",
    )
    tokens, sections = model.encoder(["the parcel never arrived", "the app"]), Sections(model)
    lower, upper = sections.between(0, sections.top), sections.between(sections.top, None)
    assert model.kerasft.own_head == "longest" and model.get_layer("logits").kernel.shape == (5, 2)
    model.get_layer("logits").kernel.assign(np.ones((5, 2)))
    answers = model(tokens, training=False)
    np.testing.assert_allclose(upper(lower(tokens, training=False), training=False), answers, rtol=1e-5)
    assert np.ptp(answers[:, 0]) > 1e-4
