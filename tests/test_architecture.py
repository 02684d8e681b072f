"""The rooms of the package: imports go to lower levels only, and help is instant."""

import ast
import re
import subprocess
import sys

import pytest

import kerasft
from tests.house import (
    LEVEL,
    ROOT,
    SOURCES,
    broken_imports,
    broken_rule,
    circle,
    lines_of_any,
    name_of,
    named,
    names_in,
    task_and_kind_names,
)

MOST_LINES_OF_ANY = 70  # JSON that was read, pickles, and what Keras and Python leave open


def test_rooms_import_what_the_house_allows():
    assert broken_imports() == set(), "an import that a room of its level may not make: see tests/house.py"


def test_no_files_import_each_other():
    assert circle() == []


def test_neither_a_task_nor_a_kind_is_named():
    assert named() == set(), "ask the task instead: see kerasft/contract/task.py"


def test_names_are_told_from_words():
    names = task_and_kind_names()
    assert {"images", "classes", "text_classification", "text-classification"} <= names
    source = """def f(split, name='text-classification'):
        'texts'
        return split.texts if name == 'images' else f'{split.targets} images, texts', split.examples"""
    assert names_in(ast.walk(ast.parse(source)), names) == {"'text-classification'", "'images'", ".texts"}


def test_every_room_has_a_level():
    assert {name_of(path).split("/")[0] for path in SOURCES} == set(LEVEL)


def test_only_the_public_names_lie_at_the_root():
    assert sorted(path.name for path in ROOT.glob("*.py")) == ["__init__.py", "__main__.py"]


@pytest.mark.parametrize(
    ("importer", "imported", "rule"),
    [
        ("training/phases.py", "inputs/images/decode.py", "kind"),
        ("inputs/texts/words.py", "inputs/images/decode.py", "kinds"),
        ("inputs/images/arrays.py", "targets/classes/names.py", "kinds"),
        ("targets/order/schema.py", "targets/classes/schema.py", None),
        ("targets/classes/schema.py", "targets/order/schema.py", "kinds"),
        ("targets/order/schema.py", "targets/numbers/schema.py", "kinds"),
        ("base/files.py", "data/folder.py", "up"),
        ("training/phases.py", "predicting/opening.py", "up"),
        ("tasks/image_classification/__init__.py", "inputs/images/decode.py", None),
        ("exporting/gate.py", "training/history.py", None),
        ("inputs/images/decode.py", "inputs/images/limits.py", None),
    ],
)
def test_the_rules_tell_right_from_wrong(importer, imported, rule):
    assert broken_rule(importer, imported) == rule


def test_types_are_named():
    lines = [f"{name_of(path)}:{line}" for path in SOURCES for line in lines_of_any(path)]
    assert len(lines) <= MOST_LINES_OF_ANY, f"name the type; the limit may only go down: {lines}"


def test_files_stay_readable():
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > 260} == {}, "split the room"


@pytest.mark.parametrize("command", ["import kerasft", "from kerasft.cli.main import main; main(['--help'])",
                                     "from kerasft.cli.main import main; main(['train', '--help'])",
                                     "from kerasft.cli.main import main; main(['backbones'])"])  # fmt: skip
def test_imports_and_help_load_neither_keras_nor_tensorflow(command):
    heavy = "{'keras', 'tensorflow', 'numpy', 'PIL', 'matplotlib', 'sklearn', 'kerasft.contract.task'}"
    code = f"import sys\n{command}\nassert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_onednn_is_on_before_tensorflow_is_imported_unless_the_user_set_it():
    code = "import os, kerasft; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    for given, expected in (({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected


def test_every_public_name_can_be_had():
    for name in kerasft.__all__:
        assert callable(getattr(kerasft, name)), name


def test_the_names_for_type_checkers_are_the_public_names():
    text = (ROOT / "__init__.py").read_text("utf-8")
    block = text.split("if TYPE_CHECKING:")[1].split("__version__")[0]
    assert set(re.findall(r"\b\w+\b", " ".join(re.findall(r"import (.*)", block)))) == set(kerasft.__all__)
