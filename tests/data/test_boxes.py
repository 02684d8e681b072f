"""Images with boxes, as other tools export them: read, restored, cut at their edges, or refused in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.splits import SPLITS
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.digit_scenes import paint_scenes
from kerasft.inputs.images.splits import ImageReading
from kerasft.targets.boxes.spelling import boxes_of_label
from kerasft.tasks.object_detection import sample
from kerasft.tasks.object_detection.reading import (
    read_images_with_boxes,
    read_labelled_boxes,
    restore_box_splits,
)
from tests.data import boxes as made

ALL = {number: sorted(made.rows_of(number)) for number in range(40)}


def read(source, **options):
    return read_images_with_boxes(source, 32, **options)


def found_in(splits):
    """Returns the boxes of each image by its number."""
    found = {}
    for name in SPLITS:
        split = getattr(splits, name)
        for row, each in enumerate(split.ids):
            size, boxes = boxes_of_label(splits.schema.to_text(split.targets, row))
            assert size == (made.WIDTH, made.HEIGHT)
            found[int(Path(each).stem[-2:])] = boxes
    return found


def every_id(splits):
    return {each for name in SPLITS for each in getattr(splits, name).ids}


def plain(boxes):
    return [(box.name, *box.corners) for box in boxes]


def nearly(found):
    """Whether all boxes are those that were written, within what six digits of a share are worth."""
    for number, boxes in found.items():
        assert [box.name for box in boxes] == [name for name, *_ in ALL[number]], number
        corners = np.array([box.corners for box in boxes]).reshape(-1, 4)
        expected = np.array([each[1:] for each in ALL[number]], float).reshape(-1, 4)
        np.testing.assert_allclose(corners, expected, atol=5e-5)
    return True


def data_of(splits):
    given = {"source": splits.source, "data_dir": splits.data_dir, "columns": None}
    return {**given, "validation_data": splits.validation_data, "test_data": splits.test_data}


WHOLE = {
    "coco": made.coco,
    "coco of cvat": made.cvat_coco,
    "coco of label studio": made.label_studio_coco,
    "voc without lists": lambda folder: made.voc(folder, lists=False),
    "voc of cvat": made.cvat_voc,
    "yolo of cvat": made.cvat_yolo,
    "yolo of label studio": made.label_studio_yolo,
}
DIVIDED = {
    "coco of roboflow": (made.roboflow_coco, [20, 6, 6]),
    "voc of roboflow": (made.roboflow_voc, [20, 6, 6]),
    "yolo of roboflow": (made.roboflow_yolo, [20, 6, 6]),
    "voc": (made.voc, [18, 6, 5]),
}


@pytest.mark.parametrize("form", WHOLE)
def test_every_form_has_the_boxes_that_were_exported(form, tmp_path):
    splits = read(WHOLE[form](tmp_path / "data"))
    found = found_in(splits)
    assert set(found) == set(range(30)) and nearly(found)
    assert splits.schema.class_names == (("cat", "dog", "fox") if form == "voc of cvat" else ("cat", "dog"))
    assert ("no box is of 1 class of the list: fox" in splits.notes) == (form == "voc of cvat")
    assert not any("cut at" in note or "left out" in note for note in splits.notes)
    assert "6 images" in " ".join(splits.notes) or sum(not boxes for boxes in found.values()) == 6


@pytest.mark.parametrize("form", DIVIDED)
def test_splits_of_the_data_are_taken(form, tmp_path):
    write, sizes = DIVIDED[form]
    splits = read(write(tmp_path / "data"))
    assert [len(getattr(splits, name)) for name in SPLITS] == sizes and nearly(found_in(splits))
    assert splits.schema.class_names == ("cat", "dog")
    numbers = [int(Path(name).stem) for name in splits.test.ids]
    assert min(numbers) > max(int(Path(name).stem) for name in splits.validation.ids)
    if form == "voc":
        assert "1 image in no list of ImageSets/Main left out" in splits.notes


def test_ultralytics_has_a_root_that_is_elsewhere_and_classes_without_boxes(tmp_path):
    splits = read(made.ultralytics(tmp_path / "data"))
    assert splits.schema.class_names == ("cat", "dog", "fox") and nearly(found_in(splits))
    assert len(splits.validation) == 8 and all("images/val/" in name for name in splits.validation.ids)
    assert "no box is of 1 class of the list: fox" in splits.notes


def test_a_run_finds_its_images_again_with_the_same_boxes(tmp_path):
    for form in ("coco", "voc of cvat", "yolo of label studio"):
        splits = read(WHOLE[form](tmp_path / form))
        path = write_splits(splits, tmp_path / "splits.csv")
        again = restore_box_splits(path, data_of(splits), splits.schema, ImageReading(32))
        for name in SPLITS:
            one, other = getattr(splits, name), getattr(again, name)
            assert one.ids == other.ids and one.hashes == other.hashes
            np.testing.assert_array_equal(one.targets, other.targets)
            np.testing.assert_array_equal(one.examples, other.examples)
    changed = tmp_path / "yolo of label studio" / "labels" / "00.txt"
    changed.write_text("0 0.5 0.5 0.5 0.5\n")
    with pytest.raises(InputError, match=r"its label is now '\[\[40,30\],\[\"cat\",10,7.5,30,22.5\]\]'"):
        restore_box_splits(path, data_of(splits), splits.schema, ImageReading(32))


def test_an_image_may_have_thousands_of_boxes_and_no_more(tmp_path):
    path = made.coco(tmp_path / "data")
    values = json.loads(path.read_text())
    rng = np.random.default_rng(0)
    corners = np.concatenate([rng.uniform(0, (20, 15), (5001, 2)), rng.uniform(1, 15, (5001, 2))], axis=1)
    many = [{**values["annotations"][0], "image_id": 4, "bbox": row} for row in corners.tolist()]
    values["annotations"] += many[:5000]
    path.write_text(json.dumps(values))
    splits = read(path)
    file = write_splits(splits, tmp_path / "splits.csv")
    again = restore_box_splits(file, data_of(splits), splits.schema, ImageReading(32))
    for name in SPLITS:
        np.testing.assert_array_equal(getattr(splits, name).targets, getattr(again, name).targets)
    values["annotations"] += many[5000:]
    path.write_text(json.dumps(values))
    with pytest.raises(
        InputError, match="images/04.jpg can't be used, there are 5001, and at most 5000 are taken"
    ):
        read(path)


def test_targets_are_the_image_itself_then_its_boxes(tmp_path):
    splits = read(made.coco(tmp_path / "data"))
    targets = splits.train.targets
    assert targets.dtype == np.float32 and targets.shape[1:] == (3, 6)
    for name, rows in zip(splits.train.ids, targets, strict=True):
        expected = ALL[int(Path(name).stem)]
        np.testing.assert_array_equal(rows[0], [0, 0, 40, 30, -2, 0])
        for row, (label, *corners) in zip(rows[1:], expected, strict=False):
            np.testing.assert_array_equal(row, [*corners, made.NAMES.index(label), 0])
        assert (rows[1 + len(expected) :, 4] == -1).all()
    counts = [sum(name == each for rows in ALL.values() for name, *_ in rows) for each in made.NAMES]
    assert splits.schema.counts <= tuple(counts) and len(splits.schema.sides) == 3


def test_data_to_evaluate_on_has_the_classes_of_the_model(tmp_path):
    splits = read(made.coco(tmp_path / "data"))
    split = read_labelled_boxes(
        made.roboflow_yolo(tmp_path / "other"), splits.schema, ImageReading(32), False
    )
    assert len(split) == 6 and split.targets.shape[1:] == (3, 6)
    foxes = made.coco(tmp_path / "foxes", names=("cat", "dog", "fox"))
    assert read_labelled_boxes(foxes, splits.schema, ImageReading(32), False).targets.shape == (30, 3, 6)
    values = json.loads(foxes.read_text())
    values["annotations"][0]["category_id"] = 3
    foxes.write_text(json.dumps(values))
    with pytest.raises(InputError, match="boxes are of 'fox', which is none of the 2 classes"):
        read_labelled_boxes(foxes, splits.schema, ImageReading(32), False)


def test_coco_agrees_with_pycocotools(tmp_path):
    from pycocotools.coco import COCO

    path, rng = made.coco(tmp_path / "data"), np.random.default_rng(0)
    values = json.loads(path.read_text())
    for number, thing in enumerate(values["annotations"]):
        x, y = rng.uniform(0, (30, 20), 2)
        thing.update(
            bbox=[float(x), float(y), *map(float, rng.uniform(1, 9, 2))], iscrowd=int(number % 7 == 0)
        )
    path.write_text(json.dumps(values))
    theirs, found = COCO(path), found_in(read(path))
    for image in theirs.loadImgs(theirs.getImgIds()):
        things = theirs.loadAnns(theirs.getAnnIds(image["id"]))
        expected = sorted(
            (theirs.cats[each["category_id"]]["name"], *each["bbox"], bool(each["iscrowd"]))
            for each in things
        )
        mine = [
            (box.name, box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, box.crowd)
            for box in found[int(Path(image["file_name"]).stem)]
        ]
        assert len(mine) == len(expected)
        for one, other in zip(mine, expected, strict=True):
            assert (one[0], one[5]) == (other[0], other[5])
            np.testing.assert_allclose(one[1:5], other[1:5], atol=1e-5)


def test_coco_without_sizes_crowds_and_boxes_of_polygons(tmp_path):
    path = made.coco(tmp_path / "data")
    values = json.loads(path.read_text())
    first, second, third = values["annotations"][:3]
    first["iscrowd"], second["ignore"] = 1, 1
    del third["bbox"]
    third["segmentation"] = [[5, 6, 9, 6, 7, 12.5], [20, 3, 21, 4, 20, 4]]
    for image in values["images"]:
        del image["width"], image["height"]
    path.write_text(json.dumps(values))
    found = found_in(read(path))
    assert [box.crowd for box in found[0]] == [True, True] and plain(found[1]) == [("dog", 5, 3, 21, 12.5)]


def test_voc_counts_pixels_from_1_unless_a_box_begins_at_0(tmp_path):
    data = made.voc(tmp_path / "data", lists=False)
    whole = [("cat", 0, 0, 40, 30)]
    made.text(data / "Annotations" / "00.xml", made.voc_xml(0, "00.jpg", whole, difficult=(0,)))
    found = found_in(read(data))
    assert plain(found[0]) == whole and found[0][0].crowd and nearly({n: b for n, b in found.items() if n})
    made.text(data / "Annotations" / "00.xml", made.voc_xml(0, "00.jpg", whole, first=0))
    splits = read(data)
    assert plain(found_in(splits)[0]) == whole
    assert found_in(splits)[1] == [box._replace(x1=box.x1 + 1, y1=box.y1 + 1) for box in found[1]]
    assert "a box begins at pixel 0, so boxes are taken to count from 0" in " ".join(splits.notes)


def test_voc_names_its_image_by_the_file_or_in_it_and_tells_what_has_no_other_half(tmp_path):
    data = tmp_path / "data"
    made.write_images(data, range(30))
    for number in range(28):
        named = "other.jpg" if number == 4 else f"{number:02}.jpg"
        path = data / ("label3.xml" if number == 3 else f"{number:02}.xml")
        made.text(path, made.voc_xml(number, named, size=(0, 0)))
    made.text(data / "99.xml", made.voc_xml(0, "99.jpg"))
    splits = read(data)
    assert set(found_in(splits)) == set(range(28))
    assert "1 XML file without image left out: 99.xml" in splits.notes
    assert "2 images without XML left out, such as 28.jpg" in splits.notes


def test_yolo_has_polygons_key_points_numbers_for_names_and_images_without_label(tmp_path):
    data = tmp_path / "data"
    made.yolo_part(data / "images", data / "labels", range(30))
    made.text(data / "labels" / "00.txt", "1 0.1 0.2 0.5 0.2 0.25 0.4\n")
    made.text(data / "labels" / "77.txt", "1 0.1 0.2 0.5 0.2\n")
    splits = read(data)
    assert splits.schema.class_names == ("0", "1")
    np.testing.assert_allclose(found_in(splits)[0][0].corners, (4, 6, 20, 12), rtol=1e-6)
    notes = " ".join(splits.notes)
    assert (
        "6 images without a label, and so without boxes: 04.jpg" in notes and "1 label without image" in notes
    )
    assert "classes are called by their numbers (--classes names them)" in splits.notes
    assert read(data, classes="cat, dog").schema.class_names == ("cat", "dog")
    poses = "kpt_shape: [2, 3]\nnames: [cat, dog]\ntrain: images\n"
    made.text(data / "data.yaml", poses)
    made.text(data / "labels" / "00.txt", "1 0.5 0.5 0.5 0.5 0.4 0.4 2 0.6 0.6 1\n")
    assert plain(found_in(read(data))[0]) == [("dog", 10, 7.5, 30, 22.5)]


def test_images_may_lie_elsewhere(tmp_path):
    made.write_images(tmp_path / "photos", range(30))
    voc = made.voc(tmp_path / "voc", lists=False)
    yolo = made.label_studio_yolo(tmp_path / "yolo")
    studio = made.label_studio_coco(tmp_path / "coco")
    for folder in (voc / "JPEGImages", yolo / "images", studio.parent / "images"):
        folder.rename(tmp_path / f"gone{folder.parent.name}")
    for source in (voc, yolo, studio):
        with pytest.raises(InputError, match="--data-dir"):
            read(source)
        splits = read(source, data_dir=tmp_path / "photos")
        found = found_in(splits)
        assert set(found) == set(range(30)) and nearly(found)
        path = write_splits(splits, tmp_path / "splits.csv")
        restore_box_splits(path, data_of(splits), splits.schema, ImageReading(32))


HEADERS = [
    ("path", "x1", "y1", "x2", "y2", "label"),
    ("filename", "xmin", "ymin", "xmax", "ymax", "class"),
    ("image", "x", "y", "width", "height", "label"),
    ("image_id", "left", "top", "right", "bottom", "category"),
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_table_has_a_row_for_each_box(header, tmp_path):
    made.write_images(tmp_path / "images", range(30))
    rows = made.table_rows(header=header)
    if "width" in header:
        rows[1:] = [
            (path, x1, y1, x2 - x1, y2 - y1, name) if name else (path, x1, y1, x2, y2, name)
            for path, x1, y1, x2, y2, name in rows[1:]
        ]
    splits = read(made.table(tmp_path, rows))
    found = found_in(splits)
    assert set(found) == set(range(30)) and nearly(found) and splits.schema.class_names == ("cat", "dog")


def test_a_table_as_tensorflow_has_it_with_splits_sizes_and_crowds(tmp_path):
    made.write_images(tmp_path / "images", range(30))
    header = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax", "split", "iscrowd")
    rows = [
        (f"{number:02}.jpg", 40, 30, name, *corners, ("train", "val", "test")[number % 3], int(number == 1))
        for number in range(30)
        for name, *corners in made.rows_of(number)
    ]
    splits = read(made.table(tmp_path, [header, *rows]))
    assert nearly(found_in(splits)) and found_in(splits)[1][0].crowd
    assert [len(getattr(splits, name)) for name in SPLITS] == [8, 8, 8]
    assert "images are read from images/NAME" in splits.notes


@pytest.mark.parametrize("suffix", ["tsv", "jsonl", "parquet"])
def test_tables_of_other_kinds(suffix, tmp_path):
    made.write_images(tmp_path / "images", range(30))
    header, *rows = made.table_rows()
    path = tmp_path / f"boxes.{suffix}"
    if suffix == "tsv":
        path.write_text("".join("\t".join(map(str, row)) + "\n" for row in (header, *rows)))
    else:
        values = [
            {name: None if cell == "" else cell for name, cell in zip(header, row, strict=True)}
            for row in rows
        ]
        if suffix == "jsonl":
            path.write_text("".join(json.dumps(each) + "\n" for each in values))
        else:
            import pyarrow
            from pyarrow import parquet

            parquet.write_table(pyarrow.Table.from_pylist(values), path)
    found = found_in(read(path))
    assert set(found) == set(range(30)) and nearly(found)


def test_googles_table_has_no_header_and_shares(tmp_path):
    made.write_images(tmp_path / "images", range(30))
    sets = {0: "VALIDATION", 1: "TEST"}
    rows = []
    for number in range(30):
        for name, x1, y1, x2, y2 in made.rows_of(number):
            image = (sets.get(number % 6, "TRAIN"), f"gs://bucket/pets/{number:02}.jpg")
            rows.append((*image, name, x1 / 40, y1 / 30, "", "", x2 / 40, y2 / 30, "", ""))
    path = made.table(tmp_path, rows)
    splits = read(path, data_dir=tmp_path / "images")
    assert nearly(found_in(splits)) and len(splits.test) == 4
    with pytest.raises(
        InputError, match="line 1: the path is a URL, and only files of this computer are read"
    ):
        read(path)


def edited(folder, change, number=0):
    """COCO's JSON with something changed of one box."""
    path = made.coco(folder)
    values = json.loads(path.read_text())
    change(values["annotations"][number], values["images"][number])
    path.write_text(json.dumps(values))
    return path


@pytest.mark.parametrize(
    "box, message",
    [
        ([1, 2, 3, float("nan")], "a box lacks a number"),
        ([1, 2, 3, float("inf")], "a box of 'cat' has a corner that is no number of pixels"),
        ([1, 2, "x", 4], "a box has 'x' where a number is needed"),
        ([1, 2, None, 4], "a box lacks a number"),
        ([1, 2, 3], "a 'cat' has no bbox of x, y, width and height"),
        ("1,2,3,4", "a 'cat' has no bbox of x, y, width and height"),
        ([1, 2, 3, 1e30], "a box of 'cat' has a corner that is no number of pixels"),
    ],
)
def test_boxes_that_are_none_are_refused_with_their_image(box, message, tmp_path):
    path = edited(tmp_path / "data", lambda thing, image: thing.update(bbox=box))
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert "the boxes of images/00.jpg can't be used" in str(caught.value) and "--skip-broken" in str(
        caught.value
    )
    splits = read(path, skip_broken=True)
    assert set(found_in(splits)) == set(range(1, 30))
    assert "1 image left out, whose boxes can't be used: images/00.jpg" in " ".join(splits.notes)


def test_shares_are_refused_where_pixels_are_meant(tmp_path):
    path = edited(tmp_path / "data", lambda thing, image: thing.update(bbox=[0.1, 0.2, 0.7, 0.6]), number=2)
    with pytest.raises(InputError, match="images/01.jpg can't be used, they lie within one pixel, as shares"):
        read(path)
    assert set(found_in(read(path, skip_broken=True))) == set(range(30)) - {1}


def test_sizes_that_contradict_the_image_are_refused(tmp_path):
    path = edited(tmp_path / "data", lambda thing, image: image.update(width=30, height=40))
    with pytest.raises(InputError, match="they are of an image of 30 x 40 pixels, and it has 40 x 30"):
        read(path)
    exif = Image.Exif()
    exif[0x0112] = 6
    name = tmp_path / "data" / "images" / "00.jpg"
    with Image.open(name) as image:
        image.save(name, exif=exif)
    assert len(found_sizes(read(path))) == 2  # boxes of the image as people see it
    path = made.coco(tmp_path / "data")
    with Image.open(name) as image:
        image.save(name, exif=exif)
    with pytest.raises(InputError, match="of 40 x 30 pixels, and it has 30 x 40, turned as its EXIF says"):
        read(path)


def found_sizes(splits):
    return {tuple(each) for name in SPLITS for each in getattr(splits, name).targets[:, 0, 2:4].tolist()}


def test_boxes_are_cut_or_left_out_and_told(tmp_path):
    path = made.coco(tmp_path / "data")
    values = json.loads(path.read_text())
    changed = ([-5, -5, 20, 20], [60, 3, 5, 5], [3, 3, 0, 5], [30, 20, 10.3, 10.2], [9, 9, -4, 5])
    for thing, box in zip(values["annotations"], changed, strict=False):
        thing["bbox"] = box
    path.write_text(json.dumps(values))
    splits = read(path)
    found = found_in(splits)
    assert plain(found[0]) == [("cat", 0, 0, 15, 15)] and plain(found[2]) == [("cat", 30, 20, 40, 30)]
    assert found[1] == [] and plain(found[3]) == [ALL[3][1]]
    assert "1 box cut at the edge of the image: cat in images/00.jpg" in splits.notes
    assert "1 box left out, lying outside the image: dog in images/00.jpg" in splits.notes
    two = "2 boxes left out, having no width or no height: dog in images/01.jpg, dog in images/03.jpg"
    assert two in splits.notes


def test_lists_may_name_files_that_lie_elsewhere_each_by_a_name_of_its_own(tmp_path):
    """As docs/threat_model.md has it: files of this computer, and two of one name in folders of one name are two."""
    values, data = made.coco_values(range(30)), tmp_path / "data"
    for number, image in enumerate(values["images"]):
        above = ("", "../a/", "../b/")[number // 10]
        image["file_name"] = f"{above}images/{number % 10:02}.jpg"
        made.write_images(tmp_path / "made", [number])
        (data / image["file_name"]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "made" / f"{number:02}.jpg").rename(data / image["file_name"])
    read_ids = every_id(read(made.text(data / "instances.json", json.dumps(values))))
    assert len(read_ids) == 30 and read_ids >= {"images/00.jpg", "a/images/00.jpg", "b/images/00.jpg"}
    rows = [f"{image['file_name'].replace('..', str(tmp_path))},1,1,9,9,cat" for image in values["images"]]
    table = made.text(data / "boxes.csv", "\n".join(["path,x1,y1,x2,y2,label", *rows]))
    assert every_id(read(table)) >= {"images/00.jpg", f"{tmp_path}/a/images/00.jpg"}


def test_an_image_that_is_listed_twice(tmp_path):
    path = made.coco(tmp_path / "data")
    values = json.loads(path.read_text())
    values["images"].append({**values["images"][4], "id": 99})
    path.write_text(json.dumps(values))
    assert "1 image left out, being listed twice" in read(path).notes
    values["annotations"].append({**values["annotations"][0], "image_id": 99})
    path.write_text(json.dumps(values))
    with pytest.raises(
        InputError, match=r"images/04.jpg can't be used, it is listed twice, with different boxes"
    ):
        read(path)
    data = made.roboflow_coco(tmp_path / "splits")
    (data / "test" / "00.jpg").write_bytes((data / "train" / "00.jpg").read_bytes())
    other = json.loads((data / "test" / "_annotations.coco.json").read_text())
    other["images"].append({"id": 99, "file_name": "../train/00.jpg", "width": 40, "height": 30})
    (data / "test" / "_annotations.coco.json").write_text(json.dumps(other))
    with pytest.raises(InputError, match=r"train/00.jpg can't be used, it is listed in two splits"):
        read(data)


def test_classes_may_be_named_and_others_are_refused(tmp_path):
    path = made.coco(tmp_path / "data")
    assert read(path, classes="dog,cat,fox").schema.class_names == ("dog", "cat", "fox")
    with pytest.raises(InputError, match=r"boxes are of 'dog', which is none of the 1 class \(received: in"):
        read(path, classes="cat")
    with pytest.raises(InputError, match="boxes are of 1 to 1000 different classes"):
        read(path, classes="cat,cat")
    with pytest.raises(InputError, match="--image-size must be a multiple of 32 .*--image-size 96"):
        read_images_with_boxes(path, 100)
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({**json.loads(path.read_text()), "annotations": []}))
    with pytest.raises(InputError, match="no image has a box"):
        read(empty, data_dir=tmp_path / "data" / "images")


def test_a_split_without_boxes_and_lists_that_name_nothing_are_refused(tmp_path):
    data = made.roboflow_coco(tmp_path / "splits")
    listed = data / "valid" / "_annotations.coco.json"
    listed.write_text(json.dumps({**json.loads(listed.read_text()), "annotations": []}))
    with pytest.raises(InputError, match="no image of the validation split has a box .*splits"):
        read(data)
    bare = kerasft.diagnose(data, "object-detection", image_size=32).find("without boxes")
    assert bare.level == "fail" and bare.what == "no image of the validation split has a box"
    voc = made.voc(tmp_path / "voc")
    lists = voc / "ImageSets" / "Main"
    lists.mkdir(parents=True, exist_ok=True)
    names = [path.stem for path in sorted((voc / "Annotations").iterdir())]
    for split, listed_names in (("train", ["other"]), ("val", names[:9]), ("test", names[9:])):
        (lists / f"{split}.txt").write_text("\n".join(listed_names))
    with pytest.raises(InputError, match="the train split has no images"):
        read(voc)
    splits = kerasft.diagnose(voc, "object-detection", image_size=32).find("splits")
    assert splits.level == "fail" and splits.what == "no images in train"


XML = "<annotation><filename>00.jpg</filename>{}</annotation>"
THING = "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>{}</xmax><ymax>9</ymax></bndbox></object>"


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "the XML can't be read: no element found"),
        ("<annotation>", "the XML can't be read: "),
        ("<svg></svg>", "the XML is of 'svg', not of an annotation"),
        (XML.format("<object><name>cat</name></object>"), "the 'cat' has no bndbox/xmin"),
        (XML.format("<object></object>"), "an object has no name"),
        (XML.format(THING.format("nine")), "a box has 'nine' where a number is needed"),
        (XML.format(THING.format("")), "a box lacks a number"),
        (XML.format("<a>" * 40 + "</a>" * 40), "the XML is nested too deeply"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>', "the XML has a DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotation></annotation>', "the XML has a DOCTYPE"),
        ("<annotation>&b;</annotation>", "the XML can't be read: undefined entity"),
    ],
)
def test_xml_that_is_none(content, message, tmp_path):
    data = made.voc(tmp_path / "data", lists=False)
    made.text(data / "Annotations" / "00.xml", content)
    with pytest.raises(InputError, match=f"the boxes of JPEGImages/00.jpg can't be used, {message}"):
        read(data)
    assert set(found_in(read(data, skip_broken=True))) == set(range(1, 30))


@pytest.mark.parametrize(
    "content, message",
    [
        ("0 0.5 0.5 0.1", "line 1: it has 4 numbers"),
        ("\n0 0.5 0.5 0.1 0.1 0.9", "line 2: it has 6 numbers"),
        ("0 0.5 0.5 0.1 x", "line 1: a box has 'x' where a number is needed"),
        ("2 0.5 0.5 0.1 0.1", "line 1: the class is 2, and 2 are named"),
        ("-1 0.5 0.5 0.1 0.1", "line 1: the class is '-1', which is no number of a class"),
        ("cat 0.5 0.5 0.1 0.1", "line 1: a box has 'cat' where a number is needed"),
        ("0 0.5 0.5 0.1 nan", "a box of 'cat' has a corner that is no number of pixels"),
        ("0 20 15 10 9", "a box of 'cat' is in pixels, where shares of the image are needed"),
    ],
)
def test_labels_of_yolo_that_are_none(content, message, tmp_path):
    data = made.label_studio_yolo(tmp_path / "data")
    made.text(data / "labels" / "00.txt", content)
    with pytest.raises(InputError, match=f"the boxes of images/00.jpg can't be used, {message}"):
        read(data)
    (data / "labels" / "00.txt").write_bytes(b"\xff\xfe0")
    with pytest.raises(InputError, match="the label can't be read: it is not UTF-8"):
        read(data)


@pytest.mark.parametrize(
    "content, message",
    [
        ("[]", "it holds no object"),
        ("a: [", "the file of the data can't be read"),
        ("names: 3", "names is neither a list nor an object"),
        ("names: {a: b}", "names is neither a list nor an object"),
        ("names: [cat, no]", "names has False, which is no text; write it in quotation marks"),
        ("names: [cat]\ntrain: 3", "train is no folder of images"),
        ("names: [cat]\ntrain: nowhere", "the file of the data names images that are not there .*nowhere"),
        ("names: [cat]\ntrain: https://host/images", "the file of the data names a URL"),
        ("path: //host/share\ntrain: images", "path is no folder of this computer"),
        ("names: [&a cat, *a]", "aliases are not taken"),
        ("a: " + "[" * 1000, "the file of the data can't be read"),
    ],
)
def test_files_of_yolos_data_that_are_none(content, message, tmp_path):
    data = made.label_studio_yolo(tmp_path / "data")
    made.text(data / "data.yaml", content)
    for source in (data, data / "data.yaml"):
        with pytest.raises(InputError, match=message):
            read(source)


def test_lists_of_yolo_name_files_that_are_there(tmp_path):
    data = made.cvat_yolo(tmp_path / "data")
    for line, message in (
        ("data/obj_train_data/99.jpg", "train.txt names an image that is not there .*99.jpg"),
        ("https://host/00.jpg", "train.txt names an image that is not there .*https"),
    ):
        made.text(data / "train.txt", f"data/obj_train_data/00.jpg\n{line}\n")
        with pytest.raises(InputError, match=message):
            read(data)


@pytest.mark.parametrize(
    "row, message",
    [
        (("images/00.jpg", 1, 2, "x", 4, "cat"), "line 2: a box has 'x' where a number is needed"),
        (("images/00.jpg", 1, 2, "", 4, "cat"), "line 2: a box lacks a number"),
        (("images/00.jpg", 1, 2, 3, 4, ""), "line 2: the box has no class"),
        (("images/00.jpg", 1, 2, 3, "nan", "cat"), "a box of 'cat' has a corner that is no number of pixels"),
        (("none.jpg", 1, 2, 3, 4, "cat"), "line 2: no such file"),
        (("", 1, 2, 3, 4, "cat"), "line 2: the path is empty"),
        (("https://host/a.jpg", 1, 2, 3, 4, "cat"), "line 2: the path is a URL"),
        (("//host/a.jpg", 1, 2, 3, 4, "cat"), "line 2: the path is a path of another computer"),
    ],
)
def test_rows_that_are_none(row, message, tmp_path):
    made.write_images(tmp_path / "images", range(30))
    header, *rows = made.table_rows()
    with pytest.raises(InputError, match=message):
        read(made.table(tmp_path, [header, row, *rows[2:]]))


def test_columns_that_can_not_be_told(tmp_path):
    made.write_images(tmp_path / "images", range(30))
    header, *rows = made.table_rows()
    for name, message in (
        ("x1", "it can't be told which columns have the boxes .*call them x1, y1, x2, y2"),
        ("label", "it can't be told which column has the classes of the boxes .*--label"),
        ("path", "it can't be told which column has the images"),
    ):
        renamed = [("other" if each == name else each) for each in header]
        with pytest.raises(InputError, match=message):
            read(made.table(tmp_path, [renamed, *rows]))
    assert nearly(found_in(read(made.table(tmp_path, [renamed, *rows]), image="other")))
    with pytest.raises(InputError, match="the table has a header and no rows"):
        read(made.table(tmp_path, [header]))
    split = [(*header, "split"), *((*row, "train" if number else "") for number, row in enumerate(rows))]
    with pytest.raises(InputError, match="line 2: the split is empty"):
        read(made.table(tmp_path, split))


def test_sources_that_are_none(tmp_path):
    (tmp_path / "empty").mkdir()
    for source, message in (
        (tmp_path / "none", "the data does not exist"),
        (tmp_path / "none.csv", "the table does not exist"),
        (tmp_path / "none.json", "the data does not exist"),
        (
            tmp_path / "empty",
            "the data has no boxes of a known form .*give COCO's JSON, a folder of Pascal VOC",
        ),
        ([1, 2], "images in memory need labels; give labels="),
    ):
        with pytest.raises(InputError, match=message):
            read(source)


def test_images_that_are_broken_are_told_as_always(tmp_path):
    path = made.coco(tmp_path / "data")
    (tmp_path / "data" / "images" / "03.jpg").write_bytes(b"text")
    with pytest.raises(InputError, match="an image can't be decoded, not an image but text.*images/03.jpg"):
        read(path)
    assert 3 not in found_in(read(path, skip_broken=True))


def test_other_sources_for_single_splits(tmp_path):
    first = 0
    parts = {}
    for name in ("a", "b"):
        parts[name] = made.coco(tmp_path / name, numbers=range(first, first := first + 20))
    splits = read(parts["a"], test_data=parts["b"])
    assert len(splits.test) == 20 and all(name.startswith("test-data:") for name in splits.test.ids)
    path = write_splits(splits, tmp_path / "splits.csv")
    again = restore_box_splits(path, data_of(splits), splits.schema, ImageReading(32))
    np.testing.assert_array_equal(splits.test.targets, again.test.targets)


def test_the_sample_has_exact_boxes_and_its_own_splits(tmp_path, monkeypatch):
    assert sum(sample.COUNTS.values()) == 900 and sample._SCENES.counts is sample.COUNTS
    few = {"train": 60, "validation": 15, "test": 15}
    monkeypatch.setattr(sample, "_SCENES", replace(sample._SCENES, counts=few))
    table = sample.write_digit_boxes(tmp_path)
    before = table.stat().st_mtime_ns
    assert sample.write_digit_boxes(tmp_path) == table and table.stat().st_mtime_ns == before
    splits = read_images_with_boxes(table, 128)
    assert {name: len(getattr(splits, name)) for name in SPLITS} == few
    assert splits.schema.class_names == sample.CLASSES and min(splits.schema.counts) > 5
    counts = (splits.train.targets[:, 1:, 4] >= 0).sum(axis=1)
    assert set(counts.tolist()) == {1, 2, 3, 4}
    scenes = [scene for scene in paint_scenes(sample._SCENES) if scene.split == "train"]
    ids = sorted(range(60), key=lambda number: splits.train.ids[number])
    for row, scene in zip(ids, scenes, strict=True):
        np.testing.assert_array_equal(splits.train.examples[row], scene.image)
        for x1, y1, x2, y2, name, _ in splits.train.targets[row, 1 : 1 + len(scene.digits)].astype(int):
            owners = set(np.unique(scene.owners[y1:y2, x1:x2])) - {0}
            fits = [owner for owner in owners if scene.digits[owner - 1] == name]
            edges = [
                scene.owners[edge].tolist()
                for edge in (np.s_[y1, x1:x2], np.s_[y2 - 1, x1:x2], np.s_[y1:y2, x1], np.s_[y1:y2, x2 - 1])
            ]
            assert any(all(owner in edge for edge in edges) for owner in fits)
