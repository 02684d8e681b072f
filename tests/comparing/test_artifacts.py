"""Runs and files on the same test examples; what can't be compared is refused."""

import json
import shutil

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.predicting.opening import as_predictor
from tests.made_up_predictors import OfImages


@pytest.fixture
def other(run, tmp_path):
    """The same run at its first phase, in a folder of its own."""
    folder = shutil.copytree(run.run_dir, tmp_path / "other")
    shutil.copyfile(folder / "head.weights.safetensors", folder / "best.weights.safetensors")
    result = json.loads((folder / "result.json").read_text())
    result["weights"]["best"] = result["weights"]["head"]
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def test_two_runs_are_compared_example_by_example(run, other, capsys):
    assert main(["compare", str(run.run_dir), str(other), "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    one, two = kerasft.evaluate(run), kerasft.evaluate(other)
    assert [each["accuracy"] for each in found["artifacts"]] == [one.accuracy, two.accuracy]
    right, right_too = one.predictions == one.labels, two.predictions == two.labels
    (difference,) = found["differences"]
    assert difference["only_first"] == int(np.sum(right & ~right_too))
    assert difference["only_second"] == int(np.sum(right_too & ~right))
    assert found["examples"] == len(one.ids) and difference["words"] in printed.err


def test_labelled_data_of_ones_own(run, pictures):
    predictor = as_predictor(run)
    found = kerasft.compare([predictor, always_the_first(run), predictor], pictures, names=("a", "b", "c"))
    assert found.examples == 60 and len(found.differences) == 3
    same = found.differences[1]
    assert (same.first, same.second, same.adjusted_p_value) == ("a", "c", 1.0)
    assert "a and c have the same 60 examples right and wrong" in str(found) and "3 pairs (Holm)" in str(
        found
    )


def always_the_first(run, class_names=None):
    """A predictor that finds the first class everywhere."""
    config = run.model_config
    found = OfImages(class_names or config.class_names, config.image_size, config.resize)
    found.predict = lambda images: np.eye(3)[np.zeros(len(images), int)]
    return found


def change(folder, old, new):
    path = folder / "splits.csv"
    lines = path.read_text().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line.startswith("test,") and old(line))
    lines[place] = new(lines[place])
    path.write_text("".join(lines))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            lambda line: line.replace("test,", "train,"),
            "have other test examples (received: 8 in common, 1 only in",
        ),
        (lambda line: line.replace("circle,", "noise,", 1), "have other labels for the same examples"),
        (lambda line: line[:-5] + "0000\n", "have other contents of the same examples"),
    ],
)
def test_other_test_splits_are_refused_with_the_difference(new, said, run, other, capsys):
    change(other, lambda line: ",circle," in line, new)
    assert main(["compare", str(run.run_dir), str(other)]) == 2
    message = capsys.readouterr().err
    assert said in message and "--data" in message


def test_other_classes_are_refused(run):
    renamed = always_the_first(run, class_names=("circle", "noise", "waves"))
    with pytest.raises(InputError, match="other classes.*only one of them has stripes, waves"):
        kerasft.compare([run, renamed], run.splits().test, names=("a", "b"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["somewhere"],
            "there is nothing to compare with (received: somewhere); give two or more, or one of image",
        ),
        (["nowhere", "somewhere"], "nowhere"),
        (["image-classification"], "no folder is named; give one with --output"),
        (
            ["image-classification", "--output", "x", "--labels-per-class", "1,few"],
            "can't be read (received: few)",
        ),
        (["image-classification", "--output", "x", "--ways", "haed"], "did you mean 'head'?"),
        (["image-classification", "--output", "x", "--seeds", "0"], "--seeds must be at least 1"),
        (["image-classification", "--output", "x", "--ways", ""], "a list is empty"),
        (["image-classification", "--output", __file__], "the output is a file"),
    ],
)
def test_bad_input(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["compare", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
