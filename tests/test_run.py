"""Opening run folders: whole ones, changed ones, and things that only look like one."""

import json
import shutil

import numpy as np
import pytest

import kerasft
from kerasft.runs.run import Run

pytestmark = pytest.mark.usefixtures("loading_anew")


@pytest.fixture
def copy(run, tmp_path):
    """A copy of the shared run that a test may damage."""
    return Run.open(shutil.copytree(run.run_dir, tmp_path / "copy"))


def test_a_moved_run_works(copy, run, splits):
    moved = Run.open(copy.run_dir.rename(copy.run_dir.parent / "elsewhere"))
    images = splits.test.images
    np.testing.assert_array_equal(
        moved.load_model().predict(images, verbose=0), run.load_model().predict(images, verbose=0)
    )


def test_the_splits_come_back_from_the_list(copy, splits):
    restored = copy.splits()
    for name in ("train", "validation", "test"):
        ours, theirs = getattr(restored, name), getattr(splits, name)
        assert ours.ids == theirs.ids
        np.testing.assert_array_equal(ours.images, theirs.images)
        np.testing.assert_array_equal(ours.labels, theirs.labels)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "x"}', "\x00\x01"])
def test_a_broken_config_is_named(copy, content):
    (copy.run_dir / "config.json").write_text(content)
    with pytest.raises(kerasft.InputError, match="config.json can't be read"):
        Run.open(copy.run_dir)


def test_a_newer_run_asks_for_an_upgrade(copy):
    path = copy.run_dir / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(kerasft.InputError, match="newer kerasft.*upgrade"):
        Run.open(copy.run_dir)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(kerasft.InputError, match="this folder is not a run"):
        Run.open(tmp_path)
    with pytest.raises(kerasft.InputError, match="there is no such run folder"):
        Run.open(tmp_path / "nowhere")


def test_an_unknown_key_in_the_model_config_is_refused(copy):
    path = copy.run_dir / "config.json"
    config = json.loads(path.read_text())
    config["model"]["imagesize"] = 3
    path.write_text(json.dumps(config))
    with pytest.raises(kerasft.InputError, match="did you mean 'image_size'"):
        Run.open(copy.run_dir).load_model()


def test_changed_and_missing_weights_are_refused(copy):
    weights = copy.weights_path()
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(kerasft.InputError, match="weights were changed"):
        copy.load_model()
    weights.unlink()
    with pytest.raises(kerasft.InputError, match="weights are missing"):
        copy.load_model()


def test_a_model_that_answers_otherwise_is_refused(copy):
    path = copy.run_dir / "result.json"
    result = json.loads(path.read_text())
    result["weights"]["best"]["probe"][0] += 0.5
    path.write_text(json.dumps(result))
    with pytest.raises(kerasft.InputError, match="not the one that was trained.*install the versions"):
        copy.load_model()


def test_a_phase_can_be_loaded_and_an_unknown_one_is_refused(run):
    assert run.at("head").weights_path().name == "head.weights.safetensors"
    with pytest.raises(kerasft.InputError, match="its phases are: head, tune"):
        run.at("haed")
