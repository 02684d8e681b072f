"""`pip install .` into an empty environment, then all that a user types, in a folder far from the checkout."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

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


def needed(name):
    """Returns the distributions that one needs, as their metadata says, itself included."""
    found, asked, left = {}, set(), [(name, "")]
    while left:
        one = canonicalize_name(left[-1][0]), left.pop()[1]
        if one in asked:
            continue
        asked.add(one)
        found[one[0]] = distribution(one[0])
        for need in map(Requirement, found[one[0]].requires or ()):
            if need.marker is None or need.marker.evaluate({"extra": one[1]}):
                left += [(need.name, extra) for extra in ("", *need.extras)]
    return found


def link(installed, folder):
    """Gives another environment the modules of a distribution of this one."""
    for file in installed.files or ():
        source, target = Path(installed.locate_file(file)), folder / file
        if ".." in file.parts or not source.is_file() or target.exists():  # programs
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:  # on another disk
            shutil.copyfile(source, target)


TURNS = {"fetched": pytest.mark.turns(5, share=0), "linked": pytest.mark.turns(5, share=(1, 2, 3, 4))}


@pytest.fixture(scope="module", params=[pytest.param(name, marks=mark) for name, mark in TURNS.items()])
def installed(request, tree, tmp_path_factory):
    """The folder of programs of an environment that holds kerasft, without an extra, and nothing else.

    What kerasft needs is linked from the environment of the tests; every fifth day pip fetches it instead.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    options = ["-q", "--no-compile", "-c", tree / "constraints.txt"]
    if request.param == "linked":
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site = subprocess.run([programs / "python", "-c", code], capture_output=True, text=True, check=True)
        for name, each in needed("kerasft").items():
            if name != "kerasft":
                link(each, Path(site.stdout.strip()))
        options.append("--no-deps")
    for command in (["install", *options, tree], ["check"]):
        done = subprocess.run([programs / "python", "-m", "pip", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return programs


@pytest.fixture(scope="module")
def workplace(installed, tmp_path_factory, write_pictures):
    """A folder with images, a new one for each environment."""
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
