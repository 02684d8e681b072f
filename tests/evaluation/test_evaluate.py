"""Any artifact on any labelled images, in order, with the saved class list."""

import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

from kerasft.base.errors import InputError
from kerasft.exporting import export
from kerasft.predicting import evaluate as evaluating
from kerasft.predicting.evaluate import evaluate
from kerasft.runs.run import Run
from kerasft.targets.classes.schema import Classes
from tests.made_up_predictors import OfImages


class ByMean(OfImages):
    """A predictor that tells bright images from dark ones."""

    def __init__(self):
        super().__init__(("bright", "dark"))

    def predict(self, images):
        images = self.encoder.column(images)
        level = images.mean(axis=(1, 2, 3)) / 255
        return np.stack([level, 1 - level], axis=1).astype("float32")


def folder_of(path, pictures):
    for name, value in pictures.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 12), (value, value, value)).save(file)
    return path


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    copy = Run.open(shutil.copytree(run.run_dir, tmp_path_factory.mktemp("evaluate") / "run"))
    return copy, export(copy, quantize="dynamic")


def test_a_run_and_its_files_find_the_test_split_by_themselves(exported, splits):
    copy, made = exported
    own = evaluate(copy)
    assert own.ids == splits.test.ids and own.labels.tolist() == splits.test.labels.tolist()
    assert evaluate(copy.run_dir).as_dict() == own.as_dict()
    found = evaluate(made.path)
    assert found.ids == own.ids
    assert (found.accuracy, own.accuracy) == (made.row.accuracy, made.row.keras_accuracy)


def test_a_phase_that_was_evaluated_is_not_evaluated_again(run, monkeypatch):
    expected = {f"after {name}": evaluate(run.at(name)).score for name in run.result["phases"]}
    evaluation, asked = evaluate(run), []
    monkeypatch.setattr(evaluating, "evaluate", lambda one: asked.append(one.weights) or evaluate(one))
    assert evaluating.phase_scores(run, evaluation) == expected
    assert asked == [name for name in ("head", "tune") if name != run.result["best"]]


def test_a_moved_file_asks_for_data(exported, tmp_path):
    path = shutil.copy(exported[1].path, tmp_path / "moved.tflite")
    with pytest.raises(
        InputError, match="in no run folder, so its test split is unknown.*kerasft evaluate ARTIFACT"
    ):
        evaluate(path)


def test_a_folder_is_read_in_order_with_the_saved_classes(tmp_path):
    pictures = {"dark/1.png": 9, "dark/2.png": 220, "bright/x.png": 250, "bright/a.png": 240}
    found = evaluate(ByMean(), folder_of(tmp_path / "data", pictures))
    assert found.accuracy == 0.75 and found.class_names == ("bright", "dark")
    assert found.confusion.tolist() == [[2, 0], [1, 1]]
    by_id = dict(zip(found.ids, found.predictions.tolist(), strict=True))
    assert by_id == {"bright/a.png": 0, "bright/x.png": 0, "dark/1.png": 1, "dark/2.png": 0}


def test_trap_17_other_class_folders_are_refused_and_missing_ones_allowed(tmp_path):
    with pytest.raises(InputError, match="not in the saved class list .received: 'darkk'"):
        evaluate(ByMean(), folder_of(tmp_path / "extra", {"darkk/1.png": 9, "bright/1.png": 250}))
    found = evaluate(ByMean(), folder_of(tmp_path / "missing", {"dark/1.png": 9}))
    assert found.accuracy == 1 and [each.support for each in found.classes] == [0, 1]


def test_a_split_is_used_as_it_is(run, splits):
    found = evaluate(run, splits.train)
    assert found.ids == splits.train.ids
    shuffled = splits.train.subset(np.random.default_rng(0).permutation(len(splits.train)))
    assert evaluate(run, shuffled).accuracy == found.accuracy
    with pytest.raises(InputError, match="takes uint8 images of shape .n, 8, 8, 3."):
        evaluate(ByMean(), splits.train)


def test_what_is_no_data_or_knows_no_test_split_is_refused(run):
    with pytest.raises(InputError, match="this is no labelled data .received: int"):
        evaluate(ByMean(), 3)
    with pytest.raises(InputError, match="only an artifact in a run folder knows its test split"):
        evaluate(ByMean())


def test_an_export_older_than_its_run_is_noticed(exported, monkeypatch):
    copy, made = exported
    splits = dataclasses.replace(copy.splits(), schema=Classes(("other", "names", "now")))
    monkeypatch.setattr(Run, "splits", lambda self: splits)
    with pytest.raises(
        InputError, match="the artifact and its run have other classes; it was exported before"
    ):
        evaluate(made.path)


def test_a_run_without_test_pictures_asks_for_data(run, monkeypatch):
    splits = run.splits()
    monkeypatch.setattr(Run, "splits", lambda self: dataclasses.replace(splits, test=splits.test.subset([])))
    with pytest.raises(InputError, match="the run has no test split"):
        evaluate(run)
