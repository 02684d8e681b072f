"""The wheel and the sdist hold every module, asset and recipe of the tree, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile

import pytest

pytestmark = pytest.mark.slow


def kept(folder):
    """The files of a folder that people need, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def expected(tree):
    package = {f"kerasft/{name}" for name in kept(tree / "kerasft")}
    recipes = {f"kerasft/recipes/{path.name}" for path in (tree / "recipes").glob("*.py")}
    assert len(package) > 200 and len(recipes) >= 4  # the copy is whole
    return package | recipes


def test_the_wheel_is_the_tree(tree, built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = expected(tree)
    assert {
        "kerasft/py.typed",
        "kerasft/assets/starter.safetensors",
        "kerasft/recipes/image_classification.py",
    } < wanted
    assert found == wanted


def test_the_sdist_is_the_tree_with_what_builds_it(tree, built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    package = {f"kerasft/{name}" for name in kept(tree / "kerasft")}
    recipes = {f"recipes/{path.name}" for path in (tree / "recipes").glob("*.py")}
    assert package | recipes | {"setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"} <= found
    made = {"PKG-INFO", "setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "constraints.txt"}
    pages = {"README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"}
    others = {name for name in found if not name.startswith("kerasft.egg-info/")}
    assert others == package | recipes | made | pages


def test_the_package_index_would_take_both(built):
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, sorted(built.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("PASSED") == 2, done.stdout + done.stderr
