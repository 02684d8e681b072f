"""Pipes, devices, sparse files and links where a file is expected: refused at once, and nothing else is touched."""

import os
import shutil

import pytest

import kerasft
from kerasft.base import bounded, untrusted
from kerasft.base.errors import InputError
from kerasft.base.files import clear_partial
from kerasft.base.locking import locked
from kerasft.cli.main import main
from kerasft.formats import description as artifact
from kerasft.inputs.texts.backbones.presets import find_text_preset
from kerasft.networks.presets import find_preset
from kerasft.runs.folder import new_run_dir
from kerasft.runs.run import Run
from tests.descriptions import of_images

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


def pipe(path):
    os.mkfifo(path)


def hollow(path):
    """20 GB of nothing, which tar keeps as it is."""
    with open(path, "wb") as file:
        file.truncate(20_000_000_000)


def device(path):
    path.symlink_to("/dev/zero")


SPECIAL = (pipe, hollow, device)


def place(make, path):
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "result.json",
        "splits.csv",
        "best.weights.safetensors",
        "calibration.json",
        "labels.txt",
    ],
)
def test_in_a_run_folder(name, make, handed_in):
    place(make, handed_in / name)
    refused = []
    for use in (
        kerasft.bundle,
        lambda run: Run.open(run).splits(),
        lambda run: Run.open(run).check_weights("best"),
    ):
        try:
            use(handed_in)
        except InputError as error:
            refused.append(str(error))
    # what is not read there can't harm: a hollow labels.txt is refused by the bundle for its size
    assert len(refused) >= 1 and all(str(handed_in) in each or name in each for each in refused)


@pytest.fixture
def saved_model(tmp_path):
    folder = tmp_path / "saved_model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"index")
    description = of_images(("a", "b"), 16, quantization="saved_model")
    artifact.write_beside_saved_model(folder, description)
    return folder


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    "name", ["kerasft.json", "saved_model.pb", "variables/variables.index", "assets/more", "labels.txt"]
)
def test_in_a_saved_model_also_with_trust(name, make, saved_model, capsys):
    assert artifact.read_saved_model(saved_model).class_names == ("a", "b")
    place(make, saved_model / name)
    for more in ([], ["--trust"]):
        assert main(["predict", *more, str(saved_model), "x.png"]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1


def test_a_link_in_a_saved_model_is_refused_whatever_it_leads_to(saved_model, tmp_path):
    """What was hashed and what TensorFlow reads later may be two things, and hashing follows no link to a folder."""
    shutil.copytree(saved_model / "variables", tmp_path / "elsewhere")
    (saved_model / "assets").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(InputError, match="a link is in the SavedModel .received: assets"):
        artifact.read_saved_model(saved_model)


def test_a_description_inside_of_a_saved_model_is_hashed_too(saved_model):
    (saved_model / "assets").mkdir()
    (saved_model / "assets" / "kerasft.json").write_text("{}")
    with pytest.raises(InputError, match="missing, damaged or not its own .received: assets/kerasft.json"):
        artifact.read_saved_model(saved_model)


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_as_a_table_of_texts(name, make, tmp_path):
    make(tmp_path / name)
    with pytest.raises(InputError, match="is no plain file|sparse file|larger than 4000000000"):
        kerasft.read_texts(tmp_path / name)


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
def test_as_a_table_of_pictures_and_as_a_text_of_its_own(make, tmp_path):
    make(tmp_path / "a.csv")
    with pytest.raises(InputError, match="is no plain file|sparse file|larger than 4000000000"):
        kerasft.read_images(tmp_path / "a.csv", 16)
    for name in ("good", "bad"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        for number in range(5):
            (tmp_path / "texts" / name / f"{number}.txt").write_text(f"{name} {number}")
    make(tmp_path / "texts" / "good" / "x.txt")
    with pytest.raises(
        InputError,
        match="x.txt",
    ):
        kerasft.read_texts(tmp_path / "texts")


@pytest.mark.parametrize("make", SPECIAL, ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "vocab.txt", "model.safetensors", "model.weights.h5"]
)
def test_in_a_preset(name, make, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    place(make, tmp_path / name)
    for find in (find_text_preset, lambda folder: find_preset(f"hub:{folder}")):
        with pytest.raises(InputError, match="no plain file|sparse file|larger than 64000000"):
            find(str(tmp_path))


def test_as_an_exported_file(tmp_path, capsys):
    for suffix in (".tflite", ".onnx", ".kerasft"):
        for make in SPECIAL:
            place(make, tmp_path / f"a{suffix}")
            assert main(["predict", str(tmp_path / f"a{suffix}"), "x.png"]) == 2
            assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("name", [".lock", ".lock-owner"])
def test_a_lock_that_is_a_link_never_reaches_other_files(name, handed_in, tmp_path):
    (tmp_path / "diary.txt").write_text("dear diary")
    (handed_in / name).symlink_to(tmp_path / "diary.txt")
    with pytest.raises(InputError, match="the lock of the folder is no plain file"), locked(handed_in):
        pytest.fail("it was locked")
    with pytest.raises(InputError, match="the lock of the folder is no plain file"):
        new_run_dir(handed_in, "", overwrite=True)
    assert (tmp_path / "diary.txt").read_text() == "dear diary" and (handed_in / "config.json").is_file()


@pytest.mark.parametrize("name", [".lock", ".lock-owner"])
def test_a_lock_that_is_a_pipe_is_not_waited_for(name, handed_in):
    os.mkfifo(handed_in / name)
    with pytest.raises(InputError, match="the lock of the folder is no plain file"), locked(handed_in):
        pytest.fail("it was locked")


def test_overwriting_removes_links_and_not_what_they_lead_to(handed_in, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"x")
    (handed_in / "exports").symlink_to(tmp_path / "photos", target_is_directory=True)
    (handed_in / ".partial-x").symlink_to(tmp_path / "photos", target_is_directory=True)
    (tmp_path / "photos" / ".lock").write_text("")
    (tmp_path / "photos" / "previous").mkdir()
    clear_partial(handed_in)
    new_run_dir(handed_in, "", overwrite=True)
    assert sorted(each.name for each in (tmp_path / "photos").iterdir()) == [".lock", "one.jpg", "previous"]
    assert list(handed_in.iterdir()) == []


def test_a_run_folder_that_is_a_link_is_not_overwritten(handed_in, tmp_path):
    (tmp_path / "link").symlink_to(handed_in, target_is_directory=True)
    with pytest.raises(InputError, match="the run folder is a link.*--run-dir .*handed_in"):
        new_run_dir(tmp_path / "link", "", overwrite=True)
    assert (handed_in / "config.json").is_file()


def test_links_to_files_are_fine_in_a_preset(tmp_path):
    """The cache of the Hugging Face hub is made of them."""
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "1").write_text("{}")
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "config.json").symlink_to("../blobs/1")
    untrusted.check_folder(tmp_path / "snapshot", "preset", links="files")
    assert bounded.read_bytes(tmp_path / "snapshot" / "config.json", 9) == b"{}"


NO_FILES = pytest.mark.parametrize(
    ("make", "is_a"), [(pipe, "a named pipe"), (device, "a device"), (os.mkdir, "a folder")]
)


def assert_told(command, is_a, capsys):
    assert main(command) == 2
    error = capsys.readouterr().err
    assert f"it is no plain file but {is_a}" in error and error.count("\n") == 1, error


@NO_FILES
def test_what_is_no_file_is_not_said_to_be_missing(make, is_a, saved_model, handed_in, tmp_path, capsys):
    """Where a file is looked for before the folder is walked."""
    place(make, saved_model / "kerasft.json")
    place(make, handed_in / "config.json")
    place(make, tmp_path / "a.tflite")
    assert_told(["predict", str(saved_model), "x.png"], is_a, capsys)
    assert_told(["evaluate", str(handed_in)], is_a, capsys)
    if make is not os.mkdir:
        assert_told(["predict", str(tmp_path / "a.tflite"), "x.png"], is_a, capsys)


@pytest.mark.slow
@NO_FILES
def test_weights_that_are_no_file_are_not_said_to_be_missing(make, is_a, tmp_path, capsys):
    for name, options in (("a.h5", []), ("a.safetensors", ["--backbone", "starter"])):
        place(make, tmp_path / name)
        assert_told(
            ["train", "image-classification", "--weights", str(tmp_path / name), *options], is_a, capsys
        )
