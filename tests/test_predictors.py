"""Opening artifacts: each kind works, and each kind of wrong file says what is wrong."""

import functools
import importlib.util
import shutil
import subprocess
import sys

import numpy as np
import pytest

from kerasft.base.errors import InputError, KerasftError, UnavailableError
from kerasft.contract import encoder
from kerasft.exporting import export
from kerasft.predicting.opening import as_predictor, load_predictor
from kerasft.predicting.predictor import Predictor
from kerasft.runs.run import Run
from tests.descriptions import attach, of_images
from tests.floats import assert_alike, limit_of
from tests.threads import answers_alike


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    """A copy of the shared run with a TFLite file and a SavedModel."""
    folder = shutil.copytree(run.run_dir, tmp_path_factory.mktemp("predictors") / "run")
    copy = Run.open(folder)
    return {"run": folder, "tflite": export(copy).path, "saved_model": export(copy, "saved_model").path}


@pytest.fixture(scope="module")
def opened(exported):
    """Opens the artifact of a kind, once."""
    return functools.cache(lambda kind: load_predictor(exported[kind]))


@pytest.fixture
def tflite(exported, tmp_path):
    return shutil.copy(exported["tflite"], tmp_path / "moved.tflite")


@pytest.fixture
def saved_model(exported, tmp_path):
    return shutil.copytree(exported["saved_model"], tmp_path / "moved")


@pytest.fixture(scope="module")
def limit(run):
    return limit_of(run)


@pytest.mark.parametrize("kind", ("run", "saved_model", "tflite"))
def test_every_kind_predicts_the_same(kind, opened, run, splits, limit):
    predictor = opened(kind)
    assert isinstance(predictor, Predictor)
    assert (predictor.kind, predictor.class_names) == (kind, splits.class_names)
    assert (predictor.encoder.image_size, predictor.encoder.resize) == (splits.image_size, "stretch")
    answers = predictor.predict(splits.test.images)
    assert answers.dtype == np.float32 and answers.shape == (len(splits.test), 3)
    assert_alike(f"{kind} of a run", answers, as_predictor(run).predict(splits.test.images), limit)


@pytest.mark.parametrize("kind", ("run", "saved_model", "tflite"))
def test_the_answer_depends_on_the_picture_alone(kind, opened, splits, limit):
    predictor, images = opened(kind), splits.train.images[:7].copy()
    before = images.copy()
    together = predictor.predict(images)
    assert_alike(f"{kind} of a run, other order", predictor.predict(images[::-1])[::-1], together, limit)
    assert_alike(f"{kind} of a run, other batch", predictor.predict(images[2:5]), together[2:5], limit)
    np.testing.assert_array_equal(images, before)
    assert predictor.predict(images[:0]).shape == (0, 3)


@pytest.mark.parametrize("kind", ("run", "saved_model", "tflite"))
def test_threads_may_share_it(kind, opened, splits):
    answers_alike(opened(kind).predict, splits.train.images[::4])


def test_a_tflite_is_opened_without_keras_and_tensorflow(exported):
    """They take seconds and hundreds of megabytes, which a server of such files needs not spend."""
    code = (
        "import sys; from kerasft.predicting.opening import load_predictor; load_predictor(sys.argv[1])\n"
        "assert not {'keras', 'tensorflow', 'keras_hub', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(exported["tflite"])], check=True)


def test_a_moved_file_still_knows_its_classes(tflite, saved_model, splits):
    for path in (tflite, saved_model):
        assert load_predictor(str(path)).class_names == splits.class_names


def test_more_pictures_than_one_batch_keep_their_order(monkeypatch, exported, splits, limit):
    images = splits.train.images[:9]
    whole = load_predictor(exported["run"]).predict(images)
    monkeypatch.setattr(encoder, "BATCH_SIZE", 4)
    assert_alike("a run, other batch", load_predictor(exported["run"]).predict(images), whole, limit)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 9, 9, 3), "uint8"), np.zeros((2, 16, 16, 3), "float32"), np.zeros((16, 16, 3), "uint8")],
    ids=("size", "type", "no batch"),
)
def test_pictures_of_another_shape_or_type_are_refused(images, exported):
    with pytest.raises(
        InputError, match="takes uint8 images of shape.*kerasft.inputs.images.decode.load_image"
    ):
        load_predictor(exported["tflite"]).predict(images)


def write(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.tflite", b"", "the .tflite file is empty"),
        ("model.tflite", b"hello, this is text", "named .tflite and is none"),
        ("model.tflite", b"\x1c\0\0\0TFL3" + b"\0" * 50, "carries no class names"),
        ("model.keras", b"PK", "a .keras file can't predict"),
        ("model.h5", b"", "a .h5 file can't predict"),
        ("model", b"", "a plain file can't predict"),
    ],
)
def test_wrong_files_are_told_apart(name, content, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        load_predictor(write(tmp_path / name, content))
    assert name in str(caught.value) and (
        "give a run folder" in str(caught.value) or "export it again" in str(caught.value)
    )


@pytest.mark.parametrize("keep", (0.05, 0.5, 0.99))
def test_a_truncated_tflite_is_named(keep, tflite):
    content = tflite.read_bytes()
    with pytest.raises(InputError, match="truncated"):
        load_predictor(write(tflite, content[: int(len(content) * keep)]))


def test_a_file_that_litert_refuses_is_named(tmp_path):
    path = write(tmp_path / "model.tflite", b"\x1c\0\0\0TFL3" + b"\7" * 100)
    attach(path, of_images(("a", "b"), 8))
    with pytest.raises(InputError, match="LiteRT can't load the .tflite file: .*export it again"):
        load_predictor(path)


def test_a_description_of_another_model_is_noticed(tflite, splits):
    content = tflite.read_bytes()
    model = content[: content.index(b"PK\x03\x04")]
    names = (*splits.class_names, "one more")
    attach(write(tflite, model), of_images(names, splits.image_size))
    with pytest.raises(
        InputError, match=r"inputs and outputs are not those of its description: .*16, 16, 3.*\(3,\)"
    ):
        load_predictor(tflite)


def test_there_is_nothing(tmp_path):
    with pytest.raises(
        InputError, match="there is no such artifact.*give a run folder, a bundle, a SavedModel folder, a"
    ):
        load_predictor(tmp_path / "nothing")


def test_a_folder_of_something_else_says_what_it_holds(tmp_path):
    (tmp_path / "rose.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="neither a run nor a SavedModel .it holds: rose.jpg."):
        load_predictor(tmp_path)


def test_a_saved_model_that_we_did_not_write_is_never_loaded(saved_model, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.saved_model, "load", lambda path: pytest.fail("it was loaded"))
    (saved_model / "kerasft.json").unlink()
    with pytest.raises(InputError, match="kerasft did not write it; a SavedModel is a program"):
        load_predictor(saved_model)


def test_a_truncated_saved_model_is_named(saved_model):
    (saved_model / "saved_model.pb").write_bytes((saved_model / "saved_model.pb").read_bytes()[:1000])
    with pytest.raises(InputError, match="missing, damaged or not its own .received: saved_model.pb"):
        load_predictor(saved_model)


def test_a_missing_litert_is_told_apart_from_a_broken_one(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)  # as if the import failed
    with pytest.raises(KerasftError, match="ai-edge-litert is installed but broken"):
        load_predictor(exported["tflite"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match="pip install ai-edge-litert"):
        load_predictor(exported["tflite"])


def test_anything_else_is_no_artifact():
    with pytest.raises(InputError, match="this is no artifact .received: int.; give a run folder"):
        as_predictor(3)
