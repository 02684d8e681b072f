"""COCO's JSON: shapes are filled as pycocotools fills them, painted into masks, read, restored, or refused in words."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.splits import SPLITS
from kerasft.targets.masks.decoding import BrokenMaskError
from kerasft.targets.masks.shapes import BrokenShapeError, counts_of, decode_runs, fill
from kerasft.tasks.image_segmentation.coco import Painting
from tests.data.test_masks import everything, restored


def test_run_lengths_are_those_of_pycocotools():
    """What `pycocotools.mask.encode` 2.0.11 wrote of this mask."""
    mask = np.zeros((9, 7), bool)
    mask[2:5, 1:4] = mask[7, 6] = True
    np.testing.assert_array_equal(decode_runs(counts_of(";36000g0NTO"), 9, 7), mask)
    np.testing.assert_array_equal(fill({"size": [9, 7], "counts": [11, 3, 6, 3, 6, 3, 29, 1, 1]}, 9, 7), mask)


def test_a_polygon_has_the_pixels_whose_centre_is_in_it():
    square = [10, 10, 20, 10, 20, 20, 10, 20]
    expected = np.zeros((30, 40), bool)
    expected[10:20, 10:20] = True
    np.testing.assert_array_equal(fill([square], 30, 40), expected)
    np.testing.assert_array_equal(fill([[10, 20, 20, 20, 20, 10, 10, 10]], 30, 40), expected)
    beyond = fill([[-50, -50, 90, -50, 90, 5, -50, 5]], 30, 40)
    assert beyond[:5].all() and not beyond[5:].any()
    two = fill([square, [0, 0, 4, 0, 4, 4, 0, 4]], 30, 40)
    assert two.sum() == 116
    triangle = fill([[0, 0, 40, 0, 0, 30]], 30, 40)
    rows, columns = np.mgrid[:30, :40] + 0.5
    np.testing.assert_array_equal(triangle, columns / 40 + rows / 30 < 1)


@pytest.mark.parametrize(
    "shape, message",
    [
        ([[1, 2, 3, 4]], "three points or more"),
        ([[1, 2, 3, 4, 5, "x"]], "something else than numbers"),
        ([[1, 2, 3, 4, 5, float("nan")]], "something else than numbers"),
        (None, "neither polygons nor run lengths"),
        ({"size": [4, 5], "counts": [20]}, "neither polygons nor run lengths of the image's size"),
        ({"size": [5, 4], "counts": [19]}, "fill 19 pixels of 20"),
        ({"size": [5, 4], "counts": [-1, 21]}, "something else than whole numbers"),
        ({"size": [5, 4], "counts": "P"}, "end within a number"),
        ({"size": [5, 4], "counts": "\u00e9"}, "a character that stands for nothing"),
        ({"size": [5, 4], "counts": "o" * 50}, "end within a number"),
        ({"size": [5, 4], "counts": 3}, "no list of numbers"),
    ],
)
def test_shapes_that_are_none(shape, message):
    with pytest.raises(BrokenShapeError, match=message):
        fill(shape, 5, 4)


def box(x, y, side):
    return [[x, y, x + side, y, x + side, y + side, x, y + side]]


def test_small_shapes_lie_on_large_ones():
    painting = Painting("a", 10, 10, [("dog", box(2, 2, 3)), ("cat", box(0, 0, 8))])
    mask = painting.paint({"background": 0, "cat": 1, "dog": 2})
    assert mask[3, 3] == 2 and mask[0, 0] == 1 and mask[9, 9] == 0
    with pytest.raises(BrokenMaskError, match="it has a 'dog', which is none of the classes"):
        painting.paint({"background": 0, "cat": 1})


def write(folder, count=24, name="instances.json", first=0, categories=("cat", "dog")):
    """Images with a square each."""
    images, shapes = [], []
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        pixels = np.random.default_rng(number).integers(0, 255, (12, 16, 3)).astype("uint8")
        Image.fromarray(pixels).save(folder / "images" / f"{number:02}.png")
        images.append({"id": number, "file_name": f"{number:02}.png", "height": 12, "width": 16})
        kind = 7 + number % 2
        shapes.append({"id": number, "image_id": number, "category_id": kind, "segmentation": box(4, 2, 6)})
    named = [{"id": 7 + k, "name": category} for k, category in enumerate(categories)]
    (folder / name).write_text(json.dumps({"images": images, "annotations": shapes, "categories": named}))
    return folder / name


def read(source, **options):
    return kerasft.read_images_with_masks(source, 16, **options)


def test_a_file_of_instances(tmp_path):
    splits = read(write(tmp_path / "data"))
    assert splits.schema.class_names == ("background", "cat", "dog") and splits.schema.values == (0, 1, 2)
    for split in SPLITS:
        part = getattr(splits, split)
        for name, mask in zip(part.ids, part.targets, strict=True):
            assert (mask[3:10, 4:10] == 1 + int(Path(name).stem) % 2).all() and (mask[:, 11:] == 0).all()
    again = restored(splits, tmp_path / "splits.csv", 16)
    assert again.schema == splits.schema
    np.testing.assert_array_equal(everything(again), everything(splits))


def test_other_numbers_of_the_same_classes_mean_the_same(tmp_path):
    """A test set whose file has its categories in another order."""
    train = write(tmp_path / "a")
    splits = read(train, test_data=write(tmp_path / "b", first=40, categories=("dog", "cat")))
    numbers = {
        int(Path(name).stem) % 2: int(mask[5, 6])
        for name, mask in zip(splits.test.ids, splits.test.targets, strict=True)
    }
    assert numbers == {0: 2, 1: 1}
    with pytest.raises(InputError, match="it has a 'cow', which is none of the classes"):
        read(train, test_data=write(tmp_path / "c", first=40, categories=("dog", "cow")))


def test_categories_of_one_name_are_one_class_and_told_or_refused(tmp_path):
    path = write(tmp_path, categories=("cat", "cat"))
    splits = read(path)
    assert splits.schema.class_names == ("background", "cat")
    said = "2 categories of the JSON are called 'cat' (ids 7, 8): they are one class"
    assert said in splits.notes
    values = json.loads(path.read_text())
    for each, above in zip(values["categories"], ("pets", "machines"), strict=True):
        each["supercategory"] = above
    for shape in values["annotations"]:
        shape["bbox"] = [4, 2, 6, 6]
    path.write_text(json.dumps(values))
    for read_it in (read, lambda given: kerasft.read_images_with_boxes(given, 32)):
        with pytest.raises(
            InputError, match="'cat' is a category of machines, pets, and two classes need two .*; rename one"
        ):
            read_it(path)
    for each in values["categories"]:
        each["supercategory"] = ""
    path.write_text(json.dumps(values))
    assert said in kerasft.read_images_with_boxes(path, 32).notes


def test_polygons_in_shares_of_the_image_are_refused(tmp_path):
    path = write(tmp_path)
    values = json.loads(path.read_text())
    for shape in values["annotations"]:
        points = shape["segmentation"][0]
        points[::2], points[1::2] = [x / 16 for x in points[::2]], [y / 12 for y in points[1::2]]
    path.write_text(json.dumps(values))
    with pytest.raises(InputError) as caught:
        read(path)
    (said,) = map(str, caught.value.problems)
    assert said.startswith(
        "24 masks can't be used, the polygons lie within one pixel, as shares of the image do"
    )
    assert said.endswith("multiply x by the width of the image and y by its height")
    one = Painting("a", 12, 16, [("cat", [[0.1, 0.1, 0.9, 0.1, 0.9, 0.9]]), ("dog", box(2, 2, 3))])
    assert one.paint({"background": 0, "cat": 1, "dog": 2}).any(), "a speck beside a thing in pixels"


def test_a_folder_that_roboflow_exported(tmp_path):
    for name, first in (("train", 0), ("valid", 30), ("test", 60)):
        path = write(tmp_path / name, count=6, first=first, name="_annotations.coco.json")
        values = json.loads(path.read_text())
        values["categories"].insert(0, {"id": 0, "name": "animals", "supercategory": "none"})
        path.write_text(json.dumps(values))
    splits = read(tmp_path)
    assert [len(getattr(splits, name)) for name in SPLITS] == [6, 6, 6]
    assert splits.schema.class_names == ("background", "cat", "dog")


def test_a_folder_as_coco_and_cvat_have_it(tmp_path):
    for name, first in (("train2017", 0), ("val2017", 30)):
        path = write(tmp_path / name, count=9, first=first, name=f"instances_{name}.json")
        (tmp_path / "annotations").mkdir(exist_ok=True)
        path.rename(tmp_path / "annotations" / path.name)
        (tmp_path / name / "images").rename(tmp_path / "moved")
        (tmp_path / name).rmdir()
        (tmp_path / "moved").rename(tmp_path / name)
    splits = read(tmp_path)
    assert all(each.startswith("train2017/") for each in (*splits.train.ids, *splits.test.ids))
    assert all(each.startswith("val2017/") for each in splits.validation.ids) and len(splits.validation) == 9
    path = write(tmp_path / "cvat", name="instances_default.json")
    (tmp_path / "cvat" / "annotations").mkdir()
    path.rename(tmp_path / "cvat" / "annotations" / path.name)
    splits = read(tmp_path / "cvat")
    assert len(everything(splits)) == 24 and splits.train.ids[0].startswith("images/")


def test_images_elsewhere_and_images_that_are_not_there(tmp_path):
    path = write(tmp_path / "data")
    moved = path.rename(tmp_path / "instances.json")
    with pytest.raises(InputError, match="none of the images that the JSON names is there .*--data-dir"):
        read(moved)
    (tmp_path / "data" / "images" / "05.png").unlink()
    splits = read(moved, data_dir=tmp_path / "data" / "images")
    assert len(everything(splits)) == 23 and "1 image not found, left out: 05.png" in splits.notes


@pytest.mark.parametrize(
    "change, message",
    [
        ("{", "the JSON can't be read"),
        ("[]", "it holds no object"),
        ('{"images": []}', "it has no list of annotations, categories"),
        (
            '{"images": [{"id": 1}], "annotations": [], "categories": []}',
            "the annotations can't be used: 'file_name'",
        ),
        (
            '{"images": [{"id": 1, "file_name": "a", "height": 0, "width": 1}], "annotations": [], "categories": []}',
            "an image is 0 pixels high or wide",
        ),
        (
            '{"images": [], "categories": [], "annotations": [{"id": 5, "category_id": 1, "image_id": 2}]}',
            "annotation 5 is of the category 1, which is not listed",
        ),
        (
            '{"images": [{"id": 2, "file_name": "a"}], "categories": [{"id": 1, "name": "cat"}], '
            '"annotations": [{"id": 5, "category_id": 1, "image_id": "2"}]}',
            "annotation 5 is of the image '2', which is not listed",
        ),
        (
            '{"images": [{"id": 2, "file_name": "a"}, {"id": 2, "file_name": "b"}], "categories": [], '
            '"annotations": []}',
            "two images have the id 2",
        ),
        (
            '{"images": [], "categories": [{"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}], "annotations": []}',
            "two categories have the id 1",
        ),
    ],
)
def test_what_is_no_coco(change, message, tmp_path):
    (tmp_path / "a.json").write_text(change)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.json")


def test_a_wrong_size_and_classes_without_background_are_told(tmp_path):
    path = write(tmp_path / "data")
    with pytest.raises(InputError, match="the classes have no background"):
        read(path, classes="cat,dog")
    values = json.loads(path.read_text())
    values["images"][3]["height"] = 13
    path.write_text(json.dumps(values))
    with pytest.raises(
        InputError, match="it has 16 x 13 pixels, and its image 16 x 12 .*03.png in instances.json"
    ):
        read(path)
