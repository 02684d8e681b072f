"""A release that could be made: one version, a checked tag, links that work on the package index, a pinned workflow."""

import re
import runpy
from pathlib import Path

import pytest

import kerasft

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHECK = runpy.run_path(str(ROOT / ".ci" / "check_release.py"))
SETUP = runpy.run_path(str(ROOT / "setup.py"))
WITH_SOURCE = (
    "[metadata]\nproject_urls =\n    Source = https://example.org/k\n    Issues = https://example.org/i\n"
)


def test_the_version_is_written_once():
    files = [ROOT / name for name in ("setup.cfg", "setup.py", "pyproject.toml", "CITATION.cff")]
    assert [path.name for path in files if kerasft.__version__ in path.read_text("utf-8")] == []
    assert "version = attr: kerasft.__version__" in (ROOT / "setup.cfg").read_text("utf-8")
    assert f"## {kerasft.__version__} (" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize(
    "tag, setup, changelog, missing",
    [
        ("v1.2.0", WITH_SOURCE, "## 1.2.0 (2026-12-01)\n", []),
        ("v1.3.0", WITH_SOURCE, "## 1.2.0 (2026-12-01)\n", ["the tag is v1.3.0"]),
        ("v1.2.0", WITH_SOURCE, "## 1.2.0 (unreleased)\n", ["CHANGELOG.md has no section '## 1.2.0 (Y"]),
        ("v1.2.0", "[metadata]\nproject_urls =\n", "## 1.2.0 (2026-12-01)\n", ["project_urls of setup.cfg"]),
    ],
)
def test_what_keeps_a_tag_from_being_released(tag, setup, changelog, missing):
    found = CHECK["problems"](tag, "1.2.0", setup, changelog)
    assert len(found) == len(missing)
    assert [line for line, begin in zip(found, missing, strict=True) if not line.startswith(begin)] == []


def test_links_of_the_readme_lead_to_the_repository_once_it_has_an_address():
    readme = "![a](b/c.png) [d](e.md#f) [g](https://h.org) [i](#j)"
    assert SETUP["for_the_index"](readme, SETUP["source_url"](WITH_SOURCE)) == (
        "![a](https://example.org/k/raw/HEAD/b/c.png) [d](https://example.org/k/blob/HEAD/e.md#f) "
        "[g](https://h.org) [i](#j)"
    )
    assert SETUP["for_the_index"](readme, SETUP["source_url"]("[metadata]\n")) == readme


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_pinned_and_may_do_little(path):
    text = path.read_text("utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used and [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each[0])] == []
    assert [each for each in used if not re.fullmatch(r"  # v\d+\.\d+\.\d+", each[1])] == []
    assert "\npermissions: {}\n" in text and "secrets." not in text and ": write-all" not in text
