"""Masks in colours: lists of classes with colours, as tools export them, and colours that are in none."""

import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.registry import task_of
from kerasft.contract.splits import SPLITS
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.targets.masks.colours import Colours, colours_in
from kerasft.targets.masks.decoding import decode_mask
from kerasft.targets.masks.schema import fields_of
from kerasft.tasks.image_segmentation.config import MaskModelConfig

TABLE = np.array([(0, 0, 0), (128, 64, 128), (64, 0, 128)], np.uint8)
NAMES = ("void", "road", "car")
CODES = ("#000000", "#804080", "#400080")
PLAIN = "void 0,0,0\nroad 128,64,128\ncar #400080\n"
CVAT = "# label:color_rgb:parts:actions\nvoid:0,0,0::\nroad:128,64,128::\ncar:64,0,128:wheel,door:\n"
CAMVID = "0 0 0\tvoid\n128 64 128\troad\n64 0 128\tcar\n"
KAGGLE = "name,r,g,b\nvoid,0,0,0\nroad,128,64,128\ncar,64,0,128\n"


def write(folder, mode="RGB", size=12):
    """Images and masks in colours: the left part of one class and the right part of the next one."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(24):
        mask = np.full((size, size), number % 3, np.uint8)
        mask[:, size // 3 :] = (number + 1) % 3
        noise = np.random.default_rng(number).integers(0, 50, (size, size, 3))
        Image.fromarray((noise + mask[..., None] * 50).astype("uint8")).save(
            folder / f"images/{number:02}.png"
        )
        Image.fromarray(TABLE[mask]).convert(mode).save(folder / f"masks/{number:02}.png")
    return folder


def read(source, **options):
    return kerasft.read_images_with_masks(source, 8, **options)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("classes.txt", PLAIN),
        ("labelmap.txt", CVAT),
        ("label_colors.txt", CAMVID),
        ("class_dict.csv", KAGGLE),
    ],
)
def test_lists_beside_the_data_make_numbers_of_colours(file, text, mode, tmp_path):
    data = write(tmp_path / "data", mode)
    (data / file).write_text(text, "utf-8")
    splits = read(data)
    assert splits.schema.class_names == NAMES and splits.schema.values == (0, 1, 2)
    assert splits.schema.colours == CODES and splits.schema.ignored is None
    for name, mask in zip(splits.train.ids, splits.train.targets, strict=True):
        number = int(name[-6:-4])
        assert (mask[:, :3] == number % 3).all() and (mask[:, 3:] == (number + 1) % 3).all()


def test_what_counts_for_nothing_has_a_line_too(tmp_path):
    data = write(tmp_path / "data")
    (tmp_path / "list.txt").write_text(PLAIN, "utf-8")
    schema = read(data, classes=tmp_path / "list.txt", ignore=0).schema
    assert (schema.class_names, schema.values, schema.ignored) == (NAMES[1:], (1, 2), 0)
    assert schema.coloured.names == ("what is left out", "road", "car")


def test_a_colour_that_is_not_listed_is_refused_with_its_files_and_the_nearest(tmp_path):
    data = write(tmp_path / "data")
    (data / "classes.txt").write_text(PLAIN, "utf-8")
    path = data / "masks" / "07.png"
    pixels = np.array(Image.open(path))
    pixels[0, :2], pixels[1, 0] = (130, 66, 120), (1, 1, 1)
    Image.fromarray(pixels).save(path)
    with pytest.raises(InputError) as caught:
        read(data)
    assert str(caught.value.problems[0]) == (
        "a mask can't be used, the colour 130,66,120 of 2 pixels is not listed, one of 2 such colours; the nearest is "
        "road 128,64,128 (received: masks/07.png); list all classes with their colours, and save masks without "
        "anti-aliasing"
    )
    splits = read(data, skip_broken=True)
    assert sum(len(getattr(splits, name)) for name in SPLITS) == 23


def test_colours_without_a_list_are_refused_and_the_list_is_named(tmp_path):
    with pytest.raises(InputError, match=r"an image in colours \(RGB\).*road 128,64,128"):
        read(write(tmp_path / "data"))


def test_jpeg_stays_refused_whatever_is_listed(tmp_path):
    data = write(tmp_path / "data")
    (data / "classes.txt").write_text(PLAIN, "utf-8")
    Image.open(data / "masks" / "03.png").save(data / "masks" / "03.jpg")
    (data / "masks" / "03.png").unlink()
    with pytest.raises(InputError, match="a JPEG, which changes the numbers"):
        read(data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("road 128,64,128\ncar\n", "'car' has no colour of three numbers up to 255"),
        ("road 128,64,128\ncar 0,300,0\n", "'car 0,300,0' has no colour"),
        ("road 128,64,128\ncar #804080\n", "car has the colour of road"),
    ],
)
def test_a_list_with_a_wrong_line_is_refused(text, message, tmp_path):
    data = write(tmp_path / "data")
    (data / "classes.txt").write_text(text, "utf-8")
    with pytest.raises(InputError, match=f"the list of classes can't be used: {message}.*classes.txt"):
        read(data)


def test_lists_without_colours_are_names(tmp_path):
    assert colours_in(["road", "lane 2", "car, parked"]) is None
    data = write(tmp_path / "data")
    (data / "labelmap.txt").write_text("# label:color_rgb:parts:actions\nvoid:::\nroad:::\ncar:::\n", "utf-8")
    with pytest.raises(InputError, match="an image in colours"):
        read(data)
    for path in (data / "masks").iterdir():
        numbers = Colours(CODES, NAMES).numbers_of(np.array(Image.open(path)))
        Image.fromarray(numbers).save(path)
    assert read(data).schema.class_names == NAMES


def test_what_is_drawn_is_read_again_as_the_same_mask(tmp_path):
    data = write(tmp_path / "data")
    (data / "classes.txt").write_text(PLAIN, "utf-8")
    for ignore in ("auto", 0, 255):
        schema = read(data, ignore=ignore, resize="crop").schema
        answer = np.eye(len(schema.class_names), dtype="float32")[
            np.arange(64).reshape(8, 8) % len(schema.class_names)
        ]
        wide = tmp_path / "wide.png"
        Image.fromarray(np.zeros((8, 12, 3), "uint8")).save(wide)
        files = task_of("image_segmentation").drawings(wide, answer, ImageEncoder(8, "crop"), schema)
        with Image.open(io.BytesIO(files["mask.png"])) as drawn:
            assert drawn.mode == "RGB" and drawn.size == (12, 8)
        numbers = decode_mask(files["mask.png"], schema.coloured)
        np.testing.assert_array_equal(numbers[:, 2:10], schema.numbers[answer.argmax(axis=-1)])
        assert (numbers[:, [0, -1]] == 0).all()  # what the crop hasn't seen: left out, or the first class


def test_a_run_reads_its_masks_again_and_new_ones_without_a_list(tmp_path):
    data = write(tmp_path / "data")
    listed = data / "classes.txt"
    listed.write_text(PLAIN, "utf-8")
    splits, task = read(data), task_of("image_segmentation")
    listed.unlink()
    fields = {
        name: getattr(splits.schema, name)
        for name in ("class_names", "values", "ignored", "shares", "colours")
    }
    config = MaskModelConfig(backbone="starter", image_size=8, **fields)
    assert fields_of(json.loads(json.dumps(asdict(config)))) == splits.schema
    source = {"source": str(data), "seed": 0, "data_dir": None}
    again = task.restore_splits(write_splits(splits, tmp_path / "splits.csv"), source, config)
    np.testing.assert_array_equal(again.train.targets, splits.train.targets)
    labelled = task.read_labelled(data, splits.schema, ImageEncoder(8, "stretch"), None)
    assert len(labelled) == 24 and set(np.unique(labelled.targets)) == {0, 1, 2}


@pytest.mark.parametrize("colours", [["#000000"], ["#000000"] * 3, ["black", "#111111", "#222222"], "#00000"])
def test_colours_of_a_config_that_can_not_be_are_refused(colours):
    with pytest.raises(ValueError, match="colours is not a list"):
        fields_of({"class_names": NAMES, "values": [0, 1, 2], "image_size": 8, "colours": colours})
