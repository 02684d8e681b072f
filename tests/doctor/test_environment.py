# ruff: noqa: E501
"""Trap 26: each broken environment is named, with the fix; some as found on this computer, all as given."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.doctor import check_environment
from kerasft.doctor.facts import Facts, collect

WORKS = {
    "tensorflow": {"version": "2.21.0", "cuda": False, "gpus": []},
    "keras": {"version": "3.15.1", "backend": "tensorflow", "precision": "float32"},
    "ai_edge_litert": {},
    "tensorflow_text": {"version": "2.21.1"},
}
PACKAGES = {
    "keras": "3.15.1", "keras-hub": "0.32.0", "tensorflow": "2.21.0", "tensorflow-text": "2.21.1", "numpy": "2.4.6",
    "Pillow": "13.0.0", "h5py": "3.14.0", "ai-edge-litert": "2.3.0",
}  # fmt: skip
GOOD = Facts((3, 12, 1), "Linux", PACKAGES, imported=WORKS, folders={"runs": ("/x", 90_000.0)}, cpus=4)


def change(**changes):
    return lambda facts: replace(facts, **changes)


def packages(remove=(), **more):
    kept = {name: version for name, version in PACKAGES.items() if name not in remove}
    return change(packages={**kept, **{name.replace("_", "-"): version for name, version in more.items()}})


def imported(**more):
    return change(imported={**WORKS, **more})


CASES = {
    "an old Python": (change(python=(3, 10, 4)), "Python", "fail", "3.10.4", "Python 3.11 to 3.13"),
    "a new Python": (change(python=(3, 14, 0)), "Python", "fail", "3.14.0", "3.11 to 3.13"),
    "an old keras": (packages(keras="3.14.2"), "keras", "fail", "first version that reads weights safely", "keras>=3.15.1"),
    "no h5py": (packages(("h5py",)), "h5py", "fail", "not installed", 'pip install "h5py>=3.14"'),
    "an overlay": (
        packages(tensorflow_cpu="2.21.0"), "one TensorFlow", "fail",
        "tensorflow 2.21.0 and tensorflow-cpu 2.21.0 overwrite each other's files (tensorflow-text asks",
        "pip uninstall -y tensorflow tensorflow-cpu && pip install tensorflow==2.21.0",
    ),
    "tensorflow-cpu alone": (packages(("tensorflow",), tensorflow_cpu="2.21.0"), "one TensorFlow", "ok", "tensorflow-cpu", ""),
    "another text": (
        packages(tensorflow_text="2.20.0"), "tensorflow-text", "fail", "2.20.0 does not fit TensorFlow 2.21.0",
        'pip install "tensorflow-text==2.21.*"',
    ),
    "no text": (packages(("tensorflow-text",)), "tensorflow-text", "note", "SavedModels of texts can't be made", "pip install"),
    "a broken text": (
        imported(tensorflow_text={"error": "NotFoundError: undefined symbol"}), "tensorflow-text", "fail", "undefined symbol",
        "tensorflow-text==2.21.*",
    ),
    "a TensorFlow that crashes": (
        change(imported={}), "import tensorflow", "fail", "ends the process", "pip install --force-reinstall tensorflow",
    ),
    "a LiteRT that fails": (
        imported(ai_edge_litert={"error": "ImportError: no"}), "import ai_edge_litert", "fail", "it fails: ImportError: no",
        "--force-reinstall ai-edge-litert",
    ),
    "torch": (
        imported(keras={"backend": "torch"}), "backend", "fail", "torch: kerasft works with tensorflow and jax",
        "export KERAS_BACKEND=tensorflow",
    ),
    "jax that is missing": (
        imported(keras={"backend": "jax"}), "backend", "fail", "jax, which is not installed", "pip install jax",
    ),
    "torch in the shell": (
        change(variables={"KERAS_BACKEND": "torch"}, imported={**GOOD.imported, "keras": {"error": "No module named 'torch'"}}),
        "backend", "fail", "torch (KERAS_BACKEND): kerasft works with", "export KERAS_BACKEND=tensorflow",
    ),
    "numpy in keras.json": (
        change(keras_json={"backend": "numpy"}, imported={**GOOD.imported, "keras": {"backend": "numpy"}}),
        "backend", "fail", "numpy (keras.json): kerasft works with", 'write "backend": "tensorflow" into ~/.keras/keras.json',
    ),
    "keras that another backend keeps from being imported": (
        change(keras_json={"backend": "torch"}, imported={**GOOD.imported, "keras": {"error": "No module named 'torch'"}}),
        "import keras", "note", "not looked at: Keras can't be imported with its backend", "",
    ),
    "keras.json that is none": (change(keras_json="x: no"), "keras.json", "fail", "can't be read", "delete ~/.keras/keras.json"),
    "float16": (change(keras_json={"floatx": "float16"}), "keras.json", "fail", "floatx is 'float16'", "delete"),
    "channels first": (
        change(keras_json={"image_data_format": "channels_first"}), "keras.json", "fail", "'channels_first'", "delete",
    ),
    "a good keras.json": (change(keras_json={"backend": "tensorflow"}), "keras.json", "ok", "float32, channels_last", ""),
    "legacy": (
        change(variables={"TF_USE_LEGACY_KERAS": "1"}), "legacy Keras", "fail", "tf.keras is then Keras 2",
        "unset TF_USE_LEGACY_KERAS",
    ),
    "a GPU": (
        imported(tensorflow={"gpus": ["NVIDIA T4"]}, keras={"backend": "tensorflow", "precision": "mixed_float16"}),
        "GPU", "ok", "NVIDIA T4; precision auto is mixed_float16", "",
    ),
    "a GPU that is not seen": (change(gpu_tool=True), "GPU", "warn", "TensorFlow sees no GPU", "tensorflow[and-cuda]"),
    "a GPU that is hidden": (change(variables={"CUDA_VISIBLE_DEVICES": ""}), "GPU", "note", "hidden", "unset CUDA_VISIBLE"),
    "no oneDNN": (change(variables={"TF_ENABLE_ONEDNN_OPTS": "0"}), "oneDNN", "warn", "twice as long", "unset TF_ENABLE"),
    "a home that can't be written": (
        change(folders={"kerasft's home": ("/x", -1.0)}), "kerasft's home", "fail", "/x can't be written",
        "set KERASFT_HOME to a folder that can be written",
    ),
    "a full disk": (change(folders={"runs": ("/x", 20.0)}), "runs", "warn", "20 MB free", "train with another --run-dir"),
}  # fmt: skip


def test_what_passes_is_one_line_unless_all_is_told(monkeypatch, capsys):
    found = check_environment(change(python=(3, 10, 4))(GOOD))
    whole, folded = str(found).splitlines(), found.text(folded=True).splitlines()
    assert [line for line in whole if line.startswith("ok ")] and len(whole) - len(folded) == len(
        found.findings
    ) - 2
    assert folded[-1] == f"ok    {len(found.findings) - 1} checks passed: --verbose lists them"
    assert folded[2].startswith("fail  Python") and "Python 3.11 to 3.13" in folded[3]
    monkeypatch.setattr(kerasft, "check_environment", lambda: found)
    for flag, expected in (((), found.text(folded=True)), (("--verbose",), str(found))):
        assert main(["doctor", *flag]) == 1
        assert capsys.readouterr().out == expected + "\n"


def test_a_good_environment_has_nothing_to_say():
    assert check_environment(GOOD).worst == "ok", str(check_environment(GOOD))


@pytest.mark.parametrize("changed, check, level, what, next_step", CASES.values(), ids=CASES)
def test_each_case_is_named_with_the_fix(changed, check, level, what, next_step):
    diagnosis = check_environment(changed(GOOD))
    finding = diagnosis.find(check)
    assert finding.level == level and what in finding.what and next_step in finding.next_step, finding
    others = [each for each in diagnosis.findings if each.check != check and each.level == "fail"]
    assert not others or check in ("import tensorflow", "import keras")


def doctor(tmp_path, **variables):
    environment = {**os.environ, "KERAS_HOME": str(tmp_path), "KERASFT_HOME": str(tmp_path), **variables}
    done = subprocess.run(
        [sys.executable, "-m", "kerasft.cli.main", "doctor", "--json"],
        env=environment, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    told = json.loads(done.stdout)
    return done.returncode, {each["check"]: (each["level"], each["what"]) for each in told["findings"]}


@pytest.mark.slow
def test_this_environment_works_and_its_switches_are_noticed(tmp_path):
    code, found = doctor(tmp_path)
    assert (code, [check for check, (level, _) in found.items() if level == "fail"]) == (0, [])
    assert found["backend"][0] == "ok"
    (tmp_path / "keras.json").write_text('{"floatx": "float16", "backend": "tensorflow"}')
    code, found = doctor(tmp_path, TF_USE_LEGACY_KERAS="1", TF_ENABLE_ONEDNN_OPTS="0")
    assert code == 1 and [check for check, (level, _) in found.items() if level == "fail"] == [
        "keras.json",
        "legacy Keras",
    ]
    assert found["oneDNN"][0] == "warn"
    code, found = doctor(tmp_path, KERAS_BACKEND="nonsense")
    failed = [check for check, (level, _) in found.items() if level == "fail"]
    assert code == 1 and failed == ["backend", "keras.json"]
    assert found["backend"][1].startswith("nonsense (KERAS_BACKEND): kerasft works with tensorflow and jax")


def test_the_facts_are_collected_even_when_the_child_dies(monkeypatch, tmp_path):
    from kerasft.doctor import facts

    monkeypatch.setattr(
        facts, "_PROBE", "import os; print('KERASFT [\"tensorflow\", {}]', flush=True); os.abort()"
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text("{")
    found = collect()
    assert found.imported == {"tensorflow": {}} and "keras.json" in found.keras_json
    assert found.packages["keras"] and found.folders["runs"][1] > 0


def test_help_says_that_the_exit_code_counts(capsys):
    with pytest.raises(SystemExit):
        from kerasft.cli.main import main

        main(["doctor", "--help"])
    assert "exit code is 1 if training would refuse" in capsys.readouterr().out
    assert callable(kerasft.check_environment)
