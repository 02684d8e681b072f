"""The smallest application of each family through the whole path, as `benchmarks/applications.py` takes it."""

import importlib.util
from pathlib import Path

import pytest

from kerasft.inputs.images.backbones import catalog

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "applications.py"


@pytest.fixture(scope="module")
def benchmark_module():
    spec = importlib.util.spec_from_file_location("benchmarks_applications", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def smallest_of_each_family():
    entries = [entry for entry in map(catalog.find, catalog.names()) if entry.source == "applications"]
    families = sorted({entry.family for entry in entries})
    of = {family: [entry for entry in entries if entry.family == family] for family in families}
    return [min(of[family], key=lambda entry: entry.parameters).name for family in families]


@pytest.mark.slow
@pytest.mark.turns(7)
@pytest.mark.parametrize("name", smallest_of_each_family())
def test_preprocessing_blocks_phases_and_tflite(name, benchmark_module):
    import keras

    row = benchmark_module.measure(name)
    assert row["result"] == "ok", row
    assert row["flex"] == [] and row["tflite"] <= 1e-4 and row["spread"] >= 1e-2
    assert row["head_layers"] == 1 and 1 < row["tune_layers"]
    keras.backend.clear_session()


def test_a_row_beyond_a_limit_is_not_ok(benchmark_module):
    good = {
        "preprocessing": 0.0, "tails": 0.0, "head_layers": 1, "head_changed": 1.0, "tune_changed": 1.0,
        "tflite": 1e-6, "flex": [], "spread": 0.5,
    }  # fmt: skip
    assert benchmark_module.judge(good) == "ok"
    nan = float("nan")
    for change in (
        {"preprocessing": 1e-4},
        {"tails": nan},
        {"head_layers": 3},
        {"tflite": nan},
        {"flex": ["FlexErf"]},
    ):
        assert benchmark_module.judge(good | change) != "ok"


def test_a_model_that_failed_has_its_line_in_the_table(benchmark_module):
    rows = [{"name": "vgg16", "result": "failed: out of\nmemory"}]
    page = benchmark_module.as_markdown(rows, 40)
    assert "0 of 40 are right" in page and "| vgg16 | | | | | | | | | | failed: out of memory |" in page
