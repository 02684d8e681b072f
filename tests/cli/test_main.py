import platform
import re
import resource
import subprocess
import sys
from importlib import metadata

import pytest

import kerasft
from kerasft.cli.flags import Parser
from kerasft.cli.main import VERBS, main


def test_help_names_every_verb(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^  {verb} ", out, re.MULTILINE) for verb in VERBS)


def test_version(capsys):
    assert main(["--version"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"kerasft {kerasft.__version__}"
    names = ("python", "keras", "tensorflow", "ai-edge-litert")
    expected = [platform.python_version(), *map(metadata.version, names[1:])]
    assert lines[1:] == [f"  {name} {version}" for name, version in zip(names, expected, strict=True)]


def test_an_unknown_verb_is_refused(capsys):
    assert main(["trian"]) == 2
    assert (
        capsys.readouterr().err
        == "error: there is no such command (received: trian); did you mean 'train'?\n"
    )


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    try:
        code = main([verb, "--help"])  # verbs that take a recipe print their own
    except SystemExit as stop:  # argparse's
        code = stop.code
    assert code == 0
    assert f"kerasft {verb}" in capsys.readouterr().out


def test_python_can_run_the_package():
    done = subprocess.run([sys.executable, "-m", "kerasft", "nonsense"], capture_output=True, text=True)
    assert done.returncode == 2 and "there is no such command" in done.stderr


def test_help_takes_less_than_150_milliseconds_of_cpu_time():
    def seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "kerasft", "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert any(seconds() < 0.15 for _ in range(5))  # others at work on the machine make it slower


def test_train_lists_the_recipes(capsys):
    assert main(["train"]) == 0
    assert "image-classification" in capsys.readouterr().out


def test_an_unknown_recipe_is_refused(capsys):
    assert main(["train", "image-clasification"]) == 2
    assert "did you mean 'image-classification'?" in capsys.readouterr().err


def test_a_recipe_is_copied_and_never_over_a_file(tmp_path, capsys):
    target = tmp_path / "mine.py"
    assert main(["recipes", "copy", "image-classification", str(target)]) == 0
    assert "def main(config" in target.read_text()
    target.write_text("mine")
    assert main(["recipes", "copy", "image-classification", str(target)]) == 2
    assert target.read_text() == "mine"
    assert "the file exists" in capsys.readouterr().err


def test_a_name_that_begins_as_flags_do_is_told_how_to_type_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-run").mkdir()
    (tmp_path / "--json").touch()  # and a flag stays a flag, whatever lies there
    recipe = ["train", "image-classification", "--data", "-run", "--json"]
    for arguments in (["bundle", "-run", "--json"], ["doctor", "-run"], recipe):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error == "error: the name begins with '-', as flags do (received: -run); type ./-run\n"
    assert main(["recipes", "copy", "--", "-run"]) == 2  # read as a name
    assert "there is no such recipe (received: -run)" in capsys.readouterr().err


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"recipes", "train", "lr-find", "compare"}))
def test_every_verb_prints_json_where_it_is_asked_for(verb, capsys):
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    assert "print one JSON object on stdout, the rest on stderr" in " ".join(capsys.readouterr().out.split())


def test_a_verb_fails_where_its_value_says_so(capsys):
    def ends(value):
        return Parser(prog="verb").verb([], lambda arguments: value, failed=lambda found: found["broken"])

    assert (ends({"broken": []}), ends({"broken": ["a.jpg"]})) == (0, 1)
    assert capsys.readouterr().out == ""


def test_flags_without_a_recipe_say_where_its_name_goes(capsys):
    assert main(["train", "--data", "photos"]) == 2
    assert "the recipe comes first (received: --data); name it before its flags" in capsys.readouterr().err
