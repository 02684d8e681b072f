"""`pip install .` into an empty environment, then all that a user types, in a folder far from the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
]  # TensorFlow is installed: half a million files' worth

# One process, since each would import TensorFlow again. The verbs print; what is checked is their exit code.
_VERBS = """
import importlib, json, pkgutil, sys
import kerasft
from kerasft.cli.main import main
modules = [each.name for each in pkgutil.walk_packages(kerasft.__path__, "kerasft.") if each.name != "kerasft.__main__"]
for name in modules:
    importlib.import_module(name)
codes = {}
for line in json.loads(sys.argv[1]):
    try:
        codes[" ".join(line)] = main(line)
    except SystemExit as stop:
        codes[" ".join(line)] = stop.code or 0
print(json.dumps({"place": kerasft.__file__, "modules": modules, "codes": codes}))
"""


@pytest.fixture(scope="module")
def installed(tree, tmp_path_factory):
    """The folder of programs of an environment that holds kerasft, without an extra, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [
        programs / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "--no-compile",
        "-c",
        tree / "constraints.txt",
        tree,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return programs


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, write_pictures):
    folder = tmp_path_factory.mktemp("elsewhere")
    write_pictures(folder / "shapes", size=32)
    return folder


def call(workplace, *command):
    """Runs a command in the workplace, in an environment that knows nothing of the checkout."""
    # what the first process compiles of TensorFlow is there for the others, as for a user
    left_out = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    clean = {name: value for name, value in os.environ.items() if name not in left_out}
    clean["KERASFT_HOME"] = str(workplace / "home")
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, cwd=workplace, env=clean)
    assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_what_the_readme_promises_works_from_the_wheel(installed, workplace):
    brief = ("--head-epochs", "1", "--tune-epochs", "1")
    train = ("train", "image-classification", "--backbone", "starter", "--data", "shapes", *brief)
    out = call(workplace, installed / "kerasft", *train, "--run-dir", "saved_models/shapes")
    report = workplace / "saved_models" / "shapes" / "report.html"
    assert "report:" in out.splitlines()[-1] and report.is_file()

    file, picture = "saved_models/shapes/exports/model_int8.tflite", "shapes/noise/000.png"
    lines = [
        [
            "lr-find",
            "image-classification",
            "--data",
            "shapes",
            "--backbone",
            "starter",
            "--head-epochs",
            "1",
        ],
        ["export", "saved_models/shapes", "--format", "saved_model"],
        ["compare", "saved_models/shapes", file],
        ["predict", file, picture],
        ["evaluate", file, "shapes"],
        ["report", "saved_models/shapes"],
        ["recipes", "copy", "image-classification", "mine.py"],
        ["doctor"],
    ]
    told = json.loads(call(workplace, installed / "python", "-c", _VERBS, json.dumps(lines)).splitlines()[-1])
    assert set(told["codes"].values()) == {0}, told["codes"]
    assert Path(told["place"]).is_relative_to(installed.parent)
    here = {path.stem for path in (Path(__file__).parents[2] / "recipes").glob("*.py")}
    assert {f"kerasft.recipes.{name}" for name in here} < set(told["modules"])

    call(workplace, installed / "python", "mine.py", *brief, "--run-dir", "saved_models/digits")
    assert (workplace / "saved_models" / "digits" / "report.html").is_file()
