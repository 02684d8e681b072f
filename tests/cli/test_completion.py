"""Shells complete commands, recipes, flags and their values; what may be a file is left to the shell."""

import os
import shutil
import subprocess
import sys

import pytest

from kerasft.cli.completion import SCRIPTS, candidates
from kerasft.cli.main import VERBS, main


def of(text):
    return candidates(text.split(" "), list(VERBS))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ev", ["evaluate"]),
        ("train image-c", ["image-classification"]),
        ("lr-find text-r", ["text-regression"]),
        ("train image-classification --tune-e", ["--tune-epochs"]),
        ("train image-classification --augment s", ["strong"]),
        (
            "train image-classification --backbone efficientnet_lite",
            [f"efficientnet_lite{n}" for n in range(3)],
        ),
        ("train --re", ["--resume"]),
        ("export saved_models/run --qu", ["--quantize", "--quiet"]),
        ("compare image-classification --labels-", ["--labels-per-class"]),
        ("train image-classification --data ", []),  # a file
        ("evaluate sav", []),
        ("nothing --x", []),
    ],
)
def test_words_are_completed(typed, found):
    assert of(typed) == found


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_tells_its_flags_without_doing_anything(verb, capsys):
    recipe = {"train": " image-classification", "lr-find": " image-classification"}.get(verb, "")
    assert "--help" in of(f"{verb}{recipe} --")
    assert capsys.readouterr() == ("", "")


def test_the_script_is_printed_and_another_shell_refused(capsys):
    assert main(["completion", "fish"]) == 0
    assert capsys.readouterr().out == SCRIPTS["fish"]
    assert main(["completion", "csh"]) == 2
    assert "there is no completion for this shell" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_understands_its_script(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    program = tmp_path / "kerasft"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kerasft "$@"\n')
    program.chmod(0o755)
    script = {
        "bash": 'COMP_WORDS=(kerasft train image-cl); COMP_CWORD=2; _kerasft; echo "${COMPREPLY[@]}"',
        "zsh": "words=(kerasft train image-cl); CURRENT=3; _kerasft",
        "fish": "complete -C 'kerasft train image-cl'",
    }[shell]
    stubs = (
        "compdef() {}; compadd() { print -l $found }; _files() { print a-file }\n" if shell == "zsh" else ""
    )
    done = subprocess.run(
        [shell, "-c", stubs + SCRIPTS[shell] + script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "image-classification"
