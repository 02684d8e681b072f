"""From image files to class names: order, ties, broken files."""

import json

import numpy as np
import pytest
from PIL import Image

import kerasft.predicting.opening
from kerasft.base.errors import InputError
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.predicting import predict as prediction
from kerasft.predicting.predict import predict
from kerasft.targets.classes.prediction import ClassPrediction
from tests.made_up_predictors import OfImages


class Brightness(OfImages):
    """Says "dark", "grey" or "bright" from the mean of an image."""

    def __init__(self):
        super().__init__(("dark", "grey", "bright"))

    def predict(self, images):
        level = images.mean(axis=(1, 2, 3)) / 255
        rows = np.stack([1 - level, 0.4 * np.ones_like(level), level], axis=1)
        return (rows / rows.sum(axis=1, keepdims=True)).astype("float32")


def picture(path, value, size=(20, 10)):
    Image.new("RGB", size, (value, value, value)).save(path)
    return path


def test_predictions_come_in_the_order_of_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(prediction, "BATCH_SIZE", 2)
    paths = [picture(tmp_path / f"{value}.png", value) for value in (250, 0, 255, 10, 240)]
    found = predict(Brightness(), paths)
    assert [each.path for each in found] == [str(path) for path in paths]
    assert [each.class_name for each in found] == ["bright", "dark", "bright", "dark", "bright"]


def test_a_prediction_has_its_best_classes_first(tmp_path):
    (found,) = predict(Brightness(), picture(tmp_path / "a b.png", 255), top=2)
    assert found.top == (("bright", pytest.approx(1 / 1.4)), ("grey", pytest.approx(0.4 / 1.4)))
    assert (found.class_name, found.probability) == found.top[0]
    assert str(found) == f"{tmp_path}/a b.png: bright 0.714 (grey 0.286)"
    assert json.loads(json.dumps(found.as_dict()))["top"][1]["class_name"] == "grey"


def test_more_classes_than_there_are_is_all_of_them(tmp_path):
    (found,) = predict(Brightness(), [picture(tmp_path / "x.png", 0)], top=10)
    assert [name for name, _ in found.top] == ["dark", "grey", "bright"]


def test_equal_probabilities_keep_the_order_of_the_classes():
    row = np.array([0.25, 0.5, 0.25], "float32")
    predictor = OfImages(("a", "b", "c"))
    top = (("b", 0.5), ("a", 0.25), ("c", 0.25))
    assert predictor.decode(row, 3) == ClassPrediction(class_name="b", probability=0.5, top=top)


def test_all_broken_pictures_are_listed_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(prediction, "BATCH_SIZE", 2)
    good = picture(tmp_path / "good.png", 9)
    whole = good.read_bytes()
    (tmp_path / "short.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("not an image")
    paths = [good, tmp_path / "short.png", good, tmp_path / "empty.jpg", good, tmp_path / "text.jpg"]
    paths += [tmp_path, tmp_path / "missing.png"]
    with pytest.raises(InputError) as caught:
        predict(Brightness(), paths)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5 and all(line.startswith("the image can't be read: ") for line in lines)
    for line, name in zip(
        lines, ("short.png", "empty.jpg", "text.jpg", tmp_path.name, "missing.png"), strict=True
    ):
        assert f"{name}); leave it out or replace it" in line
    assert (
        "truncated" in lines[0]
        and "0 bytes" in lines[1]
        and "text" in lines[2]
        and "does not exist" in lines[4]
    )


def test_no_pictures_and_no_classes_are_refused(tmp_path):
    with pytest.raises(InputError, match="nothing to predict; give one or more image files"):
        predict(Brightness(), [])
    with pytest.raises(InputError, match="received: 0.; use --top 1 or more"):
        predict(Brightness(), [picture(tmp_path / "x.png", 1)], top=0)


def test_a_path_is_opened_as_an_artifact(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(
        kerasft.predicting.opening,
        "load_predictor",
        lambda path, trust=False: opened.append(path) or Brightness(),
    )
    predict(str(tmp_path / "model.tflite"), [picture(tmp_path / "x.png", 1)])
    assert opened == [tmp_path / "model.tflite"]


def test_pictures_are_resized_as_the_model_was_trained(tmp_path, monkeypatch):
    wide = np.zeros((10, 40, 3), "uint8")
    wide[:, :15] = wide[:, 25:] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    model = Brightness()
    assert predict(model, tmp_path / "wide.png")[0].class_name == "bright"
    model.encoder = ImageEncoder(8, "crop")
    assert predict(model, tmp_path / "wide.png")[0].class_name == "dark"
