"""The description inside exported files: whole, damaged, hostile."""

import dataclasses
import json
import zipfile

import pytest

from kerasft.base.errors import InputError
from kerasft.formats import description
from kerasft.targets.classes.schema import Classes
from tests.descriptions import attach, of_images

DESCRIPTION = of_images(("rose", "Löwenzahn", "日本"), 32, "crop", "starter", "int8")
MODEL = b"\x1c\x00\x00\x00TFL3" + bytes(range(256))


@pytest.fixture
def tflite(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(MODEL)
    attach(path, DESCRIPTION)
    return path


@pytest.fixture
def saved_model(tmp_path):
    folder = tmp_path / "saved_model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    description.write_beside_saved_model(folder, DESCRIPTION)
    return folder


def with_description(
    path, change=lambda values: None, text=None, name="kerasft.json", compression=zipfile.ZIP_STORED
):
    """Writes a `.tflite` whose description was changed."""
    values = {**DESCRIPTION.as_dict(), "sha256": description.hashlib.sha256(MODEL).hexdigest()}
    change(values)
    path.write_bytes(MODEL)
    with zipfile.ZipFile(path, "a", compression) as archive:
        archive.writestr(name, json.dumps(values) if text is None else text)
    return path


def test_the_description_comes_back(tflite, saved_model):
    assert description.read_embedded(tflite) == (DESCRIPTION, {})
    assert description.read_saved_model(saved_model) == DESCRIPTION


def test_the_bytes_of_the_model_stay_in_front(tflite):
    assert tflite.read_bytes().startswith(MODEL)
    with zipfile.ZipFile(tflite) as archive:
        assert archive.namelist() == ["labels.txt", "kerasft.json"]
        assert archive.read("labels.txt").decode().splitlines() == ["rose", "Löwenzahn", "日本"]


def test_labels_are_one_per_line_whatever_the_names():
    odd = dataclasses.replace(DESCRIPTION, schema=Classes(("a\nb", "c")))
    assert odd.labels() == {"labels.txt": b"a b\nc\n"}


@pytest.mark.parametrize("cut", (1, 30, 200, 600))
def test_truncated(tflite, cut):
    tflite.write_bytes(tflite.read_bytes()[:-cut])
    with pytest.raises(
        InputError, match="carries no class names .kerasft.json.: it is truncated, or not from"
    ):
        description.read_embedded(tflite)


def test_a_changed_model_is_told_by_its_hash(tflite):
    content = bytearray(tflite.read_bytes())
    content[100] ^= 1
    tflite.write_bytes(content)
    with pytest.raises(InputError, match="damaged or was changed: hashes differ.*export it again"):
        description.read_embedded(tflite)


def test_missing_labels(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(MODEL)
    with pytest.raises(InputError, match="carries no class names"):
        description.read_embedded(path)
    with pytest.raises(InputError, match="carries no class names"):
        description.read_embedded(with_description(path, name="../kerasft.json"))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("kerasft_format", 2, "a newer kerasft wrote it.*pip install --upgrade kerasft"),
        ("kerasft_format", "1", "no format version"),
        ("task", "tagging", "its task is 'tagging', and not one of .*image_classification"),
        ("task", ["image_classification"], "its task is .'image_classification'."),
        ("task", "text_classification", "sequence_length is None"),
        ("class_names", "abc", "class_names is not a list"),
        ("class_names", ["a", 1], "class_names is not a list of names"),
        ("class_names", ["a"], "fewer than two names, or one twice"),
        ("class_names", ["a", "a"], "fewer than two names, or one twice"),
        ("image_size", "32", "image_size is '32'"),
        ("image_size", 10**9, "image_size is 1000000000"),
        ("image_size", True, "image_size is True"),
        ("resize", "nearest", "resize is 'nearest'"),
        ("temperature", 0, "temperature is 0"),
        ("temperature", "hot", "temperature is 'hot'"),
        ("temperature", float("inf"), "temperature is inf"),
        ("score_threshold", 1.5, "score_threshold is 1.5"),
        ("score_threshold", True, "score_threshold is True"),
        ("sha256", None, "hashes differ"),
    ],
)
def test_every_field_is_checked(tmp_path, key, value, message):
    path = with_description(tmp_path / "model.tflite", lambda values: values.update({key: value}))
    with pytest.raises(InputError, match=message):
        description.read_embedded(path)


@pytest.mark.parametrize("text", ("", "{", "[]", "3", "[" * 100_000, b"\xff\xfe"))
def test_a_description_that_is_no_description(tmp_path, text):
    path = with_description(tmp_path / "model.tflite", text=text)
    with pytest.raises(InputError, match="the description of the exported file can't be used"):
        description.read_embedded(path)


def test_a_bomb_is_not_unpacked(tmp_path):
    bomb = b" " * (description.MAX_DESCRIPTION_BYTES * 5)
    path = with_description(tmp_path / "model.tflite", text=bomb, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="carries no class names"):
        description.read_embedded(path)


def test_other_members_are_never_opened(tmp_path):
    path = with_description(tmp_path / "model.tflite")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.txt", "hello")
    assert description.read_embedded(path) == (DESCRIPTION, {})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../outside.txt", "hello")
    with pytest.raises(InputError, match="carries no class names"):
        description.read_embedded(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["model.tflite"]


def test_a_saved_model_of_others_is_code_and_refused(saved_model):
    (saved_model / "kerasft.json").unlink()
    with pytest.raises(InputError) as caught:
        description.read_saved_model(saved_model)
    assert "has no kerasft.json, so kerasft did not write it; a SavedModel is a program" in str(caught.value)
    assert str(caught.value).endswith("export it again with kerasft export RUN_FOLDER --format saved_model")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda folder: (folder / "saved_model.pb").write_bytes(b"gra"), "saved_model.pb"),
        (lambda folder: (folder / "variables" / "variables.index").unlink(), "variables/variables.index"),
        (lambda folder: (folder / "labels.txt").write_text("other\n"), "labels.txt"),
        (lambda folder: (folder / "assets").mkdir() or (folder / "assets" / "x").write_text(""), "assets/x"),
    ],
)
def test_a_damaged_saved_model_names_its_files(saved_model, damage, named):
    damage(saved_model)
    with pytest.raises(
        InputError, match=f"missing, damaged or not its own .received: {named}.; export it again"
    ):
        description.read_saved_model(saved_model)


def test_a_saved_model_without_hashes_is_refused(saved_model):
    values = json.loads((saved_model / "kerasft.json").read_text())
    del values["sha256"]
    (saved_model / "kerasft.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match="lacks the hashes"):
        description.read_saved_model(saved_model)
