"""What the doctor says of images with masks, and of the task that data is for."""

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.contract.examination import Examination
from kerasft.contract.registry import task_of
from kerasft.doctor.examine import task_of_data
from kerasft.targets.masks.painting import palette
from tests.conftest import write_pictures
from tests.data import test_coco
from tests.data.test_masks import table_of, write


def found(source, **options):
    return kerasft.diagnose(source, "image-segmentation", image_size=16, **options)


def test_good_data_is_told_apart_and_counted(tmp_path):
    diagnosis = found(write(tmp_path / "data", count=60))
    assert "60 images with masks of 3 classes" in diagnosis.title
    for check in (
        "class sizes",
        "absent classes",
        "class shares",
        "empty masks",
        "ignored pixels",
        "broken files",
    ):
        assert diagnosis.find(check).level == "ok", check
    assert {each.name: each.total for each in diagnosis.classes} == {"0": 40, "1": 40, "2": 40}


def test_rare_classes_empty_masks_and_pixels_that_do_not_count_are_told(tmp_path):
    data = write(tmp_path / "data", count=60, numbers=(0, 1))
    for number in range(8):
        Image.fromarray(np.zeros((12, 12), "uint8")).save(data / "masks" / f"{number:02}.png")
    rare = np.full((12, 12), 255, "uint8")
    rare[0, 0], rare[0, 1] = 2, 0
    for number in range(20, 58):
        Image.fromarray(rare if number == 20 else np.where(rare == 2, 0, rare)).save(
            data / "masks" / f"{number}.png"
        )
    diagnosis = found(data)
    sizes, empty = diagnosis.find("class sizes"), diagnosis.find("empty masks")
    assert sizes.level == "warn" and ("2", "in 1 image") in {(each.id, each.why) for each in sizes.suspects}
    assert empty.level == "warn" and len(empty.suspects) == 8 + 37
    assert {each.why for each in empty.suspects} == {"all 0"}
    shares, ignored = diagnosis.find("class shares"), diagnosis.find("ignored pixels")
    assert shares.level == "note" and "(2)" in shares.what and "--class-weight auto" in shares.next_step
    assert ignored.level == "warn" and "are 255 and count for nothing" in ignored.what


def test_the_page_shows_suspect_images_under_their_masks(tmp_path):
    diagnosis = found(write(tmp_path / "data", count=60))
    masks = np.array([np.array(Image.open(tmp_path / "data" / "masks" / "01.png").resize((16, 16), 0))])
    image = diagnosis.thumbnails[1]
    drawn = diagnosis.drawn(1, image)
    assert drawn.shape == (16, 16, 3) and len(np.unique(masks)) > 1
    np.testing.assert_array_equal(drawn[masks[0] == 0], image[masks[0] == 0])
    for number in np.unique(masks)[1:]:
        mixed = np.rint(image * 0.45 + palette()[number] * 0.55)[masks[0] == number]
        np.testing.assert_allclose(drawn[masks[0] == number], mixed, atol=1)


def test_a_class_that_a_given_split_lacks(tmp_path):
    for name, numbers in (("train", (0, 1, 2)), ("val", (0, 1)), ("test", (0, 1, 2))):
        write(
            tmp_path / "data" / name,
            count=9,
            numbers=numbers,
            first={"train": 0, "val": 20, "test": 40}[name],
        )
    absent = found(tmp_path / "data").find("absent classes")
    assert absent.level == "warn" and [(each.id, each.why) for each in absent.suspects] == [
        ("2", "in no image of validation")
    ]


def test_what_training_refuses_is_a_finding_that_names_the_file(tmp_path):
    data = write(tmp_path / "data")
    Image.fromarray(np.zeros((12, 12, 3), "uint8")).save(data / "masks" / "03.png")
    (data / "masks" / "07.png").unlink()
    diagnosis = found(data)
    assert diagnosis.worst == "fail" and "training would refuse it" in diagnosis.title
    assert (
        "masks/03.png" in diagnosis.findings[0].what and "save it as a PNG" in diagnosis.findings[0].next_step
    )
    write(tmp_path / "data")
    (data / "masks" / "07.png").unlink()
    assert "1 image without mask left out: images/07.png" in {each.what for each in found(data).findings}


@pytest.mark.parametrize("form", ["folders", "table", "coco", "sample"])
def test_data_with_masks_is_known_by_its_looks(form, tmp_path):
    data = write(tmp_path / "data")
    rows = [(f"images/{n:02}.png", f"masks/{n:02}.png") for n in range(24)]
    sources = {
        "folders": data,
        "table": table_of(data, [("image", "mask"), *rows]),
        "coco": test_coco.write(tmp_path / "coco"),
        "sample": "digit-scenes",
    }
    assert task_of_data(Examination(sources[form])) == "image_segmentation"


def test_other_data_is_not_taken_for_masks(tmp_path):
    pictures = write_pictures(tmp_path / "data", per_class=3, size=9)
    assert task_of("image_segmentation").suits(Examination(pictures)) == 0
    assert task_of_data(Examination(pictures)) == "image_classification"
    rows = [(path.relative_to(tmp_path), path.parent.name) for path in pictures.rglob("*.png")]
    table = table_of(tmp_path, [("path", "label"), *rows])
    assert task_of("image_segmentation").suits(Examination(table)) == 0
