"""The help of a recipe: what a newcomer reads first."""

import pytest

from kerasft.cli.main import main

RECIPES = (
    "image-classification",
    "text-classification",
    "text-pair-classification",
    "text-regression",
    "text-multilabel",
    "text-ordinal",
    "image-ordinal",
    "image-segmentation",
    "object-detection",
)


def help_of(capsys, *argv) -> str:
    with pytest.raises(SystemExit):
        main([*argv, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("recipe", RECIPES)
def test_flags_of_the_data_are_apart_and_commands_are_as_typed(recipe, capsys):
    shown = help_of(capsys, "train", recipe)
    data, rest = shown.split("\ndata:\n")[1].split("\nmodel, training and export:\n")
    assert "--group" in data and "--test-data" in data and "--skip-broken" in data
    assert "--backbone" in rest and "--learning-rate RATE" in rest and "--data " not in rest
    assert f"    kerasft train {recipe} --data" in shown and "python recipes/" not in shown
    assert "(default: )" not in shown and "or auto: auto" not in shown and shown.count("looked up)") <= 2


@pytest.mark.parametrize("recipe", RECIPES[:2])
def test_a_comparison_of_ways_reads_data_as_the_recipe_does(recipe, capsys):
    shown = help_of(capsys, "compare", recipe)
    for flag in ("--group", "--test-data", "--skip-broken", "--label"):
        assert f"  {flag}" in shown
    assert "--validation-data" not in shown, "no way looks at a validation split"
