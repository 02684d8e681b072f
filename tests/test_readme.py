"""Every command of the README and of docs/ runs, in the order of docs/index.md, in a folder of small images.

The commands about one run are a story, over all pages: each builds on what those before have left, and none on another
story's. The story that the README begins with is run each day, and so is what needs no run; the others take turns.
What is said twice runs once. A block below `<!-- not run: why -->` is left out.
"""

import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasft.cli.flags import Parser, add_flags, config_from_texts
from kerasft.cli.main import VERBS, main
from kerasft.cli.recipes import find_recipe, recipe_names
from tests.text.conftest import write_preset

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
INDEX = (ROOT / "docs" / "index.md").read_text("utf-8")
# those in Chinese have the same commands: tests/test_chinese.py
ORDER = re.findall(r"^(?!zh/)[\w/]+$", INDEX, re.MULTILINE)
PAGES = [README, *((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ORDER)]
BLOCK = re.compile(r"(<!-- (?:command: \w+|not run: .+) -->\n *)?```bash\n(.*?)```", re.DOTALL)
COMMANDS = list(
    dict.fromkeys(
        line
        for page in PAGES
        for comment, block in BLOCK.findall(page)
        if not comment  # named commands run in CI, as they stand
        for line in block.strip().splitlines()
        if not line.startswith("source ")
    )
)
EACH_DAY = ("no run", "flowers")
AS_IT_STANDS = "flowers"
OF_DEFAULT_BACKBONE = "messages"  # the other stories of texts take a toy of one layer, and the same code
# what makes the others short, unless they say how many epochs; so few leave int8 no room among classes with an order
SHORT = {
    "image-ordinal": "--head-epochs 2 --tune-epochs 1 --quantize float16",
    "object-detection": "--head-epochs 1 --tune-epochs 0 --quantize none",
    "image-segmentation": "--head-epochs 1 --tune-epochs 0 --quantize none",
    "image": "--head-epochs 2 --tune-epochs 1",
    "text": "--head-epochs 1 --tune-epochs 1 --backbone toy_bert",
    OF_DEFAULT_BACKBONE: "--head-epochs 1 --tune-epochs 1 --sequence-length 24",
}


def stories() -> dict[str, list[str]]:
    """Returns the commands by story: by the first run that one of them names, or what it names that is as long."""
    found: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for command in COMMANDS:
        names = re.findall(r"(?<=saved_models/)\w+|my_recipe|benchmarks|lr-find", command) or ["no run"]
        story = next((known[name] for name in names if name in known), names[0])
        known.update(dict.fromkeys(names, story))
        found.setdefault(story, []).append(command)
    return found


STORIES = stories()


def recipe_of(command: str) -> str | None:
    """Returns the recipe that a command trains, or looks for the rates of: "image-ordinal"."""
    found = re.match(r"kerasft (?:train|lr-find) ([a-z][\w-]+)|python recipes/(\w+)\.py", command)
    return (found[1] or found[2]).replace("_", "-") if found else None


def shortened(command: str, story: str) -> str:
    """Returns a command with few epochs, of a benchmark with one draw: that shows that it works."""
    if "benchmarks." in command:
        return f"{command} --seeds 1"
    name = "image" if command.startswith("python my_recipe.py") else recipe_of(command)
    if name in (None, "pretrain-backbone") or "--head-epochs" in command or story == AS_IT_STANDS:
        return command
    return f"{command} {SHORT.get(story) or SHORT.get(name) or SHORT[name.split('-')[0]]}"


def test_every_verb_is_run():
    assert [verb for verb in VERBS if not any(line.startswith(f"kerasft {verb}") for line in COMMANDS)] == []


def test_the_readme_has_a_command_for_each_task_and_a_page_runs_it():
    named = re.findall(r"\| `kerasft train ([\w-]+)` \|", README)
    assert sorted(named) == sorted({*recipe_names()} - {"pretrain-backbone"})
    assert [name for name in named if not any(recipe_of(line) == name for line in COMMANDS)] == []


def test_a_command_runs_shorter_than_it_stands_but_for_the_first():
    assert shortened("kerasft train text-ordinal", "stars").endswith("--tune-epochs 1 --backbone toy_bert")
    assert "--backbone" not in shortened("kerasft train text-classification", "messages")
    assert shortened("python recipes/image_ordinal.py", "crowds").endswith("--quantize float16")
    assert shortened("python my_recipe.py --data a", "my_recipe").endswith("--head-epochs 2 --tune-epochs 1")
    for left in ("kerasft train image-ordinal --head-epochs 3", "kerasft train --resume saved_models/a"):
        assert shortened(left, "a") == left
    assert shortened("kerasft train image-ordinal", AS_IT_STANDS) == "kerasft train image-ordinal"


def test_one_story_tries_the_backbone_that_all_recipes_of_texts_have():
    defaults = {find_recipe(name).Config.backbone for name in recipe_names() if name.startswith("text-")}
    assert len(defaults) == 1 and recipe_of(STORIES[OF_DEFAULT_BACKBONE][0]) == "text-classification"


SHOWN = [  # the commands that train in all blocks, those too that are not run since they name data of nobody
    line
    for page in PAGES
    for block in re.findall(r"```(?:bash)?\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
    if recipe_of(line) and line.split()[1] != "lr-find" and "[" not in line
]


@pytest.mark.parametrize("command", dict.fromkeys(SHOWN))
def test_the_flags_of_the_pages_exist(command):
    words = shlex.split(command)
    recipe = find_recipe(recipe_of(command))
    parser = Parser()
    add_flags(parser, recipe.Config)
    start = 3 if words[0] == "kerasft" else 2
    assert parser.verb(words[start:], lambda given: config_from_texts(recipe.Config, vars(given))) == 0


def run(command: str) -> int:
    """Runs a command in this process, as a shell would."""
    program, *words = shlex.split(command)
    if program == "kerasft":
        return main(words)
    assert program == "python"
    module = words[0] == "-m"
    target, argv = (words[1], words[2:]) if module else (words[0], words[1:])
    before = sys.argv
    sys.argv = [target, *argv]
    try:
        if module:
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            local = Path(target)
            runpy.run_path(str(local if local.exists() else ROOT / target), run_name="__main__")
    except SystemExit as stop:
        return stop.code or 0
    finally:
        sys.argv = before
    return 0


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, write_pictures):
    """A folder with what the commands need: flowers/, flowers_test/ and two images."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("readme")
    kinds = {"rose": "circle", "tulip": "stripes"}
    for name, per_class, seed in (("flowers", 40, 0), ("flowers_test", 5, 1)):
        write_pictures(folder / name, per_class, tuple(kinds.values()), size=48, seed=seed)
        for flower, kind in kinds.items():
            (folder / name / kind).rename(folder / name / flower)
    for flower, suffix in (("rose", "jpg"), ("tulip", "png")):
        Image.open(folder / "flowers_test" / flower / "000.png").save(folder / f"{flower}.{suffix}")
    write_pictures(folder / "new", 3, tuple(kinds.values()), size=48, seed=2)
    (folder / "new_photos").mkdir()
    for path in sorted((folder / "new").rglob("*.png")):
        Image.open(path).save(folder / "new_photos" / f"{path.parent.name}-{path.stem}.jpg")
    scans = [f"flowers/{path.parent.name}/{path.name},{path.parent.name},{path.parent.name}{int(path.stem) // 4}"
             for path in sorted((folder / "flowers").rglob("*.png"))]  # fmt: skip
    (folder / "visits.csv").write_text("\n".join(["path,label,patient", *scans]), "utf-8")
    for split, flowers in (("train", folder / "flowers"), ("test", folder / "flowers_test")):
        (folder / "kaggle" / split).mkdir(parents=True)
        lines = ["id,breed" if split == "train" else "id"]
        for path in sorted(flowers.rglob("*.png")):
            name = f"{path.parent.name}{path.stem}"
            Image.open(path).save(folder / "kaggle" / split / f"{name}.jpg")
            lines.append(f"{name},{path.parent.name}" if split == "train" else name)
        (folder / "kaggle" / f"{split}.csv").write_text("\n".join(lines), "utf-8")
    (folder / "new_reviews.csv").write_text("review\na dull film\na lovely film\n", "utf-8")
    lines = [
        f"{word} film number {number},{stars}"
        for stars, word in ((1, "dull"), (5, "lovely"))
        for number in range(60)
    ]
    (folder / "reviews.csv").write_text("\n".join(["review,stars", *lines]), "utf-8")
    pairs = [
        f"the shop is open on day {number},the shop is {word} on day {number},{relation}"
        for word, relation in (("open", "same"), ("closed", "other"))
        for number in range(40)
    ]
    (folder / "nli.csv").write_text("\n".join(["premise,hypothesis,relation", *pairs]), "utf-8")
    write_preset("bert", folder / "toy_bert", 1)
    return folder


@pytest.fixture(scope="module")
def stopped(workplace):
    """A run that was stopped after its first epoch: saved_models/stopped."""
    import kerasft
    from kerasft.training import session

    def stop(folder, state, variables, write=session.write_checkpoint):
        write(folder, state, variables)
        if state.epoch:
            raise KeyboardInterrupt

    splits = kerasft.read_images(workplace / "flowers", 32)
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=32
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "write_checkpoint", stop)
        with pytest.raises(kerasft.KerasftError, match="stopped"):
            kerasft.fine_tune(model, splits, kerasft.two_phases(2, 1), workplace / "saved_models" / "stopped")


def test_a_story_is_what_its_commands_need():
    """Whatever folder a command reads of `saved_models`, one before it in its story or the fixture has made."""
    for commands in STORIES.values():
        made = {"stopped"}
        for command in commands:
            made |= set(re.findall(r"--(?:run-dir|output) saved_models/(\w+)", command))
            assert set(re.findall(r"(?<=saved_models/)\w+", command)) <= made, command


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize(
    "story",
    [pytest.param(each, marks=() if each in EACH_DAY else pytest.mark.turns(3)) for each in STORIES],
)
def test_every_command_of_the_readme_runs(story, workplace, request, monkeypatch, capfd):
    if story == "stopped":
        request.getfixturevalue("stopped")
    monkeypatch.chdir(workplace)
    monkeypatch.syspath_prepend(str(ROOT))
    codes = {}
    for command in STORIES[story]:
        codes[command] = run(shortened(command, story))
    failed = {command: code for command, code in codes.items() if code != 0}
    assert failed == {}, capfd.readouterr().err[-3000:]


@pytest.mark.slow
def test_the_python_of_the_readme_runs(workplace, monkeypatch, capsys):
    monkeypatch.chdir(workplace)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    namespace: dict = {}
    exec(compile(code, "README.md", "exec"), namespace)
    assert namespace["run"].run_dir == Path("saved_models/python")
    assert np.isfinite(namespace["run"].result["phases"]["tune"]["metrics"]["val_log_loss"])
    assert "accuracy" in capsys.readouterr().out
