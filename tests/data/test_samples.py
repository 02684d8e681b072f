"""The names of the sample data, where something of the user's has the same one."""

import pytest

from kerasft.base.errors import InputError
from kerasft.contract.examination import Examination
from kerasft.data.given import Given
from kerasft.data.samples import sample_of
from kerasft.doctor.examine import task_of_data
from kerasft.inputs.images.sources import list_source
from kerasft.inputs.images.sources import source_name as image_source_name
from kerasft.inputs.texts.sources import open_source, source_name
from kerasft.inputs.texts.texts import TextColumns
from kerasft.targets.classes.kind import CLASSES


@pytest.mark.parametrize("name", ["digits", "messages", "message-pairs"])
def test_a_name_that_means_two_things_is_refused_with_both_spellings(make, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    assert sample_of(name, [name]) == sample_of(f"sample:{name}", [name]) == name
    make.classes(tmp_path / name, {"a": 3, "b": 3})
    wanted = f"give ./{name} for what is here, or sample:{name} for the sample data"
    with pytest.raises(InputError, match=wanted):
        task_of_data(Examination(name))
    with pytest.raises(InputError, match=wanted):
        if name == "digits":
            list_source(Given(name), CLASSES)
        else:
            open_source(Given(name), TextColumns(), CLASSES)
    assert sample_of(f"./{name}", [name]) == ""
    assert sample_of(f"sample:{name}", [name]) == name


def test_each_spelling_is_what_it_says(make, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    make.classes(tmp_path / "digits", {"a": 3, "b": 3})
    assert list_source(Given("./digits"), CLASSES).schema.class_names == ("a", "b")
    assert image_source_name("./digits") == (tmp_path / "digits").as_posix()
    assert image_source_name("sample:digits") == "digits"
    assert source_name("sample:messages") == "messages"


def test_a_run_of_that_name_is_never_meant(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    for name in ("config.json", "splits.csv"):
        (tmp_path / "digits" / name).write_text("{}")
    assert sample_of("digits", ["digits"]) == "digits"
