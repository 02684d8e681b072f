"""Drawing, copies, and the file that fixes a draw for a run (trap 16)."""

import csv
import shutil

import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.digits import write_digits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.classes.schema import Classes
from kerasft.tasks.image_classification.reading import read_images
from tests.restoring import restore_splits

PARTS = ("train", "validation", "test")


def parts(splits):
    return [getattr(splits, name) for name in PARTS]


def test_stratified_disjoint_and_complete(make, tmp_path):
    make.classes(tmp_path, {"a": 40, "b": 20, "c": 4})
    splits = read_images(tmp_path, 8, validation_share=0.2, test_share=0.1)
    counts = [np.bincount(part.labels, minlength=3).tolist() for part in parts(splits)]
    assert counts == [[28, 14, 2], [8, 4, 1], [4, 2, 1]]
    ids = [name for part in parts(splits) for name in part.ids]
    assert len(ids) == len(set(ids)) == 64
    hashes = [set(part.hashes) for part in parts(splits)]
    assert not (hashes[0] & hashes[1] or hashes[0] & hashes[2] or hashes[1] & hashes[2])
    assert all(part.ids == tuple(sorted(part.ids)) for part in parts(splits))


def test_the_draw_depends_on_the_seed_alone(make, tmp_path):
    make.classes(tmp_path, {"a": 12, "b": 12})
    first, again, other = (read_images(tmp_path, 8, seed=seed) for seed in (3, 3, 4))
    assert [part.ids for part in parts(first)] == [part.ids for part in parts(again)]
    assert np.array_equal(first.test.images, again.test.images)
    assert first.test.ids != other.test.ids
    assert read_images(tmp_path, 6, seed=3).test.ids == first.test.ids


def test_other_classes_do_not_move_the_draw_of_a_class(make, tmp_path):
    make.classes(tmp_path, {"a": 12, "b": 12})
    before = read_images(tmp_path, 8)
    make.classes(tmp_path, {"c": 12}, 500)
    after = read_images(tmp_path, 8)
    assert before.test.ids == tuple(name for name in after.test.ids if not name.startswith("c/"))


def test_copies_stay_on_one_side(make, tmp_path):
    """Ten images, each four times: as the same file, and encoded anew."""
    make.classes(tmp_path, {"a": 5, "b": 5})
    for path in list(tmp_path.glob("*/*.png")):
        for copy in ("x", "y"):
            shutil.copy(path, path.with_stem(path.stem + copy))
        make.picture(int(path.stem), 8, 8).save(path.with_suffix(".bmp"))
    for seed in range(5):
        splits = read_images(tmp_path, 8, seed=seed)
        stems = [{name[:5] for name in part.ids} for part in parts(splits)]
        assert sum(map(len, stems)) == 10
        assert "30 exact copies of other images, kept in one split" in splits.notes
        assert sum(len(part.ids) for part in parts(splits)) == 40


def test_copies_across_given_splits_are_left_out_of_training(make, tmp_path):
    make.classes(tmp_path / "train", {"a": 8, "b": 8}, 0)
    make.classes(tmp_path / "validation", {"a": 2, "b": 2}, 100)
    make.classes(tmp_path / "test", {"a": 2, "b": 2}, 200)
    shutil.copy(tmp_path / "test/a/200.png", tmp_path / "train/a/leak.png")
    shutil.copy(tmp_path / "test/a/200.png", tmp_path / "validation/a/leak.png")
    shutil.copy(tmp_path / "validation/b/102.png", tmp_path / "train/b/leak.png")
    splits = read_images(tmp_path, 8)
    assert [len(part.ids) for part in parts(splits)] == [16, 4, 4]
    assert "1 image of train left out, being in test too: train/a/leak.png" in splits.notes
    assert "1 image of train left out, being in validation too: train/b/leak.png" in splits.notes
    assert "1 image of validation left out, being in test too: validation/a/leak.png" in splits.notes


def test_one_picture_in_two_classes(make, tmp_path):
    make.classes(tmp_path, {"a": 6, "b": 6})
    shutil.copy(tmp_path / "a/000.png", tmp_path / "b/copy.png")
    with pytest.raises(InputError) as error:
        read_images(tmp_path, 8)
    assert str(error.value) == (
        "the same image is in two classes (received: a/000.png as 'a' and b/copy.png as 'b'); "
        "keep the right one, or leave them all out with --skip-broken"
    )
    splits = read_images(tmp_path, 8, skip_broken=True)
    assert splits.skipped == (
        "a/000.png: the same image is in two classes",
        "b/copy.png: the same image is in two classes",
    )
    assert sum(len(part.ids) for part in parts(splits)) == 11


def test_broken_and_contradictory_pictures_are_listed_together(make, tmp_path):
    make.classes(tmp_path, {"a": 6, "b": 6})
    shutil.copy(tmp_path / "a/000.png", tmp_path / "b/copy.png")
    for number in range(25):
        (tmp_path / "b" / f"broken {number:02}.jpg").write_bytes(b"")
    with pytest.raises(InputError) as error:
        read_images(tmp_path, 8)
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("25 images can't be decoded, the file is empty")
    assert "(received: b/broken 00.jpg, b/broken 01.jpg, b/broken 02.jpg and 22 more); repair" in lines[0]
    assert lines[1].startswith("the same image is in two classes")


@pytest.fixture
def drawn(make, tmp_path):
    root = make.classes(tmp_path / "data", {"a": 6, 'b, "c"': 6})
    splits = read_images(root, 8, seed=5)
    return splits, write_splits(splits, tmp_path / "run" / "splits.csv")


def restore(splits, path, **changes):
    values = {
        "source": splits.source,
        "class_names": splits.class_names,
        "image_size": 8,
        "resize": "stretch",
    }
    return restore_splits(path, **{**values, **changes})


def assert_equal_splits(one, other):
    for first, second in zip(parts(one), parts(other), strict=True):
        assert first.ids == second.ids and first.hashes == second.hashes
        assert np.array_equal(first.images, second.images) and np.array_equal(first.labels, second.labels)


def test_the_file_and_back(drawn):
    splits, path = drawn
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["split", "label", "id", "sha256"]
    assert len(rows) == 12 and {row["label"] for row in rows} == {"a", 'b, "c"'}
    assert_equal_splits(splits, restore(splits, path, seed=5))
    moved = shutil.move(splits.source, path.parent / "moved")
    assert_equal_splits(splits, restore(splits, path, source=moved))


def test_new_pictures_do_not_change_a_restored_run(drawn, make):
    splits, path = drawn
    make.classes(path.parent.parent / "data", {"a": 5, "new": 5}, 100)
    assert_equal_splits(splits, restore(splits, path))


def test_missing_and_changed_pictures_are_listed_together(drawn, make):
    splits, path = drawn
    root = path.parent.parent / "data"
    (root / "a/000.png").unlink()
    make.write(root / "a", 77, "001.png")
    (root / "a/002.png").write_bytes(b"")
    with pytest.raises(InputError) as error:
        restore(splits, path)
    lines = sorted(str(error.value).splitlines())
    start = "an image of this run is not what it was, "
    end = f"; restore it in {root}, or train again"
    assert lines == [
        f"{start}its content has changed (received: a/001.png){end}",
        f"{start}the file does not exist (received: a/000.png){end}",
        f"{start}the file is empty (0 bytes) (received: a/002.png){end}",
    ]


def test_files_that_are_no_splits(drawn, tmp_path):
    splits, path = drawn
    for content, text in (
        ("", "not a splits file"),
        ("a,b\n1,2\n", "not a splits file"),
        ("split,label,id,sha256\ntrain,zebra,x,y\n", "row 1 of the splits file is damaged"),
        ("split,label,id,sha256\ntrain,a,x,y\ntest,a,x,y\n", "row 2 of the splits file is damaged"),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=text):
            restore(splits, path)
    with pytest.raises(InputError, match="the splits file can't be read"):
        restore(splits, tmp_path / "nowhere.csv")
    path.write_text("split,label,id,sha256\n")
    with pytest.raises(
        InputError, match="the data of this run is not where it was .*nowhere.*; put it back, or give"
    ):
        restore(splits, path, source=str(tmp_path / "nowhere"))


def test_arrays_can_not_be_restored(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    splits = read_images(images, 8, labels=np.arange(12) % 2)
    with pytest.raises(InputError, match="the images of this run were arrays in memory, which are not kept"):
        restore(splits, write_splits(splits, tmp_path / "splits.csv"))


def test_restore_from_a_csv(make, tmp_path):
    make.classes(tmp_path / "pictures", {"a": 5, "b": 5})
    rows = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in sorted(tmp_path.glob("*/*/*.png"))]
    (tmp_path / "t").mkdir()
    table = tmp_path / "t" / "data.csv"
    table.write_text("path,label\n" + "\n".join(rows))
    splits = read_images(table, 8, data_dir=tmp_path)
    path = write_splits(splits, tmp_path / "splits.csv")
    assert_equal_splits(splits, restore(splits, path, data_dir=splits.data_dir))


def test_the_embedded_digits(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    splits = read_images("digits", 8)
    assert splits.class_names == tuple("0123456789") and splits.source == "digits"
    assert sum(len(part.ids) for part in parts(splits)) == 1797  # as UCI has them
    from sklearn.datasets import load_digits

    digits = load_digits()
    for image, label, name in zip(splits.test.images, splits.test.labels, splits.test.ids, strict=True):
        number = int(name[2:6])
        assert label == digits.target[number]
        assert np.abs(image[..., 0] * (16 / 255) - digits.images[number]).max() < 0.04
    folder = tmp_path / "home" / "digits"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}
    contents = {path: path.read_bytes() for path in before}
    assert write_digits() == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")} == before
    (folder / "3" / "0003.png").unlink()
    other = (folder / "4" / "0004.png").read_bytes()
    (folder / "5" / "0005.png").write_bytes(other)  # a whole image, of another digit
    (folder / "6" / "0006.png").write_bytes(other[:40])
    write_digits()
    assert {path.name for path in before} == {path.name for path in folder.rglob("*.png")}
    assert {path: path.read_bytes() for path in before} == contents


@pytest.mark.slow
def test_the_embedded_digits_come_back_from_the_list(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))
    splits = read_images("digits", 8)
    assert_equal_splits(splits, restore(splits, write_splits(splits, tmp_path / "splits.csv")))


def test_digits_that_can_not_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "file"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UnavailableError, match="the digits can't be written .*; set KERASFT_HOME to a folder"
    ):
        read_images("digits", 8)


def test_subset_keeps_rows_together(drawn):
    split = drawn[0].train
    small = split.subset([3, 0])
    assert small.ids == (split.ids[3], split.ids[0]) and small.hashes == (split.hashes[3], split.hashes[0])
    assert np.array_equal(small.images, split.images[[3, 0]]) and len(small) == 2


def test_splits_print_as_what_was_read():
    split = ImageSplit(
        "train", np.zeros((5, 8, 8, 3), "uint8"), np.zeros(5, "int32"), tuple("abcde"), tuple("abcde")
    )
    parts = split, split.subset([0]), split.subset([1, 2])
    splits = ImageSplits(*parts, Classes(("x", "y")), ImageReading(8), "/data/flowers", 0,
                    skipped=("b.jpg: empty file",), notes=("2 copies left out",))  # fmt: skip
    assert str(splits) == (
        "flowers: 8 images of 2 classes, 8 x 8 pixels (train 5, validation 1, test 2)\n"
        "  note: 2 copies left out\n"
        "  left out: b.jpg: empty file"
    )
    assert len(repr(splits)) < 400
