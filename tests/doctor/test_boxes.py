"""What the doctor says of images with boxes, and of the task that data is for."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.contract.examination import Examination
from kerasft.contract.registry import task_of
from kerasft.doctor.examine import task_of_data
from kerasft.targets.boxes.painting import colour_of
from tests.conftest import write_pictures
from tests.data import boxes as made
from tests.data import test_coco, test_masks


def found(source):
    return kerasft.diagnose(source, "object-detection", image_size=32)


def test_good_data_is_told_apart_and_counted(tmp_path):
    diagnosis = found(made.coco(tmp_path / "data", numbers=range(60)))
    assert "60 images with boxes of 2 classes" in diagnosis.title
    for check in (
        "absent classes",
        "cut boxes",
        "boxes outside",
        "empty boxes",
        "boxes twice",
        "two classes",
    ):
        assert diagnosis.find(check).level == "ok", check
    assert {each.name: each.total for each in diagnosis.classes} == {"cat": 24, "dog": 32}
    bare, sizes = diagnosis.find("without boxes"), diagnosis.find("box sizes")
    assert (
        bare.level == "note" and bare.what == "12 images of 60 without any box" and len(bare.suspects) == 12
    )
    assert sizes.level == "ok" and "at 32, median" in sizes.what and "anchors of" in sizes.what


def test_odd_boxes_are_told_with_their_images(tmp_path):
    path = made.coco(tmp_path / "data", numbers=range(60))
    values = json.loads(path.read_text())
    things = values["annotations"]
    things[0]["bbox"] = [-5, 3, 20, 10]
    things[1]["bbox"] = [50, 3, 20, 10]
    things[2]["bbox"] = [5, 3, 0, 10]
    things[3]["bbox"] = [5, 3, 2, 9]
    things += [{**things[4]}, {**things[5], "category_id": 3 - things[5]["category_id"]}]
    things += [{**things[6], "iscrowd": 1}]
    path.write_text(json.dumps(values))
    diagnosis = found(path)
    expected = {
        "cut boxes": (0, "cat at -5,3 20x10"),
        "boxes outside": (1, "dog at 50,3 20x10"),
        "empty boxes": (2, "dog at 5,3 0x10"),
        "tiny boxes": (3, f"{made.NAMES[things[3]['category_id'] - 1]} at 5,3 2x9"),
    }
    for check, (place, why) in expected.items():
        finding = diagnosis.find(check)
        name = f"images/{things[place]['image_id']:02}.jpg"
        assert [(each.id, each.why) for each in finding.suspects] == [(name, why)], check
        assert finding.level == ("note" if check == "tiny boxes" else "warn"), check
    twice, two = diagnosis.find("boxes twice"), diagnosis.find("two classes")
    assert twice.level == two.level == "warn"
    assert [each.id for each in twice.suspects] == [f"images/{things[4]['image_id']:02}.jpg"]
    assert [each.id for each in two.suspects] == [f"images/{things[5]['image_id']:02}.jpg"]
    assert two.suspects[0].why.endswith(", and dog")


def test_small_boxes_and_classes_with_few_images_are_warned_of(tmp_path):
    path = made.coco(tmp_path / "data", numbers=range(20), names=("cat", "dog", "fox"))
    values = json.loads(path.read_text())
    for thing in values["annotations"]:
        thing["bbox"][2:] = [3, 3]
    values["images"].append({**values["images"][4], "id": 99})
    path.write_text(json.dumps(values))
    diagnosis = found(path)
    tiny, few = diagnosis.find("tiny boxes"), diagnosis.find("class sizes")
    assert tiny.level == "warn" and "--image-size" in tiny.next_step and len(tiny.suspects) == 22
    assert tiny.what == "22 boxes of 22 with a side under 4 pixels at 32"
    assert few.level == "warn" and [each.id for each in few.suspects][0] == "fox"
    assert diagnosis.find("box sizes").level == "warn"
    said = {each.what for each in diagnosis.findings}
    assert {"no box is of 1 class of the list: fox", "1 image left out, being listed twice"} <= said


def test_the_page_shows_suspect_images_with_their_boxes(tmp_path):
    path = made.coco(tmp_path / "data", numbers=range(60))
    values = json.loads(path.read_text())
    values["annotations"][0]["bbox"] = [-5, 3, 20, 10]
    path.write_text(json.dumps(values))
    diagnosis = found(path)
    (suspect,) = diagnosis.find("cut boxes").suspects
    drawn = diagnosis.drawn(suspect.row, diagnosis.thumbnails[suspect.row])
    scale = 224 / np.array([40, 30])  # pixels of the page's image for one of the original
    for name, corners in (("cat", (0, 3, 15, 13)), ("dog", (21, 10, 39, 28))):
        right, bottom = np.round(np.array(corners[2:]) * scale).astype(int) - 1
        middle = int((corners[0] + corners[2]) / 2 * scale[0])
        np.testing.assert_array_equal(drawn[bottom, middle], colour_of(made.NAMES.index(name)))
        assert tuple(drawn[bottom - 20, middle]) != colour_of(made.NAMES.index(name))
    page = kerasft.write_page(diagnosis, tmp_path / "page.html").read_text("utf-8")
    shown = page.split(f"{suspect.id}: {suspect.why}")[0].rpartition("base64,")[2].partition('"')[0]
    shown = np.array(Image.open(io.BytesIO(base64.b64decode(shown))), int)
    assert shown.shape == drawn.shape and np.abs(shown - drawn).mean() < 8


def test_boxes_that_training_refuses_are_a_finding_that_names_the_image(tmp_path):
    data = made.label_studio_yolo(tmp_path / "data")
    made.text(data / "labels" / "03.txt", "7 0.5 0.5 0.1 0.1\n")
    diagnosis = found(data)
    assert diagnosis.worst == "fail" and "training would refuse it" in diagnosis.title
    assert diagnosis.findings[0].what.startswith(
        "the boxes of images/03.jpg can't be used, line 1: the class is 7"
    )
    assert "--classes" in diagnosis.findings[0].next_step


def test_a_class_that_a_given_split_lacks(tmp_path):
    data = made.roboflow_coco(tmp_path / "data", (("train", 20), ("valid", 1), ("test", 6)))
    absent = found(data).find("absent classes")
    assert [(each.id, each.why) for each in absent.suspects] == [("dog", "in no image of validation")]


SOURCES = {
    "roboflow": made.roboflow_coco,
    "cvat": made.cvat_coco,
    "label studio": made.label_studio_coco,
    "voc": made.voc,
    "voc beside images": made.roboflow_voc,
    "yolo": made.roboflow_yolo,
    "yolo's file": made.ultralytics,
    "yolo of cvat": made.cvat_yolo,
    "yolo of label studio": made.label_studio_yolo,
    "table": lambda folder: made.table(folder, made.table_rows()),
    "table of numbers": lambda folder: made.table(
        folder,
        [("path", "x", "y", "width", "height", "label"), ("a.png", 1, 2, 3, 4, 5), ("a.png", 6, 2, 3, 4, 7)],
    ),
    "sample": lambda folder: "digit-boxes",
}


@pytest.mark.parametrize("form", SOURCES)
def test_data_with_boxes_is_known_by_its_looks(form, tmp_path):
    assert task_of_data(Examination(SOURCES[form](tmp_path / "data"))) == "object_detection"


def test_corners_may_be_numbers_to_learn(tmp_path):
    rows = [("path", "x1", "y1", "x2", "y2"), *((f"{n}.png", n, n, n + 2.5, n + 3) for n in range(9))]
    wish = Examination(made.table(tmp_path, rows), label="x1,y1,x2,y2")
    assert task_of_data(wish) == "image_regression"


def test_other_data_is_not_taken_for_boxes(tmp_path):
    masks = test_masks.write(tmp_path / "masks")
    shapes = test_coco.write(tmp_path / "shapes")
    pictures = write_pictures(tmp_path / "pictures", per_class=3, size=9)
    rows = [
        ("path", "label"),
        *((path.relative_to(tmp_path), path.parent.name) for path in pictures.rglob("*.png")),
    ]
    table = made.table(tmp_path, rows)
    (tmp_path / "texts" / "labels").mkdir(parents=True)
    (tmp_path / "texts" / "labels" / "a.txt").write_text("a text")
    for source in (masks, pictures, table, tmp_path / "texts", tmp_path / "none"):
        assert task_of("object_detection").suits(Examination(source)) == 0, source
    assert task_of_data(Examination(shapes)) == "image_segmentation"
