"""What kerasft made is never data; files without a suffix are named."""

import pytest

from kerasft.base.errors import InputError
from kerasft.data.folder import list_folder
from kerasft.data.products import product_of
from kerasft.inputs.texts.text_folder import TEXTS
from kerasft.targets.classes.kind import CLASSES
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts

MADE = {
    "run": ("config.json", "splits.csv"),
    "SavedModel": ("kerasft.json", "saved_model.pb"),
    "exports elsewhere": ("model_int8.tflite", "model_int8.golden.json"),
    "comparison": ("comparison.json", "comparison.csv"),
    "home": ("exported_here",),
}


@pytest.fixture
def data(make, tmp_path):
    return make.classes(tmp_path / "data", {"circle": 4, "square": 4})


def made(folder, make, names) -> None:
    for name in names:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    make.write(folder / "golden", 500)
    make.write(folder, 501, "history.png")


@pytest.mark.parametrize("names", MADE.values(), ids=MADE)
@pytest.mark.parametrize("place", ["saved_models/digits-starter", "run", "circle/run", "a/b/c/run"])
def test_what_kerasft_made_is_left_out_of_images(data, make, names, place):
    made(data / place, make, names)
    splits = read_images(data, 8)
    assert splits.class_names == ("circle", "square")
    assert sum(len(split.ids) for split in (splits.train, splits.validation, splits.test)) == 8
    start = "left out, since kerasft made it: "
    note = next(note for note in splits.notes if note.startswith(start))
    assert place.startswith(note.removeprefix(start).split("/ (")[0])  # or a folder of nothing but this


def test_it_is_left_out_beside_splits_and_of_texts(data, make, tmp_path):
    whole = tmp_path / "whole"
    make.classes(whole / "train", {"a": 4, "b": 4})
    made(whole / "saved_models" / "x", make, MADE["run"])
    made(whole / "run", make, MADE["run"])
    assert read_images(whole, 8).class_names == ("a", "b")
    for name in "ab":
        for number in range(4):
            path = tmp_path / "texts" / name / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"text {number} of {name}")
    made(tmp_path / "texts" / "saved_models" / "x", make, MADE["run"])
    (tmp_path / "texts" / "saved_models" / "x" / "labels.txt").write_text("a\nb\n")
    splits = read_texts(tmp_path / "texts")
    assert splits.class_names == ("a", "b") and any("saved_models/ (runs)" in note for note in splits.notes)


def test_a_run_or_the_home_given_as_data_is_refused(data, make, monkeypatch, tmp_path):
    made(tmp_path / "run", make, MADE["run"])
    with pytest.raises(
        InputError, match="the folder holds a run, not data .*; give the folder of the images"
    ):
        read_images(tmp_path / "run", 8)
    monkeypatch.setenv("KERASFT_HOME", str(data / "cache"))
    make.write(data / "cache" / "digits" / "0", 600)
    assert product_of(data / "cache") == "kerasft's home"
    assert read_images(data, 8).class_names == ("circle", "square")


def test_images_without_a_suffix_are_named(data):
    for path in list(data.glob("circle/*.png")):
        path.rename(path.with_suffix(""))
    (data / "circle" / "README").write_text("about circles")
    with pytest.raises(InputError, match="a class folder has no images"):
        read_images(data, 8)
    for path in list(data.glob("square/*.png")):
        path.rename(path.with_suffix(""))
    with pytest.raises(
        InputError, match="the images in the class folders have no suffix .received: 8 files, such as"
    ):
        read_images(data, 8)


def test_some_without_a_suffix_are_noted(data, make):
    (data / "circle" / "000.png").rename(data / "circle" / "000")
    notes = read_images(data, 8).notes
    assert "1 image without a suffix left out, to be read once they have one: circle/000" in notes


def test_texts_without_a_suffix_are_named_as_20_newsgroups_has_them(tmp_path):
    for name in ("rec.autos", "sci.space"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "logo").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
        (tmp_path / name / "101").write_bytes(b"Caf\xe9 of " + name.encode())
    with pytest.raises(InputError, match="the texts in the class folders have no suffix .received: 2 files"):
        list_folder(tmp_path, CLASSES, kind=TEXTS)


def test_files_of_other_kinds_are_counted_and_tables_are_named(tmp_path, data):
    for path in list(data.glob("*/*.png")):
        path.rename(path.with_suffix(".raw"))
    with pytest.raises(InputError, match="no images in 2 classes, but 8 other files, such as circle/000.raw"):
        read_images(data, 8)
    for name in ("train.txt", "train.json"):
        (tmp_path / name).write_text("path label")
        with pytest.raises(
            InputError,
            match="a table of images is a .csv, .tsv, .jsonl or .parquet with the columns path and label",
        ):
            read_images(tmp_path / name, 8)


@pytest.mark.parametrize("name", ["test", "val"])
def test_a_split_without_classes_beside_train_is_named(make, tmp_path, name):
    make.classes(tmp_path / "train", {"a": 4, "b": 4})
    (tmp_path / name).mkdir()
    with pytest.raises(InputError) as error:
        read_images(tmp_path, 8)
    assert str(error.value) == (
        f"{name}/ beside train/ is empty (received: {tmp_path}/{name}); put the class folders of that split into it, "
        "or remove it: then the images are drawn from train/"
    )
    make.write(tmp_path / name, 900)
    with pytest.raises(
        InputError, match=f"{name}/ beside train/ has images and no class folders .*kerasft predict"
    ):
        read_images(tmp_path, 8)
