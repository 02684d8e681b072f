"""What people type out of habit works, or the message says exactly what to type."""

import pytest

from kerasft.base.errors import did_you_mean
from kerasft.cli.main import VERBS, main

TRAIN = ["train", "image-classification", "--data", "digits"]


def said(capsys, *argv):
    assert main(list(argv)) == 2
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        (["--lr", "0.01"], "type --learning-rate 0.01"),
        (["--epochs", "5"], "type --head-epochs 5 and --tune-epochs 5, one for each phase"),
        (["--batch", "16"], "type --batch-size 16"),
        (["--imgsz=96"], "type --image-size 96"),
        (["--name", "my run"], "type --run-dir 'my run'"),
        (["--gpu", "0"], "type --device gpu"),
        (["--cpu"], "type --device cpu"),
        (["--Image_Size", "96"], "type --image-size 96"),
        (["--model", "resnet50"], "type --backbone resnet50"),
        (["--pacience", "3"], "did you mean '--patience'?"),
    ],
)
def test_one_line_with_what_to_type(typed, advice, capsys):
    lines = said(capsys, *TRAIN, *typed)
    assert len(lines) == 1, "the value of an unknown flag is no error of its own"
    assert lines[0].startswith(f"error: unknown argument (received: {typed[0]})") and advice in lines[0]


@pytest.mark.parametrize(
    ("recipe", "typed", "advice"),
    [
        (
            "object-detection",
            "--class-weight",
            "leave it out: image-classification, image-multilabel, image-ordinal and",
        ),
        (
            "image-classification",
            "--huber-delta",
            "leave it out: image-ordinal, image-regression, text-regression have it",
        ),
        (
            "text-classification",
            "--decoder",
            "leave it out: image-segmentation has it, and this recipe has not",
        ),
    ],
)
def test_flags_that_other_recipes_have_are_said_to_be_theirs(recipe, typed, advice, capsys):
    (line,) = said(capsys, "train", recipe, typed, "auto")
    assert line.startswith(f"error: unknown argument (received: {typed}); {advice}")


def test_each_unknown_flag_is_one_error(capsys):
    lines = said(capsys, *TRAIN, "--lr", "0.1", "--overwrite", "--nonsense", "stray", "words")
    assert [line.split("received: ")[1].split(")")[0] for line in lines] == ["--lr", "--nonsense", "words"]


def test_other_verbs_know_their_own_flags(capsys):
    assert "type --output x" in said(capsys, "export", "run", "--name", "x")[0]
    assert "type --quantize int8" in said(capsys, "export", "run", "--int8")[0]
    assert "type --learning-rate 0.1" in said(capsys, "lr-find", "image-classification", "--lr", "0.1")[0]


@pytest.mark.parametrize(
    ("typed", "verb"),
    [("val", "evaluate"), ("eval", "evaluate"), ("finetune", "train"), ("models", "backbones")],
)
def test_verbs_of_other_tools(typed, verb, capsys):
    (line,) = said(capsys, typed, "a b", "--json")
    assert line.endswith(f"(received: {typed}); type: kerasft {verb} 'a b' --json") and verb in VERBS


def test_case_is_no_difference(capsys):
    assert did_you_mean("AdamW", ("adam", "adamw"), "") == "did you mean 'adamw'?"
    assert did_you_mean("MobileNet_V2", ("mobilenet", "mobilenet-v2"), "") == "did you mean 'mobilenet-v2'?"
    (line,) = said(capsys, *TRAIN, "--optimizer", "AdamW")
    assert "did you mean 'adamw'?" in line


def test_the_help_of_a_recipe_says_what_was_typed(capsys):
    with pytest.raises(SystemExit):
        main(["train", "image-classification", "--help"])
    assert capsys.readouterr().out.startswith("usage: kerasft train image-classification [options]")
