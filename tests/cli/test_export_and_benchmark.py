"""The flags of `kerasft export` and `kerasft benchmark` reach the functions."""

import json

import pytest

import kerasft
from kerasft.cli.main import main


class Made:
    """Stands in for an export."""

    def __str__(self):
        return "made"

    def as_dict(self):
        return {"made": True}


@pytest.fixture
def given(monkeypatch):
    """What `kerasft.export` was given."""
    seen = {}

    def export(run, format, **options):
        seen.update(run=run, format=format, **options)
        return Made()

    monkeypatch.setattr(kerasft, "export", export)
    return seen


def test_every_flag_of_export_arrives(run, given, capsys):
    words = "--quantize int8 --io int8 --max-accuracy-drop 0.02 --min-agreement 0.9 --unknown-precision 0.95"
    more = ["--version", "2.0", "--licence", "CC0-1.0", "--form", "boxes", "--output", "there", "--json"]
    assert main(["export", str(run.run_dir), *words.split(), *more]) == 0
    assert given.pop("run").run_dir == run.run_dir
    assert given == {
        "format": "tflite", "quantize": "int8", "io": "int8", "max_accuracy_drop": 0.02, "min_agreement": 0.9,
        "unknown_precision": 0.95, "version": "2.0", "licence": "CC0-1.0", "form": "boxes", "output": "there",
    }  # fmt: skip
    assert json.loads(capsys.readouterr().out) == {"made": True}


def test_the_defaults_of_export(run, given):
    assert main(["export", str(run.run_dir)]) == 0
    assert given["quantize"] == "none" and given["io"] == "uint8" and given["max_accuracy_drop"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--quantize", "int4"], "invalid choice: 'int4'"),
        (["--io", "int8"], "only int8 files have integers for input and output (received: --io int8)"),
        (["--max-accuracy-drop", "5"], "--max-accuracy-drop must be a share from 0 to 1 (received: 5.0)"),
        (["--format", "onnx", "--quantize", "int8"], "an ONNX file is not quantized (received: int8)"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(words, message, run, monkeypatch, capsys):
    monkeypatch.setattr(kerasft.Run, "load_model", lambda self: pytest.fail("too late"))
    assert main(["export", str(run.run_dir), *words]) == 2
    assert message in capsys.readouterr().err


def test_benchmark_names_what_is_no_artifact(tmp_path, capsys):
    assert main(["benchmark", str(tmp_path / "none.tflite"), "--threads", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(
        f"error: there is no such artifact (received: {tmp_path}/none.tflite); give a run"
    )
    assert lines[1] == "error: --threads must be at least 1 (received: 0); leave it out for all cores"
