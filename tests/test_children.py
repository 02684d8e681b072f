"""No child process runs code of the folder that it is started in, and one module starts them all."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable

import pytest

import kerasft
from kerasft.base import children
from tests.sources import PATHS, ROOT, nodes_of

STARTERS = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process", "pexpect", "loky"}
STARTING_NAMES = {"ProcessPoolExecutor", "create_subprocess_exec", "create_subprocess_shell"}
OF_OS = ("system", "popen", "exec", "spawn", "posix_spawn", "fork", "startfile")


def ways_to_start(nodes: Iterable[ast.AST]) -> list[str]:
    """Returns what in a source could start a process."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if _starts(name.name)]
        elif isinstance(node, ast.ImportFrom):
            names = [name.name for name in node.names]
            found += [node.module] if _starts(node.module or "") else []
            found += [name for name in names if name in STARTING_NAMES | STARTERS]
            found += [name for name in names if node.module == "os" and name.startswith(OF_OS)]
        elif isinstance(node, ast.Attribute):
            of_os = isinstance(node.value, ast.Name) and node.value.id == "os"
            if node.attr in STARTING_NAMES or (of_os and node.attr.startswith(OF_OS)):
                found.append(node.attr)
    return found


def _starts(module: str) -> bool:
    return module in STARTERS or module.split(".")[0] in STARTERS


@pytest.mark.parametrize(
    "source",
    ["import subprocess", "from subprocess import run", "import os\nos.system('x')", "from os import execv",
     "import os\nos.spawnv(0, 'x', [])", "import multiprocessing.pool",
     "from concurrent.futures import ProcessPoolExecutor", "import asyncio\nasyncio.create_subprocess_exec('x')"],
)  # fmt: skip
def test_the_test_sees_every_way_to_start_a_process(source):
    assert ways_to_start(ast.walk(ast.parse(source)))


def test_one_module_starts_all_child_processes():
    sources = [*PATHS, *(ROOT.parent / "recipes").glob("*.py")]
    found = {
        f"{path.parent.name}/{path.name}": ways for path in sources if (ways := ways_to_start(nodes_of(path)))
    }
    assert list(found) == ["base/children.py"], found


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A folder of a stranger, which is the current one: each of its modules leaves a mark."""
    for name in ("json", "runpy", "pip", "kerasft", "numpy", "importlib", "sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text(
            f"open('MARK-{name}', 'w').close()\nraise SystemExit('{name}.py')\n"
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", [None, f"{os.pathsep}/somewhere"])
def test_children_run_no_code_of_the_current_folder(box, monkeypatch, path):
    if path is None:
        monkeypatch.delenv("PYTHONPATH", raising=False)
    else:
        monkeypatch.setenv("PYTHONPATH", path)  # an empty entry is the current folder
    code = "import json; print(kerasft.__file__); print('' in sys.path or '.' in sys.path)"
    done = children.run_code("import sys, kerasft\n" + code)
    assert done.stdout.splitlines() == [kerasft.__file__, "False"], done.stderr
    assert children.run_module("pip", ["--version"]).stdout.startswith("pip ")
    assert children.run_module("kerasft.cli.main", ["--version"]).stdout.startswith("kerasft ")
    assert not list(box.glob("MARK-*"))


def test_grandchildren_run_no_code_of_the_current_folder_either(box):
    code = "import subprocess\nprint(subprocess.run([sys.executable, '-c', 'import json'], check=False).returncode)"
    assert children.run_code(code).stdout.strip() == "0"
    assert not list(box.glob("MARK-*"))


def test_pythonpath_still_names_modules(tmp_path, monkeypatch):
    (tmp_path / "of_the_user.py").write_text("value = 7\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert children.run_code("import of_the_user; print(of_the_user.value)").stdout == "7\n"


def test_a_package_that_only_the_current_folder_holds_is_still_the_one_that_the_child_gets(tmp_path):
    """As with `python -m kerasft` in a clone without an installation."""
    (tmp_path / "kerasft").symlink_to(ROOT)
    code = (
        "import kerasft\nfrom kerasft.base import children\n"
        "print(kerasft.__file__ == children.run_code('import kerasft; print(kerasft.__file__)').stdout.strip())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
