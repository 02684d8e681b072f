"""A file that misses its targets ends a recipe, and the report of the run is there all the same."""

from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.cli.recipes import find_recipe, recipe_names

EXPORTING = [name for name in recipe_names() if hasattr(find_recipe(name).Config, "quantize")]


@pytest.mark.parametrize("recipe", EXPORTING)
def test_a_recipe_whose_file_is_refused_writes_its_report_and_exits_with_1(recipe, monkeypatch, capsys):
    tried = (find_recipe(recipe), find_recipe("text-classification"))  # which does the work of pairs
    module = next(each for each in tried if hasattr(each, "kerasft"))
    works = MagicMock(GateError=kerasft.GateError)
    works.export_later.return_value = ""
    works.export.side_effect = kerasft.GateError("int8 lost 4 points")
    works.report.return_value = SimpleNamespace(path="the/report.html")
    monkeypatch.setattr(module, "kerasft", works)
    assert cli_main(find_recipe(recipe).Config, find_recipe(recipe).main, []) == 1
    works.report.assert_called_once_with(works.fine_tune.return_value, works.evaluate.return_value)
    told = capsys.readouterr()
    assert told.out.endswith("\nexported:   nothing\nreport:     the/report.html\n")
    assert "error: int8 lost 4 points" in told.err
