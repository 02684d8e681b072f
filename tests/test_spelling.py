"""Python reads the names of arguments where the command line reads flags; commands stay commands."""

import ast
import re

import pytest

import kerasft
from kerasft.base import options, spelling
from kerasft.base.errors import GateError, InputError, Problem, UnavailableError
from kerasft.cli.main import main
from kerasft.contract.plan import Training
from tests.sources import PATHS, nodes_of

MESSAGES = {
    "--batch-size must be at least 1": "batch_size must be at least 1",
    "use --image-size 16 or more": "use image_size=16 or more",
    "a larger share: --max-accuracy-drop 0.02.": "a larger share: max_accuracy_drop=0.02.",
    "use --feature-cache disk or auto": "use feature_cache='disk' or auto",
    "add --overwrite or choose another --run-dir": "add overwrite=True or choose another run_dir",
    "turn it off with --no-flip": "turn it off with flip=False",
    "name it with --label (--label A,B,C)": "name it with label (label A,B,C)",
    "9 groups of --group lie in more than one": "9 groups of group lie in more than one",
    "leave --from-run out": "leave earlier out",
    "KERAS_BACKEND=tensorflow kerasft export run --format tflite": None,
    "go on with: kerasft train --resume 'my run'": None,
    "pip install --upgrade kerasft": None,
    "type `kerasft fetch NAME --refresh`, or add --refresh": "type `kerasft fetch NAME --refresh`, or add refresh=True",
    "export it anew: kerasft export run --format onnx; or use --trust": (
        "export it anew: kerasft export run --format onnx; or use trust=True"
    ),
    "train again with --overwrite": "train again with overwrite=True",
    "a--b and --- are no flags": None,
}


@pytest.mark.parametrize(("message", "expected"), MESSAGES.items())
def test_flags_become_arguments_and_commands_stay(message, expected):
    assert spelling.as_arguments(message) == (expected or message)
    assert spelling.spelled(message) == message  # on the command line


@pytest.fixture
def in_python(monkeypatch):
    """Nobody types: see `as_typed` in conftest.py."""
    monkeypatch.setattr(spelling, "_typed", type(spelling._typed)("typed", default=False))


def test_all_errors_are_spelled_when_they_are_read(in_python):
    errors = [
        InputError(Problem("no", "x", "use --top 1")),
        UnavailableError("no; use --top 1"),
        GateError("use --top 1"),
    ]
    for error in errors:
        assert "use top=1" in str(error)
        with spelling.typed():
            assert "use --top 1" in str(error)


def test_what_the_user_gave_stays_as_it_is(in_python):
    assert str(Problem("no such folder", "my --data 3/x")) == "no such folder (received: my --data 3/x)"
    assert (
        str(Problem("occlusion takes no steps", "--steps 5"))
        == "occlusion takes no steps (received: steps=5)"
    )


def test_arguments_of_python_are_named(in_python, pictures, tmp_path):
    (problem,) = options.check(Training(batch_size=0))
    assert str(problem).startswith("batch_size must be ") and "--" not in str(problem)
    with pytest.raises(InputError, match="image_size.*for example image_size=224"):
        kerasft.read_images(pictures, "x")
    (tmp_path / "run").mkdir()
    with pytest.raises(InputError, match="backbone is unknown") as error:
        kerasft.build_model("image_classification", backbone="resnet5", class_names=("a", "b"))
    assert "--" not in str(error.value)


def test_the_command_line_keeps_its_flags(in_python, pictures, capsys):
    assert main(["train", "image-classification", "--data", str(pictures), "--batch-size", "0"]) == 2
    assert "error: --batch-size must be " in capsys.readouterr().err


def test_every_switch_that_messages_name_is_known_as_one():
    """`add --overwrite` must become overwrite=True: switches are those that argparse stores without a value."""
    named = set()
    for path in PATHS:
        for node in nodes_of(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= set(re.findall(r"\badd --([a-z-]+)(?= or| to|;|$)", node.value))
    assert named - {"json", "output"} <= set(spelling._SWITCHES), named
