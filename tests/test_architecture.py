"""The rooms of the package: imports go to lower levels only, and help is instant."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kerasft

ROOT = Path(kerasft.__file__).parent
# Rooms of one level don't import each other, except inside a package.
LEVELS = [
    {"printable", "spelling"},
    {"errors", "quiet"},
    {"extras", "fonts", "keras_settings", "plain_paths", "recipes", "terminal"},
    {"bounded", "class_names", "csv_cells", "pages"},
    {"zip_members"},
    {"files", "shares", "npy", "options", "catalog", "text_catalog", "environment", "children", "places"},
    {"bundle_file", "trust", "untrusted", "locking", "kernels"},
    {
        "config",
        "onnx_contents",
        "fetching",
        "artifact",
        "history",
        "calibration",
        "unknowns",
        "reading_options",
    },
    {"checks", "text_artifact", "tflite_start", "device"},
    {
        "data",
        "augment",
        "backbones",
        "depthwise",
        "heads",
        "drawings",
        "optimizers",
        "progress",
        "inference",
        "values",
    },
    {"freezing", "encoding", "rounding"},
    {"tasks"},
    {"model"},
    {"callbacks", "checkpoint", "feature_cache", "plan", "run"},
    {"bundling", "run_folder", "starting", "predictors"},
    {"text_predictors", "text_runs", "onnx_predictors"},
    {"run_calibration", "learning_rates", "text_onnx_predictors"},
    {"fitting", "resuming"},
    {"training"},
    {"opening", "sweeping"},
    {"doctor", "evaluation", "explaining", "prediction"},
    {"exporting", "benchmarking", "comparing", "reporting", "predicting"},
    {"cli"},
    {"__main__"},
]
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kerasft":
            parts = (node.module or "").split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {name.name.split(".")[1] for name in node.names if name.name.startswith("kerasft.")}
    return rooms


SOURCES = [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_to_lower_levels_only(path):
    room = room_of(path)
    assert room in LEVEL, f"give the room {room!r} a level"
    for other in imported_rooms(path) - {room, "__version__"}:
        assert LEVEL.get(other, -1) < LEVEL[room], f"{room} must not import {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path):
    assert len(path.read_text("utf-8").splitlines()) <= 260, "split the room"


@pytest.mark.parametrize("command", ["import kerasft", "from kerasft.cli.main import main; main(['--help'])",
                                     "from kerasft.cli.main import main; main(['train', '--help'])",
                                     "from kerasft.cli.main import main; main(['backbones'])"])  # fmt: skip
def test_imports_and_help_load_neither_keras_nor_tensorflow(command):
    heavy = "{'keras', 'tensorflow', 'numpy', 'PIL', 'matplotlib', 'sklearn'}"
    code = f"import sys\n{command}\nassert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_onednn_is_on_before_tensorflow_is_imported_unless_the_user_set_it():
    code = "import os, kerasft; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    for given, expected in (({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected


def test_every_public_name_can_be_had():
    for name in kerasft.__all__:
        assert callable(getattr(kerasft, name)), name


def test_the_names_for_type_checkers_are_the_public_names():
    text = (ROOT / "__init__.py").read_text("utf-8")
    block = text.split("if TYPE_CHECKING:")[1].split("__version__")[0]
    assert set(re.findall(r"\b\w+\b", " ".join(re.findall(r"import (.*)", block)))) == set(kerasft.__all__)
