"""The pages for people: each is listed, its links lead somewhere, and it says what is, not what was."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("lessons/**/README.md")])
TEXTS = {path: re.sub(r"^( *)```.*?^\1```", "", path.read_text("utf-8"), flags=re.S | re.M) for path in PAGES}
HISTORY = re.compile(r"until now|hours before|earlier version|\| target \||no licence\b", re.IGNORECASE)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def anchors(path):
    """The places of a page that a link can name, as GitHub and MyST call them."""
    titles = re.findall(r"^#+ (.+)$", TEXTS[path], re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path):
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[path]):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if re.match(r"https?:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path):
    assert broken_links(path) == []


def test_the_site_lists_every_page():
    index = ROOT / "docs" / "index.md"
    listed = re.findall(r"^([\w./]+)$", index.read_text("utf-8"), re.MULTILINE)
    assert len(set(listed)) == len(listed)
    assert {(index.parent / f"{each}.md").resolve() for each in listed} == {*PAGES} - {index}


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "CHANGELOG.md"], ids=name_of)
def test_a_page_says_what_is(path):
    assert HISTORY.findall(TEXTS[path]) == []


def test_the_tests_can_fail(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.touch()
    monkeypatch.setitem(
        TEXTS, page, "# A title\n[a](gone.md) [b](#a-title) [c](#another) | case | target |\n"
    )
    assert broken_links(page) == ["gone.md", "#another"]
    assert HISTORY.findall(TEXTS[page]) == ["| target |"]
