"""A SavedModel is a program: one that was exported here runs, any other when the user says --trust."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.formats import saved_model, trust
from kerasft.predicting.opening import load_predictor
from tests.descriptions import of_images, of_model
from tests.programs import program_of


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trust") / "of [mine]" / "saved_model"
    folder.parent.mkdir()
    description = of_model(run.model_config, "saved_model")
    saved_model.write_saved_model(program_of(run.load_model(), description), folder)
    return folder


@pytest.fixture
def other_computer(monkeypatch, tmp_path):
    """Another home: nothing was exported here."""
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("name", ["moved", "a [b]*?\\c #%20\nd", os.fsdecode(b"\xff")])
def test_one_that_was_exported_here_runs_wherever_it_is_moved(exported, splits, tmp_path, name):
    moved = shutil.copytree(exported, tmp_path / name)
    assert load_predictor(moved).class_names == splits.class_names


def test_one_from_elsewhere_is_not_loaded_until_it_is_trusted(
    exported, other_computer, splits, monkeypatch, capsys
):
    with monkeypatch.context() as patch:
        patch.setattr(tf.saved_model, "load", lambda path: pytest.fail("it was loaded"))
        for verb in ("predict", "evaluate"):
            assert main([verb, str(exported), "x.png"]) == 2
            error = capsys.readouterr().err
            assert "a SavedModel is a program" in error and "was not exported here" in error
            assert "if you trust who made it, add --trust" in error and error.count("\n") == 1
    probabilities = load_predictor(exported, trust=True).predict(splits.test.images)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    # nor is trust remembered
    with pytest.raises(InputError, match="add --trust"):
        load_predictor(exported)


def write_evil(folder, canary):
    """Writes a file when it is called, and has hashes and details that fit, as an attacker would see to."""
    module = tf.Module()

    def serve(images):
        with tf.control_dependencies([tf.io.write_file(str(canary), "x")]):
            return {"probabilities": tf.ones((tf.shape(images)[0], 3)) / 3}

    module.serve = tf.function(serve, input_signature=[tf.TensorSpec((None, 16, 16, 3), name="images")])
    tf.saved_model.save(module, str(folder), signatures={"serve": module.serve})
    description = of_images(("a", "b", "c"), 16, quantization="saved_model")
    (folder / "labels.txt").write_bytes(description.labels()["labels.txt"])
    content = {**description.as_dict(), "sha256": {}}
    for path in folder.rglob("*"):
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            content["sha256"][path.relative_to(folder).as_posix()] = digest
    (folder / "kerasft.json").write_text(json.dumps(content))
    folder.with_suffix(".json").write_text(json.dumps(content))
    return folder


def test_true_hashes_prove_nothing(handed_in, canary, pictures):
    """Also inside the exports of a run: whoever hands in the run writes these files too."""
    (handed_in / "exports").mkdir()
    folder = write_evil(handed_in / "exports" / "saved_model", canary)
    picture = next(pictures.rglob("*.png"))
    assert main(["predict", str(folder), str(picture)]) == 2
    assert not canary.exists()
    assert main(["predict", "--trust", str(folder), str(picture)]) == 0
    assert canary.exists()  # it is a program indeed
    canary.unlink()


def test_one_without_a_description_is_refused_with_trust_too(exported, tmp_path, capsys):
    moved = shutil.copytree(exported, tmp_path / "moved")
    (moved / "kerasft.json").unlink()
    assert main(["predict", "--trust", str(moved), "x.png"]) == 2
    assert "the SavedModel has no kerasft.json, so kerasft did not write it" in capsys.readouterr().err


def test_a_changed_one_is_refused_with_trust_too(exported, tmp_path, capsys):
    moved = shutil.copytree(exported, tmp_path / "moved")
    (moved / "saved_model.pb").write_bytes((moved / "saved_model.pb").read_bytes() + b"x")
    assert main(["predict", "--trust", str(moved), "x.png"]) == 2
    assert "missing, damaged or not its own" in capsys.readouterr().err


@pytest.mark.slow
def test_a_home_that_cannot_be_written_costs_the_memory_and_not_the_export(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "file"))
    description = of_model(run.model_config, "saved_model")
    program = program_of(run.load_model(), description)
    saved_model.write_saved_model(program, tmp_path / "saved_model")
    load_predictor(tmp_path / "saved_model")  # this process made it
    monkeypatch.setattr(trust, "_made", set())  # as in another
    with pytest.raises(InputError, match="set KERASFT_HOME to a folder that can be written; .* add --trust"):
        load_predictor(tmp_path / "saved_model")
