"""Says what keeps a tag from being released: `python .ci/check_release.py v0.1.0` (docs/releasing.md)."""

import configparser
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def problems(tag: str, version: str, setup: str, changelog: str) -> list[str]:
    """Returns what is missing, in words.

    Args:
        tag: Of the release: "v0.1.0".
        version: As the package has it.
        setup: The text of setup.cfg.
        changelog: The text of CHANGELOG.md.
    """
    found = []
    if tag != f"v{version}":
        found.append(f"the tag is {tag}, and kerasft/__init__.py has the version {version}")
    if not re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changelog, re.MULTILINE):
        found.append(f"CHANGELOG.md has no section '## {version} (YEAR-MONTH-DAY)'")
    config = configparser.ConfigParser()
    config.read_string(setup)
    if not re.search(r"^Source = https://\S+$", config["metadata"].get("project_urls", ""), re.MULTILINE):
        found.append("project_urls of setup.cfg has no 'Source = https://...'")
    return found


def main(tag: str) -> int:
    """Prints the problems of a tag of this tree."""
    text = (ROOT / "kerasft" / "__init__.py").read_text("utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)[0]
    files = [(ROOT / name).read_text("utf-8") for name in ("setup.cfg", "CHANGELOG.md")]
    found = problems(tag, version, *files)
    print("\n".join(found) or f"{tag} can be released")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
