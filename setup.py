"""What setup.cfg can't say: recipes are part of the package, and the README's links lead to the repository."""

import configparser
import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithRecipes(build_py):
    """Puts `recipes/*.py`, which lie beside the package for people to read, into it as `kerasft.recipes`."""

    def find_package_modules(self, package, package_dir):
        """Returns the modules of a package: (package, module, path)."""
        modules = super().find_package_modules(package, package_dir)
        if package == "kerasft.recipes":
            modules += [(package, path.stem, str(path)) for path in sorted(Path("recipes").glob("*.py"))]
        return modules


def source_url(text: str) -> str:
    """Returns the address of the repository that a setup.cfg has, "" without one."""
    config = configparser.ConfigParser()
    config.read_string(text)
    found = re.search(r"^Source = (\S+?)/?$", config["metadata"].get("project_urls", ""), re.MULTILINE)
    return found[1] if found else ""


def for_the_index(readme: str, source: str) -> str:
    """Returns a README for the package index, where links to files of the repository need its address."""
    if not source:
        return readme

    def whole(found: re.Match[str]) -> str:
        return f"{found[1]}({source}/{'raw' if found[1].startswith('!') else 'blob'}/HEAD/{found[2]})"

    return re.sub(r"(!?\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)", whole, readme)


if __name__ == "__main__":
    setup(
        cmdclass={"build_py": BuildWithRecipes},
        long_description=for_the_index(
            Path("README.md").read_text("utf-8"), source_url(Path("setup.cfg").read_text("utf-8"))
        ),
    )
