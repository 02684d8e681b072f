"""The page for people who come from other libraries: ten things, each in four libraries and in ours, which runs."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import kerasft

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "coming_from.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PEERS = ["fastai", "KerasHub", "Ultralytics", "Hugging Face"]


def calls_of(code):
    """The calls of our names in a program: (name, number of arguments, keywords)."""
    for node in ast.walk(ast.parse(code)):
        whose = getattr(node, "func", None)
        if isinstance(whose, ast.Attribute) and getattr(whose.value, "id", "") == "kerasft":
            yield whose.attr, len(node.args), [each.arg for each in node.keywords]


def test_ten_things_each_in_four_libraries_and_in_ours():
    sections = re.findall(r"^## (\d+)\. .+?(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
    assert sections == [str(number) for number in range(1, 11)]
    for section in re.findall(r"^## \d+\. .+?(?=^## )", PAGE, re.DOTALL | re.MULTILINE):
        assert re.findall(r"^\| (\w[\w ]+) \|", section, re.MULTILINE) == PEERS
        assert section.count("```python\n") == 1


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.stem)
def test_what_pages_call_exists_and_takes_that(page):
    blocks = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    for name, positional, keywords in (each for block in blocks for each in calls_of(block)):
        inspect.signature(getattr(kerasft, name)).bind_partial(
            *[None] * positional, **dict.fromkeys(keywords)
        )


def test_a_name_or_keyword_that_is_not_there_is_noticed():
    ((name, positional, keywords),) = calls_of("kerasft.two_phases(1, 2, patient=3)")
    with pytest.raises(TypeError, match="patient"):
        inspect.signature(getattr(kerasft, name)).bind_partial(
            *[None] * positional, **dict.fromkeys(keywords)
        )


@pytest.mark.slow
def test_the_ten_blocks_run_as_one_program(tmp_path, write_pictures, monkeypatch):
    kinds = {"rose": "circle", "tulip": "stripes"}
    write_pictures(tmp_path / "flowers", 40, tuple(kinds.values()), size=48)
    for flower, kind in kinds.items():
        (tmp_path / "flowers" / kind).rename(tmp_path / "flowers" / flower)
    for path, name in (("rose/000.png", "rose.jpg"), ("tulip/000.png", "tulip.png")):
        (tmp_path / name).write_bytes((tmp_path / "flowers" / path).read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for number, block in enumerate(BLOCKS, 1):
        exec(compile(block, f"block {number}", "exec"), names)
    assert [each.class_name for each in names["answers"]] == ["rose", "tulip"]
    assert len(names["frame"]) == 5 and len(names["explained"]) == 1
    assert len(Path("epochs.csv").read_text().splitlines()) == 1 + 5  # of both phases
    assert Path(names["page"].path).is_file() and names["exported"].path.suffix == ".tflite"
    assert names["keras_model"].output_shape == (None, 2) and len(names["worst"]) == len(
        names["found"].mistakes()
    )
