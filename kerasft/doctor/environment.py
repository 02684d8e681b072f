"""Whether kerasft can work here: versions, switches, libraries, GPU, folders. Each finding says how to put it right."""

from __future__ import annotations

import re

from kerasft.base.devices import GPU_OF_TENSORFLOW
from kerasft.base.keras_settings import BACKENDS, chosen_backend, way_out, wrong_settings
from kerasft.base.shells import unset_variable
from kerasft.contract.findings import Diagnosis, Finding
from kerasft.doctor.facts import Facts, collect

FLOORS = {
    "keras": "3.15.1",
    "keras-hub": "0.32",
    "tensorflow": "2.21",
    "numpy": "2.0",
    "Pillow": "12.0",
    "h5py": "3.14",
}
_PYTHONS = ((3, 11), (3, 13))
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tf-nightly")
_LITTLE = 1000  # MB


def check_environment(facts: Facts | None = None) -> Diagnosis:
    """Looks for what is wrong with this environment.

    Args:
        facts: What to judge; None looks at this computer.

    Returns:
        The findings; `worst` is "fail" if something doesn't work.
    """
    facts = facts or collect()
    findings = [
        _python(facts), *_versions(facts), _tensorflows(facts), _text(facts), *_libraries(facts), _backend(facts),
        _keras_json(facts), _legacy(facts), _gpu(facts), _onednn(facts), *_folders(facts),
    ]  # fmt: skip
    return Diagnosis("environment", tuple(findings))


def _python(facts: Facts) -> Finding:
    version = ".".join(map(str, facts.python))
    if _PYTHONS[0] <= facts.python[:2] <= _PYTHONS[1]:
        return Finding("Python", "ok", f"{version} on {facts.system}, {facts.cpus} cores")
    wanted = f"3.{_PYTHONS[0][1]} to 3.{_PYTHONS[1][1]}"
    return Finding(
        "Python", "fail", f"{version}", f"make an environment with Python {wanted}: TensorFlow has no other"
    )


def _versions(facts: Facts) -> list[Finding]:
    findings = []
    for name, floor in FLOORS.items():
        found = facts.packages.get(name)
        if name == "tensorflow" and found is None:
            found = next((facts.packages[each] for each in _TENSORFLOWS if each in facts.packages), None)
        hint = f'pip install "{name}>={floor}"'
        if found is None:
            findings.append(Finding(name, "fail", "not installed", hint))
        elif _numbers(found) < _numbers(floor):
            safe = ", the first version that reads weights safely" if name == "keras" else ""
            findings.append(Finding(name, "fail", f"{found} is older than {floor}{safe}", hint))
        else:
            findings.append(Finding(name, "ok", found))
    return findings


def _tensorflows(facts: Facts) -> Finding:
    """Two distributions share one folder: what was installed last has overwritten half of the other."""
    found = [name for name in _TENSORFLOWS if name in facts.packages]
    if len(found) < 2:
        return Finding("one TensorFlow", "ok", found[0] if found else "none")
    listed = " and ".join(f"{name} {facts.packages[name]}" for name in found)
    fix = f"pip uninstall -y {' '.join(found)} && pip install tensorflow=={facts.packages[found[0]]}"
    cause = " (tensorflow-text asks for tensorflow)" if "tensorflow-text" in facts.packages else ""
    return Finding("one TensorFlow", "fail", f"{listed} overwrite each other's files{cause}", fix)


def _text(facts: Facts) -> Finding:
    text = facts.packages.get("tensorflow-text")
    other = next((facts.packages[name] for name in _TENSORFLOWS if name in facts.packages), None)
    if text is None:
        lacking = "not installed: SavedModels of texts can't be made; all else works"
        return Finding(
            "tensorflow-text",
            "note",
            lacking,
            "" if facts.system == "Windows" else "pip install tensorflow-text",
        )
    error = facts.imported.get("tensorflow_text", {}).get("error")
    if (other and _numbers(text)[:2] != _numbers(other)[:2]) or error:
        fix = f'pip install "tensorflow-text=={".".join(map(str, _numbers(other or text)[:2]))}.*"'
        why = f": {error}" if error else ""
        return Finding("tensorflow-text", "fail", f"{text} does not fit TensorFlow {other}{why}", fix)
    return Finding("tensorflow-text", "ok", text)


def _libraries(facts: Facts) -> list[Finding]:
    findings = []
    for name, package in (
        ("tensorflow", "tensorflow"),
        ("keras", "keras"),
        ("ai_edge_litert", "ai-edge-litert"),
    ):
        told = facts.imported.get(name)
        fix = f"pip install --force-reinstall {package}"
        if told is None:
            findings.append(Finding(f"import {name}", "fail", "it ends the process, or never ends", fix))
        elif "error" in told and name == "keras" and _backend(facts).level == "fail":
            what = "not looked at: Keras can't be imported with its backend, see below"
            findings.append(Finding("import keras", "note", what))
        elif "error" in told:
            findings.append(Finding(f"import {name}", "fail", f"it fails: {told['error']}", fix))
        else:
            findings.append(Finding(f"import {name}", "ok", told.get("version", "works")))
    return findings


def _backend(facts: Facts) -> Finding:
    wanted, source = chosen_backend(facts.variables, facts.keras_json)
    backend = facts.imported.get("keras", {}).get("backend") or wanted
    named = f" ({source})" if source and backend == wanted else ""
    fix = way_out(backend, source, "~/.keras/keras.json")
    if backend not in BACKENDS:
        return Finding(
            "backend", "fail", f"{backend}{named}: kerasft works with {' and '.join(BACKENDS)}", fix
        )
    if backend == "jax" and "jax" not in facts.packages:
        return Finding("backend", "fail", f"jax{named}, which is not installed", fix)
    return Finding("backend", "ok", f"{backend}{named}")


def _keras_json(facts: Facts) -> Finding:
    if facts.keras_json is None:
        return Finding("keras.json", "ok", "none, so Keras' defaults hold")
    fix = "delete ~/.keras/keras.json: Keras writes it again with its defaults"
    if not isinstance(facts.keras_json, dict):
        return Finding("keras.json", "fail", f"it can't be read: {facts.keras_json}", fix)
    if wrong := wrong_settings(facts.keras_json):
        return Finding("keras.json", "fail", f"{' and '.join(wrong)}, which changes every model", fix)
    backend = facts.keras_json.get("backend", "tensorflow")
    return Finding("keras.json", "ok", f"backend {backend}, float32, channels_last")


def _legacy(facts: Facts) -> Finding:
    value = facts.variables.get("TF_USE_LEGACY_KERAS", "")
    if value.lower() in ("1", "true"):
        what = f"TF_USE_LEGACY_KERAS={value}: tf.keras is then Keras 2, whose layers and files don't mix with ours"
        return Finding("legacy Keras", "fail", what, unset_variable("TF_USE_LEGACY_KERAS"))
    return Finding("legacy Keras", "ok", "TF_USE_LEGACY_KERAS is not set")


def _gpu(facts: Facts) -> Finding:
    told = facts.imported.get("tensorflow", {})
    gpus, precision = told.get("gpus", []), facts.imported.get("keras", {}).get("precision", "float32")
    if gpus and facts.variables.get("KERASFT_DEVICE") == "cpu":
        return Finding(
            "GPU", "note", "hidden by KERASFT_DEVICE", f"{unset_variable('KERASFT_DEVICE')} to use it"
        )
    if gpus:
        return Finding("GPU", "ok", f"{', '.join(gpus)}; precision auto is {precision}")
    if facts.variables.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return Finding(
            "GPU",
            "note",
            "hidden by CUDA_VISIBLE_DEVICES",
            f"{unset_variable('CUDA_VISIBLE_DEVICES')} to use it",
        )
    if facts.gpu_tool:
        what = "nvidia-smi is here, and TensorFlow sees no GPU"
        return Finding("GPU", "warn", what, GPU_OF_TENSORFLOW)
    return Finding("GPU", "ok", f"none; the CPU computes in {precision}")


def _onednn(facts: Facts) -> Finding:
    value = facts.variables.get("TF_ENABLE_ONEDNN_OPTS", "1")  # kerasft switches it on where nobody set it
    if value == "0":
        fix = f"{unset_variable('TF_ENABLE_ONEDNN_OPTS')}: kerasft switches it on"
        return Finding(
            "oneDNN",
            "warn",
            "switched off by TF_ENABLE_ONEDNN_OPTS=0: training takes up to twice as long",
            fix,
        )
    return Finding("oneDNN", "ok", "on")


def _folders(facts: Facts) -> list[Finding]:
    ways = {"kerasft's home": "KERASFT_HOME", "Keras' home": "KERAS_HOME", "temporary files": "TMPDIR"}
    findings = []
    for purpose, (folder, free) in facts.folders.items():
        way = (
            f"set {ways[purpose]} to a folder on a larger disk"
            if purpose in ways
            else "train with another --run-dir"
        )
        if free < 0:
            way = way.replace("on a larger disk", "that can be written")
            findings.append(Finding(purpose, "fail", f"{folder} can't be written", way))
        elif free < _LITTLE:
            findings.append(Finding(purpose, "warn", f"{folder} has {free:.0f} MB free", way))
        else:
            findings.append(Finding(purpose, "ok", f"{folder}, {free / 1000:.0f} GB free"))
    return findings


def _numbers(version: object) -> tuple[int, ...]:
    """Returns the leading numbers of a version: "2.21.0rc1" -> (2, 21, 0)."""
    match = re.match(r"\d+(\.\d+)*", str(version))
    return tuple(map(int, match[0].split("."))) if match else (0,)
