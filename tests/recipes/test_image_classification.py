"""The recipe as a user runs it, on 16-pixel images."""

import ast
import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from kerasft.cli.main import main
from kerasft.cli.recipes import find_recipe, recipe_names
from tests.sources import PATHS, nodes_of

QUICK = [
    *("--backbone", "starter", "--image-size", "16", "--head-epochs", "2", "--tune-epochs", "1"),
    *("--batch-size", "8", "--head-learning-rate", "0.01", "--tune-learning-rate", "0.001"),
]


@pytest.fixture(scope="module")
def trained(made_by_recipe, tmp_path_factory):
    """A copy of the folder of a run made by the command line."""
    return shutil.copytree(made_by_recipe, tmp_path_factory.mktemp("recipe") / "run")


def test_the_run_folder_holds_exactly_these_files(trained):
    files = sorted(path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file())
    assert files == [
        "best.weights.safetensors", "calibration.json", "config.json",
        "evaluation/confusion_matrix.csv", "evaluation/confusion_matrix.png", "evaluation/metrics.json",
        "evaluation/per_class.csv", "evaluation/predictions.csv",
        "exports/MODEL_CARD.md", "exports/golden/0.png", "exports/golden/1.png", "exports/golden/2.png",
        "exports/labels.txt", "exports/model_int8.golden.json", "exports/model_int8.json",
        "exports/model_int8.tflite",
        "head.weights.safetensors", "history.csv", "history.png", "labels.txt", "report.html", "result.json",
        "splits.csv",
        "tune.weights.safetensors",
    ]  # fmt: skip


def test_the_exported_file_is_within_a_point_of_the_model(trained):
    details = json.loads((trained / "exports" / "model_int8.json").read_text())
    metrics = json.loads((trained / "evaluation" / "metrics.json").read_text())
    assert json.dumps(details).count("accuracy") > 0
    assert metrics["accuracy"] >= 0.7


@pytest.mark.parametrize("artifact", [".", "exports/model_int8.tflite"])
def test_any_artifact_evaluates_and_predicts(trained, pictures, artifact, capsys):
    path = str(trained / artifact)
    assert main(["evaluate", path, "--json"]) == 0
    own = json.loads(capsys.readouterr().out)
    assert main(["evaluate", path, str(pictures), "--json"]) == 0
    everything = json.loads(capsys.readouterr().out)
    assert (own["examples"], everything["examples"]) == (9, 60)
    names = [str(pictures / "stripes" / "000.png"), str(pictures / "noise" / "001.png")]
    assert main(["predict", path, *names, "--json"]) == 0
    predictions = json.loads(capsys.readouterr().out)["predictions"]
    assert [each["path"] for each in predictions] == names
    assert all(0 < each["probability"] <= 1 for each in predictions)


@pytest.mark.slow
def test_a_further_run_starts_from_an_earlier_one(run, pictures, tmp_path, capsys):
    argv = ["train", "image-classification", "--data", str(pictures), "--from-run", str(run.run_dir), *QUICK]
    assert (
        main(
            [*argv, "--run-dir", str(tmp_path / "run"), "--head-epochs", "0", "--quantize", "none", "--json"]
        )
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert sorted(result["test_accuracy"]) == ["after tune", "exported file"]
    assert result["test_accuracy"]["exported file"] >= 0.7
    assert (tmp_path / "run" / "exports" / "model_float32.tflite").is_file()


def test_nothing_is_written_when_the_input_is_wrong(tmp_path, pictures, capsys):
    argv = ["train", "image-classification", "--data", str(pictures), "--run-dir", str(tmp_path / "run")]
    assert main([*argv, "--backbone", "starter", "--batch-size", "100", "--image-size", "16"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: --batch-size is larger than the training split (42 examples) (received: 100); use --batch-size 10, "
        "or give more examples"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_is_a_flat_page_that_says_how_to_run_it(name):
    module = find_recipe(name)
    path = Path(module.__file__)
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 120
    assert f"python recipes/{path.name}" in (module.__doc__ or "")
    kinds = {type(node).__name__ for node in ast.parse(text).body}
    assert kinds <= {"Expr", "Import", "ImportFrom", "ClassDef", "FunctionDef", "If", "Assign"}
    assert [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)] == ["main"]


@cache
def helps_of(path: Path) -> set[str]:
    """Returns the help texts that a file gives to `option`."""
    calls = [node for node in nodes_of(path) if isinstance(node, ast.Call)]
    texts = [node.args[1] for node in calls if getattr(node.func, "id", "") == "option"]
    return {node.value for node in texts if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("name", [each for each in recipe_names() if each.endswith("-classification")])
def test_no_help_text_of_a_recipe_stands_twice(name):
    path = Path(find_recipe(name).__file__)
    elsewhere = [
        *PATHS,
        *(Path(find_recipe(each).__file__) for each in recipe_names() if each != name),
    ]
    own = helps_of(path) - {"quantization of the export"}  # of which each kind has its own choices
    assert {text: str(other) for other in elsewhere for text in helps_of(other) & own} == {}
