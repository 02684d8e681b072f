"""Run folders that somebody handed in: links, pipes, and JSON that asks for what no run needs."""

import json
import os
import subprocess
import sys

import pytest

from kerasft.base import untrusted
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.runs.run import Run


@pytest.mark.parametrize(
    "name", ["best.weights.safetensors", "config.json", "splits.csv", "exports", "tokenizer"]
)
def test_links_out_of_the_folder_are_refused(name, handed_in, canary, tmp_path):
    """exports -> elsewhere would have the next export write there."""
    outside = tmp_path / "outside"
    target = handed_in / name
    if target.exists():
        target.rename(outside)
    else:
        outside.mkdir()
    target.symlink_to(outside)
    with pytest.raises(InputError, match=f"a link in the run folder leads out of it .received: {name}"):
        Run.open(handed_in)


def test_a_link_that_leads_out_by_another_link_is_refused(handed_in, tmp_path):
    (handed_in / "a").symlink_to(tmp_path)
    (handed_in / "b").symlink_to("a/secret")
    with pytest.raises(InputError) as caught:
        Run.open(handed_in)
    assert sorted(problem.received for problem in caught.value.problems) == ["a", "b"]


def test_links_inside_and_to_the_folder_are_fine(handed_in, tmp_path):
    (handed_in / "latest.csv").symlink_to("history.csv")
    (tmp_path / "shortcut").symlink_to(handed_in, target_is_directory=True)
    assert Run.open(tmp_path / "shortcut").load_model().name == "image_classification"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(handed_in):
    (handed_in / "labels.txt").unlink()
    os.mkfifo(handed_in / "labels.txt")
    with pytest.raises(InputError, match="no plain file .received: labels.txt"):
        Run.open(handed_in)


def test_a_folder_of_too_many_files_is_given_up(handed_in, monkeypatch):
    monkeypatch.setattr(untrusted, "MOST_FILES", 5)
    with pytest.raises(InputError, match="more than 5 files"):
        Run.open(handed_in)


LARGE_BERT = {
    "class": "keras_hub>BertBackbone",
    "config": {
        "vocabulary_size": 9_000_000,
        "num_layers": 1000,
        "num_heads": 8,
        "hidden_dim": 800_000,
        "intermediate_dim": 9_000_000,
        "max_sequence_length": 512,
        "num_segments": 2,
        "dropout": 0.1,
    },
    "pooling": "mean",
    "tokenizer": {},
}


def hub(config):
    return lambda c: c["model"].update(backbone="hub:x", backbone_config=config)


CONFIGS = {
    "Lambda": (
        hub({"class": "Lambda", "config": {"function": "x"}, "scale": 1, "offset": 0}),
        "not of a KerasHub",
    ),
    "a function of os": (
        hub({"class": "os.system", "config": {}, "scale": 1, "offset": 0}),
        "not of a KerasHub",
    ),
    "TFSMLayer": (hub({"class": "keras.layers>TFSMLayer", "config": {"filepath": "x"}}), "not of a KerasHub"),
    "Lambda inside a backbone": (
        hub(
            {
                "class": "keras_hub>ViTBackbone",
                "config": {"image_shape": [16, 16, 3], "x": {"class_name": "Lambda", "config": {}}},
                "scale": 1,
                "offset": 0,
            }
        ),
        "names a class of other code",
    ),
    "a backbone from the network": (
        lambda c: c["model"].update(backbone="hub:hf://stranger/model", backbone_config=None),
        "'backbone_config' is missing",
    ),
    "a text backbone from the network": (
        lambda c: c["model"].update(task="text_classification", backbone="hf://stranger/model"),
        "'columns' is missing",
    ),
    "too many layers": (
        hub({"class": "keras_hub>ViTBackbone", "config": {"num_layers": 10**6}}),
        "'num_layers' of the architecture is 1000000, and at most 4096",
    ),
    "a size without end": (
        hub({"class": "keras_hub>ViTBackbone", "config": {"hidden_dim": 10**15}}),
        "'hidden_dim' of the architecture is 10{15}, and at most 10000000",
    ),
    "infinity": (hub({"class": "x", "config": {"rate": float("inf")}}), "'rate' of the architecture"),
    "a list without end": (
        hub({"class": "x", "config": {"sizes": [1] * 200_000}}),
        "'num_sizes' of the architecture is 200000, and at most 4096",
    ),
    "an image of 100000 pixels": (
        lambda c: c["model"].update(image_size=100_000),
        "--image-size must be at most",
    ),
    "an unknown key": (lambda c: c["model"].update(activation="os.system"), "has no key 'activation'"),
    "a missing key": (lambda c: c["model"].pop("class_names"), "lacks the key 'class_names'"),
    "one class twice": (lambda c: c["model"].update(class_names=["a", "a"]), "class names must be unique"),
    "a class that clears the screen": (
        lambda c: c["model"].update(class_names=["a", "\x1b[2J"]),
        r"holds a line break or control character .received: '\\x1b",
    ),
    "a class that is a number": (lambda c: c["model"].update(class_names=["a", 3]), "--class-names must be"),
    "an unknown task": (lambda c: c["model"].update(task="os"), "the task is unknown"),
    "another recipe's": (lambda c: c["model"].update(task="audio_classification"), "the task is unknown"),
    "a backbone that is a path": (lambda c: c["model"].update(backbone="../../x"), "--backbone is unknown"),
    "a backbone that is a list": (lambda c: c["model"].update(backbone=["starter"]), "--backbone must be"),
    "model is a list": (lambda c: c.update(model=[]), "'model' is missing or no dict"),
    "versions are numbers": (lambda c: c.update(versions={"keras": 3}), "'versions' holds no texts"),
    "source is a number": (lambda c: c["data"].update(source=3), "'source' is missing or no text"),
    "no data": (lambda c: c.pop("data"), "'data' is missing"),
    "format is a text": (lambda c: c.update(format="1"), "'format' is missing or no number"),
    "newer": (lambda c: c.update(format=2), "newer kerasft .*upgrade"),
}


@pytest.mark.parametrize("change, message", CONFIGS.values(), ids=CONFIGS)
def test_a_config_that_asks_for_more_than_a_run_needs_is_refused(
    change, message, handed_in, edit_json, canary, capsys
):
    edit_json(handed_in / "config.json", change)
    with pytest.raises(InputError, match=message):
        Run.open(handed_in).load_model()
    assert main(["predict", str(handed_in), "x.png"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and "Traceback" not in error and "\x1b" not in error


def test_a_huge_architecture_is_stopped_by_the_size_of_the_weights_file(handed_in, edit_json):
    """Every number is possible, and together they ask for terabytes."""
    config = {
        "image_shape": [16, 16, 3],
        "patch_size": 2,
        "num_layers": 900,
        "num_heads": 8,
        "hidden_dim": 800_000,
        "mlp_dim": 9_000_000,
    }
    architecture = {"class": "keras_hub>ViTBackbone", "config": config, "scale": 1, "offset": 0}
    edit_json(handed_in / "config.json", hub(architecture))
    with pytest.raises(InputError, match="asks for more than the [0-9]+ weights that the file can hold"):
        Run.open(handed_in).load_model()


RESULTS = {
    "a phase that is a path": (
        lambda r: r["phases"].update({"../../x": {}}),
        "'../../x' is no name of a phase",
    ),
    "weights that are a path": (lambda r: r["weights"].update({"/etc/passwd": {}}), "is no name of a phase"),
    "no hash": (lambda r: r["weights"]["best"].pop("sha256"), "'best' have no hash or no probe"),
    "no probe": (lambda r: r["weights"]["best"].pop("probe"), "'best' have no hash or no probe"),
    "a probe of texts": (lambda r: r["weights"]["best"].update(probe=["x"]), "no hash or no probe"),
    "a probe of NaN": (lambda r: r["weights"]["best"].update(probe=[float("nan")]), "no hash or no probe"),
    "a probe of another length": (
        lambda r: r["weights"]["best"].update(probe=[1.0] * 7),
        "not the one that was",
    ),
    "weights is a list": (lambda r: r.update(weights=[]), "'phases' or 'weights' is missing"),
    "best is no phase": (lambda r: r.update(best="x"), "'best' is none of the phases"),
    "no weights": (lambda r: r.update(weights={}), "weights were changed"),
}


@pytest.mark.parametrize("change, message", RESULTS.values(), ids=RESULTS)
def test_a_result_that_is_none_is_refused(change, message, handed_in, edit_json, canary):
    edit_json(handed_in / "result.json", change)
    with pytest.raises(InputError, match=message):
        Run.open(handed_in).load_model()


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{", b"\xff\xfe", b'{"a":' * 100_000, b'{"a":"' + b"x" * 17_000_000]
)
@pytest.mark.parametrize("name", ["config.json", "result.json"])
def test_json_that_is_none_or_without_end_is_refused(name, content, handed_in, capsys):
    (handed_in / name).write_bytes(content)
    assert main(["predict", str(handed_in), "x.png"]) == 2
    error = capsys.readouterr().err
    assert f"error: the run's {name} can't be read, it" in error and error.count("\n") == 1


def test_control_characters_of_a_name_never_reach_the_terminal(handed_in, capsys):
    assert main(["predict", f"{handed_in}\x1b]0;owned\x07", "x.png"]) == 2
    error = capsys.readouterr().err
    assert "\\x1b]0;owned\\x07" in error and "\x1b" not in error


@pytest.mark.slow
def test_nothing_of_a_refused_run_is_imported_or_run(handed_in, edit_json, canary, tmp_path):
    """In a process of its own: a module that lies in the folder, and is named in the config, is not imported."""
    (handed_in / "payload.py").write_text(f"open({str(canary)!r}, 'w')")
    evil = {"class": "payload>Payload", "module": "payload", "config": {}, "scale": 1, "offset": 0}
    edit_json(handed_in / "config.json", hub(evil))
    code = (
        "import sys; from kerasft.cli.main import main; code = main(['predict', '.', 'x.png']);"
        "from kerasft.benchmarking.worker import memory; print(memory('VmHWM'));"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=handed_in, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("error: ")) == (2, 1), done.stderr
    assert float(done.stdout) < 1500
    assert json.loads((handed_in / "config.json").read_text())["model"]["backbone"] == "hub:x"
