"""Puts the recipes, which lie beside the package for people to read, into it as `kerasft.recipes`."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithRecipes(build_py):
    """Copies `recipes/*.py` to where an installed kerasft looks for them."""

    def find_package_modules(self, package, package_dir):
        """Returns the modules of a package: (package, module, path)."""
        modules = super().find_package_modules(package, package_dir)
        if package == "kerasft.recipes":
            modules += [(package, path.stem, str(path)) for path in sorted(Path("recipes").glob("*.py"))]
        return modules


setup(cmdclass={"build_py": BuildWithRecipes})
