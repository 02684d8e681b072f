"""What every task is held to, those of other packages too: from data to files, killed and resumed, and told of.

A task of this package needs no more than an entry in tests/tasks/examples.py to be tried here.
"""

import json
import shutil

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError, Interrupted
from kerasft.cli.main import main
from kerasft.contract.examination import Examination
from kerasft.contract.prediction import Prediction
from kerasft.contract.registry import task_of
from kerasft.contract.splits import SPLITS
from kerasft.formats.description import read_embedded
from kerasft.predicting.opening import load_predictor
from kerasft.training import session as fitting
from tests.mutations import faults
from tests.tasks.examples import EXAMPLES
from tests.translations import english_in

TRAINING = kerasft.Training(batch_size=8, augment="none")
PHASES = kerasft.two_phases(2, 1, head_learning_rate=1e-2, tune_learning_rate=1e-3, unfreeze=1)


@pytest.fixture(scope="module")
def folder(task_name, tmp_path_factory):
    return tmp_path_factory.mktemp(task_name)


@pytest.fixture(scope="module")
def example(task_name):
    assert task_name in EXAMPLES, "give it an example in tests/tasks/examples.py"
    return EXAMPLES[task_name]


@pytest.fixture(scope="module")
def splits(example, folder):
    return example.read(folder)


def train(example, splits, run_dir):
    model = example.build(splits)
    return kerasft.fine_tune(model, splits, PHASES, run_dir, TRAINING, verbose=False)


@pytest.fixture(scope="module")
def run(example, splits, folder):
    train(example, splits, folder / "run")
    return kerasft.Run.open(folder / "run")


@pytest.fixture(scope="module")
def evaluation(run):
    return kerasft.evaluate(run)


def same_columns(one, other):
    """Whether two columns hold the same, whatever kind they are of."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return vars(one) == vars(other)


def test_it_is_found_and_says_what_it_is(task_name):
    task = task_of(task_name)
    assert task.name == task_name and task.inputs.noun and task.targets.answering.output
    assert "float32" in task.quantizations
    head, tune = task.learning_rates
    assert 0 < tune <= head < 1


def test_splits_are_restored_bit_for_bit(splits, run):
    again = run.splits()
    assert again.schema == splits.schema and str(again.schema)
    for name in SPLITS:
        one, other = getattr(splits, name), getattr(again, name)
        assert len(one) > 0 and one.ids == other.ids and one.hashes == other.hashes
        assert same_columns(one.targets, other.targets) and same_columns(one.examples, other.examples)


def test_examples_are_encoded_row_by_row(run, splits):
    encoder = kerasft.predicting.opening.predictor_of_run(run).encoder
    examples = splits.train.examples[:5]
    together = encoder(examples)
    assert {name: spec.shape for name, spec in encoder.specs.items()} == {
        name: array.shape[1:] for name, array in together.items()
    }
    backwards = encoder(examples[np.arange(4, -1, -1)])
    for name, array in together.items():
        np.testing.assert_array_equal(array[::-1], backwards[name])
        np.testing.assert_array_equal(array[2:3], encoder(examples[2:3])[name])
    json.dumps(encoder.describe())


def test_a_killed_run_goes_on_to_the_same_weights(example, splits, run, folder, monkeypatch, capsys):
    write = fitting.write_checkpoint

    def stopping(place, state, variables):
        write(place, state, variables)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "write_checkpoint", stopping)
        with pytest.raises(Interrupted):
            train(example, splits, folder / "killed")
    assert main(["train", "--resume", str(folder / "killed")]) == 0
    said = capsys.readouterr().out
    assert "kerasft export" in said and "kerasft report" in said
    resumed = kerasft.Run.open(folder / "killed")
    for mine, theirs in zip(resumed.load_model().get_weights(), run.load_model().get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_wrong_types_in_the_json_of_its_run_are_refused(run, tmp_path):
    copy = shutil.copytree(run.run_dir, tmp_path / "run")
    names = [name for name in ("config.json", "result.json", "calibration.json") if (copy / name).exists()]
    found, count = faults(copy, names, step=7)
    assert count > 1000 and not found, found


def test_an_evaluation_is_whole(evaluation, splits, folder):
    assert np.isfinite(evaluation.score) and evaluation.score in evaluation.metrics.values()
    low, high = evaluation.interval
    assert low <= evaluation.score <= high
    assert evaluation.per_example.shape == (len(splits.test),) == (len(evaluation.expected),)
    assert evaluation.schema == splits.schema and evaluation.mismatch(evaluation, "both") is None
    assert set(evaluation.mistakes()) <= set(range(len(splits.test)))
    json.dumps(evaluation.as_dict(), allow_nan=False)
    written = evaluation.write(folder / "evaluation")
    assert json.loads((written / "metrics.json").read_text())["examples"] == len(splits.test)
    assert str(round(evaluation.score, 2))[:3] in str(evaluation)


@pytest.fixture(scope="module", params=["saved_model", "tflite", "onnx"])
def exported(request, run):
    if request.param == "onnx":
        pytest.importorskip("tf2onnx", reason='ONNX is not installed: pip install "kerasft[onnx]"')
    return kerasft.export(run, request.param)


def test_every_file_answers_as_the_run(exported, evaluation, splits, run):
    """The export's own gate has compared all answers already; so the score is that of a file opened anew."""
    assert exported.row.failures == () and exported.row.agreement == 1
    found = kerasft.evaluate(exported.path)
    assert found.score == pytest.approx(evaluation.score, rel=1e-4)
    predictor = load_predictor(exported.path)
    assert predictor.schema == splits.schema
    one, other = (each.predict(splits.test.examples[:3]) for each in (predictor, load_predictor(run.run_dir)))
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    golden = exported.path.with_name(f"{exported.path.stem}.golden.json")
    assert json.loads(golden.read_text("utf-8"))
    assert "## Limits" in exported.card.read_text("utf-8")
    if exported.path.suffix == ".tflite":
        assert read_embedded(exported.path)[0].task == run.model_config.task


def test_answers_are_told_the_same_twice(run, example, folder, tmp_path, capsys):
    ask = folder / example.ask
    (found,), (again,) = (kerasft.predict(run, [ask if ask.exists() else example.ask]) for _ in range(2))
    assert isinstance(found, Prediction) and found == again and str(found).isprintable()
    json.dumps(found.as_dict(), allow_nan=False)
    path = str(ask) if ask.exists() else example.ask
    assert main(["predict", str(run.run_dir), path, "--output", str(tmp_path / "answers.csv")]) == 0
    header, row = (tmp_path / "answers.csv").read_text("utf-8").splitlines()
    assert len(header.split(",")) <= len(row.split(","))


def test_labelled_data_of_a_user_is_evaluated(run, example, folder, splits):
    found = kerasft.evaluate(run, folder / example.data)
    assert len(found.ids) >= sum(len(getattr(splits, name)) for name in SPLITS)


def test_the_verbs_know_it(run, example, folder, tmp_path, capsys):
    assert main(["report", str(run.run_dir), "--output", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert (
        'id="result"' in page
        and 'id="data"' in page
        and "http://" not in page.replace("http://www.w3.org", "")
    )
    bundle = kerasft.bundle(run, tmp_path / "a.kerasft")
    assert kerasft.evaluate(bundle).score == pytest.approx(kerasft.evaluate(run).score)
    assert main(["compare", str(run.run_dir), str(bundle)]) == 0
    said = capsys.readouterr().out
    assert "equal scores on all" in said or "examples right and wrong" in said


def words_of(value):
    """The texts in a value of JSON, without keys."""
    if isinstance(value, dict):
        return words_of(list(value.values()))
    if isinstance(value, list):
        return {each for part in value for each in words_of(part)}
    return {value} if isinstance(value, str) else set()


def test_its_report_in_chinese_has_no_english_but_names(task_name, run, evaluation, splits, tmp_path):
    page = kerasft.report(run, evaluation, output=tmp_path / "zh.html", language="zh").path.read_text("utf-8")
    phases, versions = run.result["phases"], run.config["versions"]
    features = [phase["features"] for phase in phases.values()]  # quoted as it was said
    names = {
        *splits.train.ids,
        *splits.test.ids,
        *phases,
        *versions,
        *words_of(run.config["model"]),
        run.run_dir.name,
        "onnx",  # the kind of a file that another test may have exported
    }
    assert '<html lang="zh-CN">' in page and "训练" in page
    found = english_in(page, {*names, *splits.notes, *features})
    assert found == [] or task_name == "vector_regression", " ".join(found)


def test_the_doctor_and_the_explainer_answer_or_say_that_they_cannot(task_name, run, example, folder):
    task = task_of(task_name)
    wish = Examination(folder / example.data, suspect_labels=False, **example.wish)
    assert 0 <= task.suits(wish) <= 1
    try:
        assert task.examine(wish).findings
    except InputError as error:
        assert task_name in str(error)
    try:
        kerasft.explain(run, [folder / example.ask if (folder / example.ask).exists() else example.ask])
    except InputError as error:
        assert task_name in str(error)
