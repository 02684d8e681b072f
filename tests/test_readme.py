"""Every command of the README runs, in its order, in a folder of small images.

The commands about one run are a story: each builds on what those before have left, and none on another story's. The
story that the README begins with is run each day, and so is what needs no run; the others take turns.
"""

import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasft.cli.flags import add_flags, config_from_texts
from kerasft.cli.main import VERBS, main
from kerasft.cli.recipes import find_recipe

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line
    for comment, block in re.findall(r"(<!-- command: \w+ -->\n)?```bash\n(.*?)```", README, re.DOTALL)
    if not comment  # those run in CI, as they stand
    for line in block.strip().splitlines()
    if not line.startswith("source ")
]
EACH_DAY = ("no run", "flowers")


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


def test_every_verb_and_recipe_is_in_the_readme():
    assert [verb for verb in VERBS if f"kerasft {verb}" not in README] == []


@pytest.mark.parametrize(
    "command", [line for line in COMMANDS if "kerasft train" in line or "recipes/" in line]
)
def test_the_flags_of_the_readme_exist(command):
    from kerasft.cli.flags import Parser

    words = shlex.split(command)
    if words[2] == "--resume":
        return
    name = words[2] if words[0] == "kerasft" else Path(words[1]).stem
    recipe = find_recipe(name)
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
    """A folder with what the README's commands need: flowers/, flowers_test/ and two images."""
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
    return folder


@pytest.fixture(scope="module")
def stopped(workplace):
    """A run that was stopped after its first epoch: saved_models/stopped."""
    import kerasft
    from kerasft.training import phases

    def stop(folder, state, variables, write=phases.write_checkpoint):
        write(folder, state, variables)
        if state.epoch:
            raise KeyboardInterrupt

    splits = kerasft.read_images(workplace / "flowers", 32)
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=32
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phases, "write_checkpoint", stop)
        with pytest.raises(kerasft.KerasftError, match="stopped"):
            kerasft.fine_tune(model, splits, kerasft.two_phases(2, 1), workplace / "saved_models" / "stopped")


def test_a_story_is_what_its_commands_need():
    """Whatever folder a command reads of `saved_models`, one of its story or the fixture has made."""
    for story, commands in STORIES.items():
        made = set(re.findall(r"--(?:run-dir|output) saved_models/(\w+)", " ".join(commands)))
        assert set(re.findall(r"(?<=saved_models/)\w+", " ".join(commands))) == (
            made or {story} & {"stopped"}
        )


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
        # a benchmark takes minutes: one draw shows that the command works
        codes[command] = run(f"{command} --seeds 1" if "benchmarks." in command else command)
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
