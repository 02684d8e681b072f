# ruff: noqa: E501
"""Configs, descriptions and command lines of any content: taken, or refused with an InputError and exit code 2."""

import dataclasses
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasft.base import untrusted
from kerasft.base.errors import InputError
from kerasft.cli.checks import check_all
from kerasft.cli.flags import cli_main
from kerasft.cli.main import VERBS, main
from kerasft.cli.recipes import find_recipe
from kerasft.contract.plan import Phase, Training, check, from_dict, to_dict
from kerasft.formats import description as artifact
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.text_classification.config import TextModelConfig
from tests.descriptions import of_images

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
KINDS = (ModelConfig, TextModelConfig, Phase, Training)


def values_of(kind):
    """Some of a config's keys, with any values; now and then a key it doesn't have."""
    names = [field.name for field in dataclasses.fields(kind)]
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=5), JSON, max_size=len(names))


@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_any_values_of_a_config(data, kind):
    try:
        config = from_dict(kind, data.draw(values_of(kind)))
    except InputError as error:
        assert all(problem.what for problem in error.problems)
        return
    assert check(config) == []
    assert from_dict(kind, json.loads(json.dumps(to_dict(config)))) == config


@given(
    change=st.dictionaries(
        st.sampled_from(["model", "data", "phases", "training", "versions", "format"]), JSON
    ),
    inner=JSON,
)
def test_any_config_json(change, inner, tmp_path):
    config = {
        "format": 1,
        "model": {"backbone_config": inner},
        "data": {"source": "x", "columns": inner},
        "phases": [],
    }
    try:
        untrusted.check_config(
            config | {"training": {}, "versions": {}} | change, tmp_path / "config.json", 1
        )
    except InputError as error:
        assert "config.json" in str(error) or "newer" in str(error)


@given(phases=JSON, weights=JSON, best=JSON)
def test_any_result_json(phases, weights, best, tmp_path):
    try:
        untrusted.check_result({"phases": phases, "weights": weights, "best": best}, tmp_path / "result.json")
    except InputError as error:
        assert "result.json" in str(error)
    else:
        assert all(untrusted.PHASE_NAME.fullmatch(name) for name in (*phases, *weights)) and best in phases


@given(
    change=st.dictionaries(
        st.sampled_from(
            [
                "kerasft_format",
                "task",
                "class_names",
                "image_size",
                "resize",
                "temperature",
                "score_threshold",
            ]
        ),
        JSON,
    )
)
def test_any_description_of_an_exported_file(change, tmp_path):
    description = of_images(("a", "b"), 16)
    path = tmp_path / "model.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("kerasft.json", json.dumps({**description.as_dict(), "sha256": "", **change}))
    with pytest.raises(InputError):  # at the latest for its hash
        artifact.read_embedded(path)


WORDS = st.one_of(
    st.sampled_from(
        [
            "--json",
            "--top",
            "3",
            "-1",
            "nan",
            "--format",
            "tflite",
            "--trust",
            "--",
            "-",
            "",
            "--data",
            "=",
            "--x=1",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


@given(
    verb=st.sampled_from([verb for verb in VERBS if verb not in ("train", "doctor", "recipes", "fetch")]),
    words=st.lists(WORDS, max_size=5),
)
def test_any_command_line(verb, words, tmp_path_factory, monkeypatch, capsys):
    check_command_line([verb, *words], tmp_path_factory.mktemp("cli"), monkeypatch, capsys)


def check_command_line(arguments, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    try:
        code = main(arguments)
    except SystemExit as stop:  # --help
        code = stop.code
    error = capsys.readouterr().err
    assert code in (0, 1, 2), arguments
    assert "Traceback" not in error and (code == 0 or error.startswith("error: ")), (arguments, error)
    assert list(folder.iterdir()) == [], arguments


@pytest.mark.parametrize("name", ["image-classification", "text-classification"])
@given(data=st.data())
@settings(max_examples=150)
def test_any_flags_of_a_recipe(name, data):
    """Up to the check of all values, before anything is read."""
    recipe = find_recipe(name)
    flags = ["--" + field.name.replace("_", "-") for field in dataclasses.fields(recipe.Config)]
    numbers = st.sampled_from(
        ["0", "-1", "1e999", "nan", "0.5", "1_000", "٣", "0x10", "1e-3", "999999999999999999999"]
    )
    words = st.lists(st.sampled_from(flags) | numbers | WORDS, max_size=6)
    seen = []

    def work(config):
        seen.append(check_all(config))
        return {}

    work.__module__ = recipe.main.__module__
    try:
        code = cli_main(recipe.Config, work, data.draw(words))
    except SystemExit as stop:
        code = stop.code
    assert code in (0, 2) and seen in ([], [[]])
