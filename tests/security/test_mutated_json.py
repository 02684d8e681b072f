"""Wrong types in the JSON of a run: refused, and never a traceback. Texts: see tests/text/test_text_training.py."""

import json
import shutil

import pytest

from kerasft.cli.main import main
from tests.mutations import faults
from tests.turns import THIRDS

JSON = ("config.json", "result.json", "calibration.json", "exports/model_float32.json")


@pytest.fixture
def folder(run, tmp_path):
    """A copy of the shared run, with a calibration and an export's details."""
    folder = shutil.copytree(run.run_dir, tmp_path / "run")
    key = json.loads((folder / "result.json").read_text())["weights"]["best"]["sha256"]
    values = {"temperature": 1.5, "examples": 60, "ece_before": 0.1, "ece_after": 0.05, "note": ""}
    (folder / "calibration.json").write_text(json.dumps({key: values}))
    numbers = dict.fromkeys(
        ("accuracy", "keras_accuracy", "agreement", "difference", "megabytes", "milliseconds"), 0.5
    )
    (folder / "exports").mkdir(exist_ok=True)
    details = {
        "sha256": "0" * 64,
        "measured": {"file": "model_float32.tflite", "quantization": "float32", "examples": 9, **numbers},
    }
    (folder / "exports" / "model_float32.json").write_text(json.dumps(details))
    return folder


@pytest.mark.parametrize(("step", "first"), [(47, 0), *THIRDS])
def test_every_value_of_a_run_of_pictures(step, first, folder):
    found, count = faults(folder, JSON, step, first)
    assert count > 2500 and not found, found


@pytest.mark.parametrize("name", JSON[:3])
@pytest.mark.parametrize(
    "content", ["[]", "null", "3", '"x"', "{}", "NaN", "", "{", "[" * 100_000, "1" * 5000]
)
def test_whole_files_are_refused_with_exit_code_2(name, content, folder, pictures, capsys):
    (folder / name).write_text(content)
    picture = str(next(pictures.rglob("*.png")))
    code = main(["predict", str(folder), picture])
    error = capsys.readouterr().err
    if name == "calibration.json" and content == "{}":  # nothing was fitted for these weights
        assert code == 0
    else:
        assert (
            code == 2 and error.startswith("error: ") and error.count("\n") == 1 and "Traceback" not in error
        )
