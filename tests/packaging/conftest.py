"""What people install: the sdist and the wheel, built from what git would hand out."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """A copy of the checkout without what lies around in it: no build folders, no runs, no caches."""
    folder = tmp_path_factory.mktemp("checkout") / "kerasft"
    ignored = shutil.ignore_patterns(
        ".*", "*.egg-info", "__pycache__", "build", "dist", "saved_models", "tests", "docs", "lessons"
    )
    shutil.copytree(ROOT, folder, ignore=ignored)
    return folder


@pytest.fixture(scope="session")
def built(tree):
    """The folder with one sdist and one wheel; the wheel is built from the sdist, so that lacks nothing either."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tree / "dist"), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree)
    assert done.returncode == 0, done.stdout + done.stderr
    return tree / "dist"
