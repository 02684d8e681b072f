"""The versions below which a known hole is open, or the tests did not pass; the rest is pip-audit's."""

import ast
import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent.parent
# keras: 3.15.1 refuses links, shape bombs and other files' data when it reads weights, also where we don't look
FLOORS = {
    "keras": "3.15.1",
    "tensorflow": "2.21",
    "keras-hub": "0.32",
    "Pillow": "12.0",
    "numpy": "2.0",
    "h5py": "3.14",
}


def requirements() -> dict[str, Requirement]:
    text = (ROOT / "setup.cfg").read_text("utf-8").split("install_requires =")[1].split("[options.")[0]
    lines = [line.strip() for line in text.splitlines() if re.match(r"\s+[A-Za-z]", line)]
    return {each.name.lower(): each for each in map(Requirement, lines)}


def test_the_floors_are_declared():
    found = requirements()
    for name, floor in FLOORS.items():
        assert not found[name.lower()].specifier.contains(Version(floor).base_version + ".dev0"), name
        assert found[name.lower()].specifier.contains(floor), name


def test_what_is_installed_and_what_is_pinned_reach_them():
    text = (ROOT / "constraints.txt").read_text("utf-8")
    pinned = dict(line.lower().split("==") for line in text.splitlines() if "==" in line)
    for name, floor in FLOORS.items():
        assert Version(metadata.version(name)) >= Version(floor), name
        assert Version(pinned[name.lower()]) >= Version(floor), name


def test_no_unsafe_loader_is_called_anywhere():
    """Keras' whole-model loader, pickle and their like have no place in the package."""
    forbidden = re.compile(
        r"saving\.load_model|models\.load_model|safe_mode|enable_unsafe|\bpickle\b(?!d)|allow_pickle=True|import joblib"
        r"|(?<![.\w])eval\(|(?<![.\w])exec\(|yaml\.load\(|os\.system|shell=True|extractall"
    )
    # PyTorch's file, by an unpickler that knows four names: tests/backbones/test_torch_state.py
    bounded = ROOT / "kerasft" / "networks" / "torch_state.py"
    for path in sorted((ROOT / "kerasft").rglob("*.py")):
        text = path.read_text("utf-8")
        if path == bounded:
            tree = ast.parse(text)
            uses = [
                node for node in ast.walk(tree) if getattr(getattr(node, "value", None), "id", "") == "pickle"
            ]
            assert [node.attr for node in uses] == ["Unpickler"]
            continue
        found = [line for line in text.splitlines() if forbidden.search(line)]
        assert found == [], path
