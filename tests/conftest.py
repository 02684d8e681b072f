"""Shared by all tests: no network, tiny images, one tiny run."""

import csv
import dataclasses
import gc
import os
import shutil
import socket
import sys
import tempfile

import numpy as np
import pytest
from PIL import Image

import kerasft  # before any test imports Keras: TensorFlow reads its switches once
from kerasft.base import spelling
from tests.sharing import Shelf, converting_once, loading_once

if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
    # TensorFlow's converter imports JAX where it is installed, for a second or two. What is in JAX: test_jax.py
    sys.modules.setdefault("jax", None)  # type: ignore[arg-type]
# so does Keras IPython, for half a second: notebooks have it already
sys.modules.setdefault("IPython", None)  # type: ignore[arg-type]

pytest_plugins = ("tests.costs", "tests.turns")  # what each test costs and the budget; cases that take turns
CLASSES = ("circle", "noise", "stripes")


def pytest_configure(config):
    """The fast tests have a home of their own, and their workers one thread each.

    More threads cost a tenth of the CPU time to wait for work. The slow tests, and a test that is run alone, take all
    threads, as users do.
    """
    if config.getoption("markexpr") != "not slow":
        return
    if not hasattr(
        config, "workerinput"
    ):  # workers inherit it: what somebody has fetched makes no test slower
        os.environ["KERASFT_HOME"] = tempfile.mkdtemp(prefix="kerasft-home-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ["KERASFT_HOME"], ignore_errors=True))
    else:
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ.setdefault(name, "1")


def pytest_collection_finish():
    """What is loaded by now stays: the garbage collector need not look through all of TensorFlow again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(
        50_000, 20, 50
    )  # tracing makes so many small objects that looking through them takes a tenth


@pytest.fixture(scope="session", autouse=True)
def shelf(tmp_path_factory):
    """Where the workers keep what they share."""
    folder = tmp_path_factory.getbasetemp()
    return Shelf((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "shared")


@pytest.fixture(scope="session", autouse=True)
def quick_exports(shelf):
    """Exports convert the same model once, and time a file in 3 predictions and not in up to 2 seconds of them."""
    if "tensorflow" not in sys.modules:  # no test of this session will export
        yield None
        return
    from kerasft.exporting import measuring

    with pytest.MonkeyPatch.context() as patch, converting_once(shelf) as real:
        patch.setattr(measuring, "MOST_TIMED", 3)
        yield real


@pytest.fixture(scope="session", autouse=True)
def quick_loading():
    """A run's model is loaded once."""
    if "tensorflow" not in sys.modules:
        yield None
        return
    with loading_once() as load:
        yield load


@pytest.fixture
def loading_anew(quick_loading, monkeypatch):
    """For tests of what is loaded: each call of `Run.load_model` loads."""
    monkeypatch.setattr("kerasft.runs.run.Run.load_model", quick_loading)


@pytest.fixture(autouse=True)
def as_typed():
    """Messages have flags, as the command line prints them. What Python says instead: test_spelling.py."""
    with spelling.typed():
        yield


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Any attempt to connect to another machine fails at once."""

    def refuse(self, address):
        raise OSError(f"the tests have no network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def draw(kind: str, rng: np.random.Generator, size: int = 16) -> np.ndarray:
    """Draws one image (size, size, 3) uint8 of a class: easy to tell apart, no two alike."""
    y, x = np.mgrid[:size, :size]
    cy, cx = rng.uniform(0.35, 0.65, 2) * size
    radius = rng.uniform(0.2, 0.35) * size
    masks = {
        "circle": (y - cy) ** 2 + (x - cx) ** 2 < radius**2,
        "noise": rng.random((size, size)) < 0.5,
        "stripes": (x // 2 + rng.integers(2)) % 2 == 0,
    }
    back, front = rng.uniform(0, 90, 3), rng.uniform(160, 255, 3)
    picture = np.where(masks[kind][..., None], front, back) + rng.normal(0, 8, (size, size, 3))
    return np.clip(picture, 0, 255).astype("uint8")


def write_pictures(folder, per_class: int = 20, classes=CLASSES, size: int = 16, seed: int = 0):
    """Writes a folder of class folders of PNGs and returns it."""
    rng = np.random.default_rng(seed)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            Image.fromarray(draw(name, rng, size)).save(folder / name / f"{number:03}.png")
    return folder


@pytest.fixture(scope="session", name="write_pictures")
def write_pictures_fixture():
    """The function `write_pictures`."""
    return write_pictures


@pytest.fixture(scope="session")
def pictures(shelf):
    """A folder of three classes of 20 images of 16 x 16 pixels. Don't write into it."""
    return shelf.get("data", lambda folder: write_pictures(folder / "pictures")) / "pictures"


@pytest.fixture(scope="session")
def splits(pictures):
    """The images at 16 pixels, in three splits."""
    return kerasft.read_images(pictures, 16)


QUICK = [
    *("--backbone", "starter", "--image-size", "16", "--head-epochs", "3", "--tune-epochs", "2"),
    *("--batch-size", "8", "--head-learning-rate", "0.01", "--tune-learning-rate", "0.001"),
]


@pytest.fixture(scope="session")
def made_by_recipe(pictures, shelf):
    """The folder of a run of two short phases, from the shipped weights, by the recipe: with its export and its report.

    Beside it `trained` is what the training alone has left, and `killed` that as of the fourth epoch, the first of the
    phase tune. Don't write into any of them.
    """

    def train(folder):
        from kerasft.cli.main import main
        from kerasft.training import session as fitting

        write, count = fitting.write_checkpoint, 0

        def copying(run_dir, state, variables):
            nonlocal count
            write(run_dir, state, variables)
            count += state.epoch > 0
            if count == 4 and state.epoch:
                shutil.copytree(run_dir, folder / "killed")

        made = folder / "pictures"
        command = ["train", "image-classification", "--data", str(pictures), "--run-dir", str(made), *QUICK]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fitting, "write_checkpoint", copying)
            assert main(command) == 0
        products = shutil.ignore_patterns("evaluation", "exports", "report.html")
        shutil.copytree(made, folder / "trained", ignore=products)

    return shelf.get("run", train) / "pictures"


@pytest.fixture(scope="session")
def trained_and_killed(made_by_recipe):
    """The folders `trained` and `killed` of `made_by_recipe`."""
    return made_by_recipe.with_name("trained"), made_by_recipe.with_name("killed")


@pytest.fixture(scope="session")
def run(splits, trained_and_killed):
    """A finished run of two short phases, from the shipped weights. Don't write into its folder."""
    return dataclasses.replace(kerasft.Run.open(trained_and_killed[0]), in_memory=splits)


@pytest.fixture(scope="session")
def halves(shelf):
    """A run of images whose left half may be red and whose top half may be green, and their folder. Keep them so."""
    from tests import toy_backbone
    from tests.tasks.examples import EXAMPLES

    example = EXAMPLES["image_multilabel"]

    def write(folder):
        folder.mkdir()
        example.read(folder)

    def train(folder):
        phases = kerasft.two_phases(6, 4, head_learning_rate=3e-2, tune_learning_rate=1e-2, unfreeze=1)
        training = kerasft.Training(batch_size=8, augment="none")
        kerasft.fine_tune(example.build(splits), splits, phases, folder / "halves", training, verbose=False)

    folder = shelf.get("halves", write)
    splits = kerasft.read_images_with_labels(folder / "halves.csv", 16)
    toy_backbone.register()
    run = kerasft.Run.open(shelf.get("run of halves", train) / "halves")
    return dataclasses.replace(run, in_memory=splits), folder


@pytest.fixture(scope="session")
def text_run(shelf):
    """A run folder that tells a parcel from an app by words, beside its table and preset. Don't write into it."""
    words = {
        "parcel": ["parcel", "arrived", "never", "items", "broken"],
        "app": ["app", "crashes", "open", "log", "in"],
    }
    # a toy BERT of one layer: to train and to load it takes as long as it has layers
    phases = kerasft.two_phases(
        4, 14, unfreeze=1, patience=14, head_learning_rate=0.03, tune_learning_rate=0.02
    )

    def train(folder):
        from tests.text.conftest import write_preset

        folder.mkdir()
        rng = np.random.default_rng(0)
        with open(folder / "messages.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["message", "about"])
            for number in range(60):
                about = "parcel" if number % 2 else "app"
                writer.writerow([f"the {' '.join(rng.choice(words[about], 4))} {number}", about])
        write_preset("bert", folder / "bert", 1)
        splits = kerasft.read_texts(folder / "messages.csv", text="message", label="about")
        model = kerasft.build_model(
            "text_classification",
            backbone=str(folder / "bert"),
            class_names=splits.class_names,
            sequence_length=16,
        )
        training = kerasft.Training(batch_size=8)
        kerasft.fine_tune(model, splits, phases, folder / "run", training, verbose=False)

    return shelf.get("text run", train) / "run"
