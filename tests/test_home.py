"""Homes that are missing, or can't be written: what needs none works, and the rest says which setting to change."""

import os
import pwd
import tempfile
from types import SimpleNamespace

import pytest

from kerasft.base import environment
from kerasft.base.errors import InputError, UnavailableError
from kerasft.base.files import file_problem
from kerasft.exporting.finishing import _notes
from kerasft.formats import trust
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.texts.backbones import catalog
from kerasft.networks import fetching
from kerasft.tasks.image_classification.reading import read_images


def nobody(uid):
    raise KeyError(uid)


@pytest.fixture(params=["no home", "below a file", "cannot be written"])
def home(request, monkeypatch, tmp_path):
    """What the message must say of the home."""
    if request.param == "no home":  # a container with a user of its own
        monkeypatch.delenv("HOME", raising=False)
        monkeypatch.delenv("KERASFT_HOME", raising=False)
        monkeypatch.setattr(pwd, "getpwuid", nobody)
        return "home folder"
    if request.param == "below a file":
        (tmp_path / "file").touch()
        monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "file" / "home"))
        return str(tmp_path / "file" / "home")
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs a folder that even root can't write into")
    monkeypatch.setenv("KERASFT_HOME", "/proc/kerasft")
    return "/proc/kerasft"


@pytest.fixture
def saved_model(tmp_path):
    """A SavedModel, as far as `trust` looks at it."""
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model" / "kerasft.json").write_text("{}")
    return tmp_path / "saved_model"


def test_what_was_exported_is_known_to_the_process_that_did(home, saved_model):
    trust.remember(saved_model / "kerasft.json")
    trust.require_trust(saved_model / "kerasft.json", trusted=False)


def test_a_file_that_was_just_made_is_not_blamed_in_the_next_command(home, saved_model, monkeypatch):
    trust.remember(saved_model / "kerasft.json")
    monkeypatch.setattr(trust, "_made", set())
    with pytest.raises(InputError) as error:
        trust.require_trust(saved_model / "kerasft.json", trusted=False)
    assert "was not exported here" not in str(error.value) and "it isn't known who made it" in str(
        error.value
    )
    assert home in str(error.value) and "set KERASFT_HOME to a folder that can be written" in str(error.value)
    trust.require_trust(saved_model / "kerasft.json", trusted=True)


def test_the_export_says_so_beforehand(home, saved_model):
    yardstick = SimpleNamespace(remark=lambda target: "")
    plan = SimpleNamespace(
        reference=SimpleNamespace(yardstick=yardstick),
        settings=SimpleNamespace(target=lambda quantization: None),
    )
    (note,) = _notes(plan, saved_model, "saved_model")
    assert "kerasft predict will need --trust" in note and "set KERASFT_HOME" in note
    assert _notes(plan, saved_model / "kerasft.json", "saved_model") == ()  # a file holds no program


def test_a_good_home_has_nothing_to_say(saved_model, monkeypatch, tmp_path):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))
    assert trust.forgotten() == "" and not (tmp_path / "home").exists()


def test_data_of_ones_own_needs_no_home(home, pictures):
    assert read_images(pictures, 16).class_names == ("circle", "noise", "stripes")


def test_the_digits_and_fetched_backbones_name_the_setting(home):
    fetched = catalog.DEFAULT
    for work in (write_digits, lambda: fetching.fetch(catalog.find(fetched))):
        with pytest.raises(
            UnavailableError, match="set KERASFT_HOME to a folder that can be written"
        ) as error:
            work()
        assert home in str(error.value)


def test_a_tilde_is_this_users_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("KERASFT_HOME", "~/kept")
    assert str(environment.kerasft_home()) == "/home/me/kept"


def test_the_environment_is_judged_without_a_home(home, monkeypatch):
    from kerasft.doctor import facts

    monkeypatch.setattr(facts, "_imported", dict)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/kerasft"])
    found = facts.collect().folders
    assert found["kerasft's home"][1] == found["temporary files"][1] == -1
    with pytest.raises(FileNotFoundError) as error:
        tempfile.gettempdir()
    assert "set TMPDIR to a folder that can be written" in str(file_problem(error.value))
