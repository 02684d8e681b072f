"""Answers that are images, written as files."""

import json

import numpy as np
import pytest
from PIL import Image

from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.contract.registry import task_of
from kerasft.predicting import many
from kerasft.predicting.many import predict_many
from tests.made_up_predictors import OfImages


class Drawing(type(task_of("image_classification"))):
    """Says its answers in images, too."""

    drawn = True

    def drawings(self, path, answer, encoder, schema):
        assert Image.open(path).size == (9, 9) and encoder.image_size == 8
        return {"grey.txt": f"{schema.class_names[answer.argmax()]}".encode(), "raw": answer.tobytes()}


class Brightness(OfImages):
    """Says "a" of dark images and "b" of bright ones."""

    def predict(self, images):
        level = images.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - level, level], axis=1).astype("float32")


@pytest.fixture
def drawing():
    found = Brightness()
    found.task = Drawing()
    return found


@pytest.fixture
def photos(tmp_path):
    for number, folder in enumerate("abc"):
        (tmp_path / "photos" / folder).mkdir(parents=True)
        Image.new("RGB", (9, 9), (100 * number,) * 3).save(tmp_path / "photos" / folder / "one.png")
    return tmp_path / "photos"


def test_each_image_has_its_files_and_none_replaces_another(drawing, photos, tmp_path):
    found = predict_many(drawing, photos, drawings=tmp_path / "made" / "here")
    assert found.count == 3 and found.as_dict()["drawings"] == str(tmp_path / "made" / "here")
    made = {path.name: path.read_bytes() for path in (tmp_path / "made" / "here").iterdir()}
    assert sorted(made) == sorted(f"one{n}.{end}" for n in ("", "-2", "-3") for end in ("grey.txt", "raw"))
    assert [made[f"one{n}.grey.txt"] for n in ("", "-2", "-3")] == [b"a", b"a", b"b"]
    again = predict_many(drawing, photos, tmp_path / "answers.csv", drawings=tmp_path / "made" / "here")
    assert again.count == 3 and len(list((tmp_path / "made" / "here").iterdir())) == 6


def test_answers_in_words_have_no_drawings(photos, tmp_path):
    with pytest.raises(
        InputError, match="the answers of image_classification are no images .* leave --drawings out"
    ):
        predict_many(Brightness(), photos, drawings=tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_file_in_the_way_is_no_folder(drawing, photos, tmp_path):
    (tmp_path / "made").write_text("mine")
    with pytest.raises(InputError, match="the drawings need a folder"):
        predict_many(drawing, photos, drawings=tmp_path / "made")
    assert (tmp_path / "made").read_text() == "mine"


def test_what_can_not_be_written_is_told(drawing, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "kerasft.base.files.os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space"))
    )
    with pytest.raises(InputError, match="a drawing can't be written: No space"):
        predict_many(drawing, photos, drawings=tmp_path / "made")


def test_the_command_says_where_they_are(drawing, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(many, "as_predictor", lambda *_: drawing)
    assert main(["predict", "model", str(photos), "--drawings", str(tmp_path / "made"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["drawings"] == str(tmp_path / "made")
    assert main(["predict", "model", str(photos), "--drawings", str(tmp_path / "made")]) == 0
    assert f"drew 3 answers into {tmp_path / 'made'}" in capsys.readouterr().out
