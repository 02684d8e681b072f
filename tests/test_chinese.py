"""The Chinese pages keep step with the English ones: who changes one is told what to change in the other."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tests.translations import ROOT, differences, english_of

PAGES = sorted([*ROOT.glob("*.zh.md"), *ROOT.glob("docs/zh/*.md"), *ROOT.glob("lessons/zh/*.md")])
ALONE = {ROOT / "docs" / "zh" / "glossary.md"}  # it is about the Chinese words


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def to_do(english, chinese, found):
    return (
        f"{name_of(chinese)} is not in step with {name_of(english)}. Change the Chinese page as the English one was "
        "(docs/zh/glossary.md has the words), one line for each paragraph:\n" + "\n".join(found)
    )


@pytest.mark.parametrize("path", [path for path in PAGES if path not in ALONE], ids=name_of)
def test_a_chinese_page_has_what_the_english_one_has(path):
    english = english_of(path)
    assert english != path and english.exists(), f"{name_of(path)} translates no page"
    found = differences(english, path)
    assert found == [], to_do(english, path, found)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_paragraph_is_one_line(path):
    """A line's end is shown as a space, which Chinese doesn't have between its words."""
    han = "[\u4e00-\u9fff，。；：]"
    assert re.findall(rf"{han}\n *{han}.{{0,20}}", path.read_text("utf-8")) == []


LESSONS = sorted(ROOT.glob("lessons/*.ipynb"))


def prose_in(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("path", LESSONS, ids=name_of)
def test_a_lesson_is_the_same_in_chinese_but_for_prose_and_comments(path):
    chinese = path.parent / "zh" / path.name
    assert chinese.exists(), f"translate {name_of(path)}"
    one, other = (nbformat.read(each, as_version=4) for each in (path, chinese))
    assert chinese.read_text("utf-8") == nbformat.writes(other, indent=1) + "\n", "save it with one space"
    assert one.metadata == other.metadata
    assert [(cell.id, cell.cell_type) for cell in one.cells] == [
        (cell.id, cell.cell_type) for cell in other.cells
    ]
    found = differences(path, chinese, (prose_in(one), prose_in(other)))
    for mine, theirs in zip(one.cells, other.cells, strict=True):
        marks = [(cell.source.count("**"), cell.source.count("</details>")) for cell in (mine, theirs)]
        found += [f"{mine.id}: bold words or folded solutions are missing"] if marks[0] != marks[1] else []
        if mine.cell_type == "code":
            assert theirs.outputs == [] and theirs.execution_count is None
            same = ast.dump(ast.parse(mine.source)) == ast.dump(ast.parse(theirs.source))
            found += (
                []
                if same and mine.source.count("#") == theirs.source.count("#")
                else [f"{mine.id}: the code"]
            )
    assert found == [], to_do(path, chinese, found)


def test_there_is_no_lesson_in_chinese_alone():
    names = {path.name for path in ROOT.glob("lessons/zh/*.ipynb")}
    assert names == {path.name for path in LESSONS}


def test_both_readmes_name_the_other_at_the_top():
    for here, there in (("README.md", "README.zh.md"), ("README.zh.md", "README.md")):
        head = (ROOT / here).read_text("utf-8").splitlines()[:5]
        assert any(f"]({there})" in line for line in head)


ENGLISH = """# A
Of 3 images, `one` is [here](installation.md).
```bash
run --this  # why
```
| a | b |
| --- | --- |
- item
"""


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("# A", "## A"), "the levels of the headings"),
        (("run --this", "run --that"), "the blocks of code"),
        (("installation.md", "images.md"), "where links lead"),
        (("| a | b |", "| a |"), "the shapes of the tables"),
        (("- item\n", ""), "how many list items there are"),
        (("`one`", "`two`"), "the code within sentences"),
        (("3 images", "4 images"), "the numbers of each section"),
    ],
)
def test_each_difference_is_seen(change, what):
    page = ROOT / "docs" / "page.md"
    (found,) = differences(page, page, (ENGLISH, ENGLISH.replace(*change)))
    assert found.startswith(f"{what}: English has")


def test_comments_and_the_language_of_a_link_may_differ():
    page = ROOT / "docs" / "page.md"
    translated = ENGLISH.replace("# why", "# 为什么").replace("(installation.md)", "(zh/installation.md)")
    assert differences(page, page, (ENGLISH, translated)) == []
    assert Path(english_of(ROOT / "docs" / "zh" / "a.md")) == ROOT / "docs" / "a.md"
