"""The pair recipe as a user runs it, on a toy BERT: from a table of two sentences to files that judge pairs."""

import json

import numpy as np
import pytest

import kerasft
from kerasft.cli.main import main
from tests.floats import assert_alike, limit_of, rows_of

pytestmark = pytest.mark.slow

QUICK = [
    *("--head-epochs", "1", "--tune-epochs", "25", "--batch-size", "8", "--patience", "25"),
    *("--tune-learning-rate", "0.01", "--unfreeze", "all", "--quantize", "none"),
]
AWKWARD = [
    ("", "the parcel"), ("where is it", ""), ("", ""), ("🙂 👩‍👩‍👧", "我的包裹在哪里"), ("half \ud83d", "nul\0nul"),
    ("the parcel " * 100_000, "app"), ("app", "the parcel " * 100_000),
]  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A CSV of 40 pairs: what the second half is about decides. Two of them have an empty first half."""
    path = tmp_path_factory.mktemp("texts") / "pairs.csv"
    lines = [
        f"{'' if number < 2 else f'where is item {number}'},the {about} {number},{about}"
        for number in range(40)
        for about in [("parcel", "app")[number % 2]]
    ]
    path.write_text("\n".join(["premise,hypothesis,relation", *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def trained(table, bert_preset, tmp_path_factory):
    """The run folder of the recipe."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    columns = ["--text", "premise", "--text-pair", "hypothesis", "--label", "relation"]
    argv = ["--data", str(table), *columns, "--backbone", str(bert_preset), "--run-dir", str(folder)]
    assert main(["train", "text-pair-classification", *argv, *QUICK]) == 0
    return folder


def test_the_run_folder_holds_exactly_these_files(trained):
    files = sorted(path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file())
    assert files == [
        "best.weights.safetensors", "calibration.json", "config.json",
        "evaluation/confusion_matrix.csv", "evaluation/confusion_matrix.png", "evaluation/metrics.json",
        "evaluation/per_class.csv", "evaluation/predictions.csv",
        "exports/MODEL_CARD.md", "exports/labels.txt", "exports/model_float32.golden.json",
        "exports/model_float32.json",
        "exports/model_float32.tflite",
        "head.weights.safetensors", "history.csv", "history.png", "labels.txt", "report.html", "result.json",
        "splits.csv",
        "tokenizer/tokenizer.json", "tokenizer/vocabulary.txt", "tune.weights.safetensors",
    ]  # fmt: skip


def test_it_learns_and_every_file_says_the_same_of_the_same_pairs(trained, table):
    run = kerasft.Run.open(trained)
    assert kerasft.evaluate(run).accuracy >= 0.8
    file = trained / "exports" / "model_float32.tflite"
    first, second = zip(*AWKWARD, strict=True)
    from_run = kerasft.predict(run, first, pairs=second, top=2)
    from_file = kerasft.predict(file, first, pairs=second, top=2)
    assert_alike("TFLite of a run, pairs", rows_of(from_file), rows_of(from_run), limit_of(run))
    for one, other, pair in zip(from_run, from_file, AWKWARD, strict=True):
        assert (one.path, one.pair) == (other.path, other.pair) == pair
    whole = kerasft.evaluate(file, table)
    assert len(whole.labels) == 40 and whole.accuracy >= 0.8


def test_training_and_the_file_read_pairs_alike(trained):
    """The ids of the app's golden sentences are those that the model was trained on."""
    run = kerasft.Run.open(trained)
    golden = json.loads((trained / "exports" / "model_float32.golden.json").read_text())
    encoder = run.load_model().encoder
    tokens = encoder([each["text"] for each in golden], [each["pair"] for each in golden])
    for name, array in tokens.items():
        np.testing.assert_array_equal(array, [each[name] for each in golden])
    test = run.splits().test
    assert [(each["text"], each["pair"]) for each in golden] == list(zip(test.texts, test.pairs, strict=True))


@pytest.mark.parametrize("artifact", [".", "exports/model_float32.tflite"])
def test_the_command_takes_the_second_text_of_each_or_one_for_all(trained, artifact, capsys):
    argv = ["predict", str(trained / artifact), "where is item 3", "where is item 4"]
    assert main([*argv, "--text-pair", "the parcel", "--text-pair", "the app", "--json"]) == 0
    each = json.loads(capsys.readouterr().out)["predictions"]
    assert [(one["path"], one["pair"]) for one in each] == [
        ("where is item 3", "the parcel"), ("where is item 4", "the app"),
    ]  # fmt: skip
    assert [one["class_name"] for one in each] == ["parcel", "app"]
    assert main([*argv, "--text-pair", "the parcel"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "where is item 3 | the parcel", "where is item 4 | the parcel",
    ]  # fmt: skip
    assert all(line.split(": ")[1].startswith("parcel ") for line in lines)


@pytest.mark.parametrize("artifact", [".", "exports/model_float32.tflite"])
def test_single_texts_for_a_model_of_pairs_are_refused_with_the_flag(trained, artifact, capsys):
    path = str(trained / artifact)
    assert main(["predict", path, "where is item 3"]) == 2
    assert capsys.readouterr().err == (
        "error: this model judges pairs of texts (received: single texts); "
        "give the second halves too, with --text-pair (in Python pairs=)\n"
    )
    assert main(["predict", path, "a", "b", "c", "--text-pair", "x", "--text-pair", "y"]) == 2
    assert capsys.readouterr().err == (
        "error: the halves of pairs must be as many (received: 3 and 2); "
        "give --text-pair once for each, or one for all\n"
    )


def test_a_table_of_single_texts_is_no_data_for_a_model_of_pairs(trained, tmp_path, capsys):
    (tmp_path / "single.csv").write_text("premise,relation\nwhere,app\n", "utf-8")
    assert main(["evaluate", str(trained), str(tmp_path / "single.csv")]) == 2
    assert "the table has no column 'hypothesis' (--text-pair)" in capsys.readouterr().err


def test_the_saved_model_of_a_run_on_pairs_takes_raw_pairs(trained):
    made = kerasft.export(trained, "saved_model")
    assert not made.row.failures
    (answer,) = kerasft.predict(made.path, "where is item 5", pairs="the parcel")
    assert answer.class_name == "parcel"
