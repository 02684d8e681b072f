"""Images with masks: decoded to the numbers in the file, resized as their image, listed, restored, or refused."""

import csv
import io
import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.resizing import RESIZES
from kerasft.contract.registry import task_of
from kerasft.contract.splits import SPLITS
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.decode import resize_image
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.targets.masks.decoding import BrokenMaskError, decode_mask
from kerasft.targets.masks.painting import index_png, palette
from kerasft.targets.masks.resizing import enlarge_mask, framed, resize_mask
from kerasft.tasks.image_segmentation import sample
from kerasft.tasks.image_segmentation.config import MaskModelConfig
from kerasft.tasks.image_segmentation.sample import CLASSES, COUNTS, write_digit_scenes

RNG = np.random.default_rng(0)
NUMBERS = RNG.integers(0, 3, (9, 13), dtype=np.uint8)


def png(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def grey_of(bits):
    """A grey PNG with so few bits per pixel, which Pillow reads as brightnesses and doesn't write."""
    import struct
    import zlib

    height, width = NUMBERS.shape
    rows = b""
    for row in NUMBERS % 2**bits:
        packed = "".join(f"{value:0{bits}b}" for value in row)
        packed += "0" * (-len(packed) % 8)
        rows += b"\0" + bytes(int(packed[k : k + 8], 2) for k in range(0, len(packed), 8))

    def chunk(name, content):
        crc = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_palette(**options):
    image = Image.fromarray(NUMBERS)
    image.putpalette([200, 100, 50] * 256)
    return png(image, **options)


@pytest.mark.parametrize(
    "encoded",
    [
        png(Image.fromarray(NUMBERS)),
        with_palette(),
        with_palette(transparency=1),
        with_palette(bits=2),
        grey_of(2),
        grey_of(4),
        index_png(NUMBERS),
    ],
    ids=["grey", "palette", "transparent", "palette of 2 bits", "grey of 2 bits", "grey of 4 bits", "ours"],
)
def test_a_mask_is_the_numbers_in_the_file(encoded):
    found = decode_mask(encoded)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, NUMBERS)


def test_one_bit_is_0_and_1():
    np.testing.assert_array_equal(decode_mask(png(Image.fromarray(NUMBERS > 0))), NUMBERS > 0)
    np.testing.assert_array_equal(decode_mask(grey_of(1)), NUMBERS % 2)


def jpeg():
    buffer = io.BytesIO()
    Image.fromarray(NUMBERS).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "encoded, message",
    [
        (jpeg(), "a JPEG, which changes the numbers of the classes"),
        (png(Image.fromarray(np.stack([NUMBERS] * 3, axis=-1))), r"an image in colours \(RGB\)"),
        (png(Image.fromarray(NUMBERS).convert("LA")), "grey with transparency"),
        (png(Image.fromarray(NUMBERS.astype("uint16"))), "16 bits per pixel, of which a mask needs 8"),
        (b"", r"the file is empty \(0 bytes\)"),
        (b"id,mask\n", "not a PNG"),
        (index_png(NUMBERS)[:40], "damaged|truncated"),
        (index_png(NUMBERS)[:20], "truncated or damaged in its first bytes"),
        (
            index_png(NUMBERS)[:16] + b"\0\1\0\0\0\1\0\0" + index_png(NUMBERS)[24:],
            "65536x65536 pixels, more than 64",
        ),
    ],
)
def test_what_is_no_mask_is_refused(encoded, message):
    with pytest.raises(BrokenMaskError, match=message):
        decode_mask(encoded)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_devices_and_missing_files_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name, message in (
        ("pipe.png", "a named pipe"),
        ("zero.png", "a device"),
        ("no.png", "does not exist"),
    ):
        with pytest.raises(BrokenMaskError, match=message):
            decode_mask(tmp_path / name)


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("shape", [(40, 64), (64, 40), (7, 5), (96, 32)])
def test_a_mask_lies_on_its_image_at_any_size(resize, shape):
    mask = np.zeros(shape, np.uint8)
    mask[shape[0] // 3 :, shape[1] // 2 :] = 1
    image = resize_image(np.stack([mask * 255] * 3, axis=-1), 16, resize)
    found = framed(resize_mask(mask, 16, resize), 16, 255)
    assert found.shape == (16, 16) and found.dtype == np.uint8
    beside = found == 255
    assert (image[beside] == 114).all() and beside.any() == (resize == "letterbox")
    plain = np.isin(image[..., 0], (0, 255))  # not mixed of both sides of an edge
    assert plain.sum() > 0.7 * (~beside).sum()
    np.testing.assert_array_equal(found[plain], image[..., 0][plain] > 0)


def test_an_answer_is_as_large_as_the_image_that_was_asked_about():
    mask = RNG.integers(0, 3, (4, 4), dtype=np.uint8)
    np.testing.assert_array_equal(enlarge_mask(mask, (8, 12), "stretch", 255), mask.repeat(2, 0).repeat(3, 1))
    whole = enlarge_mask(mask, (8, 12), "crop", 255)
    np.testing.assert_array_equal(whole[:, 2:10], mask.repeat(2, 0).repeat(2, 1))
    assert (whole[:, :2] == 255).all() and (whole[:, 10:] == 255).all()
    whole = enlarge_mask(mask, (4, 12), "letterbox", 255)  # of one row and 4 columns, the second row
    np.testing.assert_array_equal(whole, mask[1:2].repeat(4, 0).repeat(3, 1))
    for resize in RESIZES:  # back at the model's size, it is the same again
        again = framed(resize_mask(enlarge_mask(mask, (8, 12), resize, 255), 4, resize), 4, 255)
        np.testing.assert_array_equal(again[again < 255], mask[again < 255])
        assert (again == 255).sum() == (4 if resize == "letterbox" else 0)  # a row: 8 by 12 are 3 by 4


def test_the_colours_are_those_of_pascal_voc():
    assert palette()[[0, 1, 2, 15, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [192, 128, 128],
        [224, 224, 192],
    ]
    with Image.open(io.BytesIO(index_png(NUMBERS))) as image:
        assert image.mode == "P"


def write(folder, count=24, numbers=(0, 1, 2), size=12, images="images", masks="masks", first=0):
    """Images whose left part is of one number and whose right part is of another one."""
    for name in (images, masks):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        one, other = numbers[number % len(numbers)], numbers[(number + 1) % len(numbers)]
        mask = np.full((size, size), one, np.uint8)
        mask[:, size // 3 :] = other
        pixels = np.random.default_rng(number).integers(0, 50, (size, size, 3)) + mask[..., None] % 4 * 50
        Image.fromarray(pixels.astype("uint8")).save(folder / images / f"{number:02}.png")
        Image.fromarray(mask).save(folder / masks / f"{number:02}.png")
    return folder


def read(source, **options):
    return kerasft.read_images_with_masks(source, 8, **options)


def everything(splits):
    return np.concatenate([getattr(splits, name).targets for name in SPLITS])


def test_folders_side_by_side(tmp_path):
    splits = read(write(tmp_path / "data"))
    assert splits.schema.class_names == ("0", "1", "2") and splits.schema.values == (0, 1, 2)
    assert splits.schema.ignored == 255 and abs(sum(splits.schema.shares) - 1) < 1e-9
    assert [len(getattr(splits, name)) for name in SPLITS] == [17, 3, 4]
    train = splits.train
    assert train.targets.shape == (17, 8, 8) and train.targets.dtype == np.uint8
    for row, name in enumerate(train.ids):  # each image has the mask of its name
        number = int(name.removeprefix("images/").removesuffix(".png"))
        expected = np.full((8, 8), number % 3)
        expected[:, 3:] = (number + 1) % 3
        np.testing.assert_array_equal(train.targets[row], expected)
    assert "--classes names them" in " ".join(splits.notes)


def test_classes_txt_beside_the_data_names_them(tmp_path):
    write(tmp_path / "data")
    (tmp_path / "data" / "classes.txt").write_text("\ufeffground\ncat\ndog\n\n", "utf-8")
    assert read(tmp_path / "data").schema.class_names == ("ground", "cat", "dog")
    (tmp_path / "other.txt").write_text("a\nb\nc\nd\n")
    assert read(tmp_path / "data", classes=str(tmp_path / "other.txt")).schema.class_names == (
        "a",
        "b",
        "c",
        "d",
    )
    splits = read(tmp_path / "data", classes="x, y,z")
    assert splits.schema.class_names == ("x", "y", "z")


def test_0_and_255_are_two_classes_and_else_255_counts_for_nothing(tmp_path):
    binary = read(write(tmp_path / "binary", numbers=(0, 255)), classes="no,yes")
    assert binary.schema.values == (0, 255) and binary.schema.ignored is None
    assert set(np.unique(everything(binary))) == {0, 1} and "255 is taken for a class" in " ".join(
        binary.notes
    )
    three = read(write(tmp_path / "three", numbers=(0, 1, 255)))
    assert three.schema.class_names == ("0", "1") and set(np.unique(everything(three))) == {0, 1, 255}
    every = read(tmp_path / "three", ignore="none")
    assert every.schema.class_names == ("0", "1", "255") and every.schema.ignored is None
    other = read(tmp_path / "three", ignore=0, classes="a,b")
    assert other.schema.ignored == 0


def test_the_number_that_counts_for_nothing_may_come_first(tmp_path):
    splits = read(write(tmp_path / "data", numbers=(0, 1, 2)), ignore=0, classes="wall,door")
    assert splits.schema.values == (1, 2) and set(np.unique(everything(splits))) == {0, 1, 255}


def test_folders_of_splits_and_pascal_voc(tmp_path):
    for name, first in (("train", 0), ("val", 30), ("test", 60)):
        write(tmp_path / "a" / name, count=6, first=first)
        write(tmp_path / "b", count=6, first=first, images=f"images/{name}", masks=f"masks/{name}")
    for data in ("a", "b"):
        splits = read(tmp_path / data)
        assert [len(getattr(splits, name)) for name in SPLITS] == [6, 6, 6]
        assert all("val" in name for name in splits.validation.ids)
    voc = write(tmp_path / "voc", images="JPEGImages", masks="SegmentationClass", count=24)
    lists = voc / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for name, numbers in (("train", range(10)), ("val", range(10, 16)), ("test", range(16, 20))):
        (lists / f"{name}.txt").write_text("".join(f"{number:02}\n" for number in numbers))
    splits = read(voc)
    assert [len(getattr(splits, name)) for name in SPLITS] == [10, 6, 4]
    assert "4 images in no list of ImageSets/Segmentation left out" in splits.notes
    (lists / "val.txt").write_bytes(b"\xff\xfe\0")
    with pytest.raises(InputError, match="a list of images can't be read: it is not UTF-8"):
        read(voc)


def table_of(folder, rows, name="list.csv"):
    with open(folder / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder / name


def test_a_table_of_images_and_masks(tmp_path):
    write(tmp_path / "data")
    names = [f"{number:02}" for number in range(24)]
    rows = [(f"images/{name}.png", f"masks/{name}.png", int(name) % 5, "x") for name in names]
    path = table_of(tmp_path / "data", [("image", "mask", "patient", "note"), *rows])
    splits = read(path, group="patient")
    folder = read(tmp_path / "data")
    assert splits.schema == replace(folder.schema, shares=splits.schema.shares)
    by_id = {
        name: mask
        for split in SPLITS
        for name, mask in zip(getattr(folder, split).ids, getattr(folder, split).targets, strict=True)
    }
    for split in SPLITS:
        for name, mask in zip(getattr(splits, split).ids, getattr(splits, split).targets, strict=True):
            np.testing.assert_array_equal(mask, by_id[name])
    bare = table_of(
        tmp_path / "data", [("file", "mask"), *((f"{name}.png", name) for name in names)], "bare.csv"
    )
    assert len(everything(read(bare, image="file"))) == 24  # names without folder and suffix


@pytest.mark.parametrize(
    "cell, message",
    [
        ("", "line 3: the name of the mask is missing"),
        (
            "masks/none.png",
            r"line 3: the mask can't be used, the file does not exist \(received: masks/none.png\)",
        ),
        ("https://host/mask.png", "line 3: the mask can't be used, the path is a URL"),
        ("images/02.png", r"line 3: the mask can't be used, an image in colours \(RGB\)"),
    ],
)
def test_a_bad_row_is_named_with_its_number(cell, message, tmp_path):
    write(tmp_path / "data")
    rows = [(f"images/{n:02}.png", f"masks/{n:02}.png" if n != 1 else cell) for n in range(24)]
    with pytest.raises(InputError, match=message):
        read(table_of(tmp_path / "data", [("image", "mask"), *rows]))


def spoiled(folder, **content):
    write(folder)
    for name, image in content.items():
        image.save(folder / "masks" / f"{name.strip('_')}.png")
    return folder


def test_masks_that_can_not_be_used_are_all_listed_or_left_out(tmp_path):
    colours = Image.fromarray(np.zeros((12, 12, 3), "uint8"))
    other_size = Image.fromarray(np.zeros((12, 9), "uint8"))
    data = spoiled(tmp_path / "data", _03=colours, _05=other_size)
    with pytest.raises(InputError) as caught:
        read(data)
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 2
    assert said[0].startswith(
        "a mask can't be used, an image in colours (RGB) (received: masks/03.png); save it as a PNG"
    )
    assert "it has 9 x 12 pixels, and its image 12 x 12 (received: masks/05.png)" in said[1]
    splits = read(data, skip_broken=True)
    assert len(everything(splits)) == 22 and "2 images left out, whose masks can't be used" in " ".join(
        splits.notes
    )


def test_masks_saved_as_jpeg_are_one_line_with_their_number(tmp_path):
    data = write(tmp_path / "data")
    for number in range(12):
        Image.fromarray(np.zeros((12, 12), "uint8")).save(data / "masks" / f"{number:02}.png", "JPEG")
    with pytest.raises(InputError) as caught:
        read(data)
    (said,) = map(str, caught.value.problems)
    assert said.startswith(
        "12 masks can't be used, a JPEG, which changes the numbers of the classes (received: masks/00.png, "
        "masks/01.png, masks/02.png and 9 more); save it as a PNG"
    )


def test_an_image_that_exif_turns_needs_a_mask_that_is_turned_too(tmp_path):
    data = write(tmp_path / "data")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((12, 20, 3), "uint8")).save(data / "images" / "00.jpg", exif=exif)
    (data / "images" / "00.png").unlink()
    Image.fromarray(np.zeros((12, 20), "uint8")).save(data / "masks" / "00.png")
    with pytest.raises(InputError, match="20 x 12 pixels, and its image 12 x 20, turned as its EXIF says"):
        read(data)
    Image.fromarray(np.zeros((20, 12), "uint8")).save(data / "masks" / "00.png")
    assert len(everything(read(data))) == 24


def test_what_is_wrong_with_the_numbers_is_said_with_files(tmp_path):
    data = write(tmp_path / "data", numbers=(0, 1, 7))
    files = "masks/01.png, masks/02.png, masks/04.png"
    with pytest.raises(InputError, match=rf"masks hold 7, .* 2 classes \(received: {files}.*--ignore 7"):
        read(data, classes="a,b")
    with pytest.raises(InputError, match="the masks hold one number only"):
        read(write(tmp_path / "one", numbers=(4,)))
    with pytest.raises(InputError, match="--classes takes 2 to 255 different names"):
        read(data, classes="a,a,b")
    with pytest.raises(InputError, match=r"--ignore is no number of a mask \(received: 256\)"):
        read(data, ignore=256)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda root: root, "the data folder does not exist"),
        (
            lambda root: root.mkdir() or root,
            "no images and masks side by side .*no folders.* put images into images/",
        ),
        (lambda root: root.write_text("x") and root, "the data is a file, not a folder or a table"),
        (
            lambda root: [(root / each).mkdir(parents=True) for each in ("images", "masks")] and root,
            "no image has a mask of the same name",
        ),
        (lambda root: np.zeros((3, 8, 8, 3), "uint8"), "images in memory need labels; give labels="),
        (lambda root: root / "no.csv", "the table does not exist"),
    ],
)
def test_data_that_is_none(make, message, tmp_path):
    with pytest.raises(InputError, match=message):
        read(make(tmp_path / "data"))


def test_images_without_a_mask_and_masks_without_an_image_are_told(tmp_path):
    data = write(tmp_path / "data")
    (data / "masks" / "03.png").unlink()
    (data / "images" / "05.png").unlink()
    (data / "images" / "06.jpg").write_bytes((data / "images" / "06.png").read_bytes())
    notes = read(data).notes
    assert "1 image without mask left out: images/03.png" in notes
    assert "1 mask without image left out: masks/05.png" in notes
    assert "images/06.png left out: images/06.jpg has the same name" in notes


def test_the_same_image_with_two_masks_is_refused_and_copies_stay_together(tmp_path):
    data = write(tmp_path / "data")
    for kind in ("images", "masks"):
        (data / kind / "50.png").write_bytes((data / kind / "01.png").read_bytes())
    assert "1 exact copy of other images, kept in one split" in read(data).notes
    (data / "masks" / "50.png").write_bytes((data / "masks" / "02.png").read_bytes())
    with pytest.raises(InputError, match="the same image is there with two masks .*images/01.png as 'mask "):
        read(data)


def restored(splits, path, size=8):
    config = MaskModelConfig(
        backbone="starter",
        image_size=size,
        resize=splits.resize,
        **{k: v for k, v in vars(splits.schema).items() if k != "image_size"},
    )
    data = {"source": splits.source, "data_dir": splits.data_dir, "test_data": splits.test_data}
    return task_of("image_segmentation").restore_splits(write_splits(splits, path), data, config)


@pytest.mark.parametrize("of_table", [False, True])
def test_a_run_finds_its_masks_again_and_notices_a_changed_one(of_table, tmp_path):
    source = data = write(tmp_path / "data")
    if of_table:
        rows = [(f"images/{n:02}.png", f"masks/{n:02}.png") for n in range(24)]
        source = table_of(data, [("image", "mask"), *rows])
    splits = read(source, test_data=write(tmp_path / "test", first=40))
    again = restored(splits, tmp_path / "splits.csv")
    assert again.schema == splits.schema and type(again.schema) is type(splits.schema)
    for name in SPLITS:
        one, other = getattr(splits, name), getattr(again, name)
        assert one.ids == other.ids and len(one) > 0
        np.testing.assert_array_equal(one.targets, other.targets)
    one = next(name for name in splits.train.ids)
    mask = data / one.replace("images", "masks")
    pixels = np.array(Image.open(mask))
    pixels[0, 0] = 1 - min(1, pixels[0, 0])
    Image.fromarray(pixels).save(mask)
    with pytest.raises(InputError, match="is not what it was, its label is now 'mask "):
        restored(splits, tmp_path / "splits.csv")
    mask.unlink()
    message = "the file does not exist" if of_table else "is not what it was, missing"
    with pytest.raises(InputError, match=message):
        restored(splits, tmp_path / "splits.csv")


@pytest.mark.parametrize(
    ("numbers", "ignore"), [((0, 255), "auto"), ((0, 1, 255), "auto"), ((0, 3, 7), 0), ((0, 1, 255), "none")]
)
def test_what_is_beside_a_letterboxed_image_counts_for_nothing(numbers, ignore, tmp_path):
    data = write(tmp_path / "data", 18, numbers)
    for number, (height, width) in enumerate(((12, 12), (6, 12), (12, 6), (3, 12), (12, 1)), start=30):
        pixels = np.random.default_rng(number).integers(0, 256, (height, width, 3), "uint8")
        Image.fromarray(pixels).save(data / "images" / f"{number}.png")
        Image.fromarray(np.full((height, width), numbers[-1], np.uint8)).save(
            data / "masks" / f"{number}.png"
        )
    splits = read(data, resize="letterbox", ignore=ignore)
    full = 255 if splits.schema.ignored == numbers[-1] else len(splits.class_names) - 1
    found = {name: mask for each in SPLITS for name, mask in zip(
        getattr(splits, each).ids, getattr(splits, each).targets, strict=True)}  # fmt: skip
    for number, rows, columns in ((30, 8, 8), (31, 4, 8), (32, 8, 4), (33, 2, 8), (34, 8, 1)):
        wanted = np.full((8, 8), 255)
        top, left = (8 - rows) // 2, (8 - columns) // 2
        wanted[top : top + rows, left : left + columns] = full
        np.testing.assert_array_equal(found[f"images/{number}.png"], wanted)
    again = restored(splits, tmp_path / "splits.csv")
    assert again.reading == splits.reading
    for name in SPLITS:
        assert getattr(again, name).ids == getattr(splits, name).ids
        np.testing.assert_array_equal(getattr(again, name).targets, getattr(splits, name).targets)
    labelled = task_of("image_segmentation").read_labelled(
        data, splits.schema, ImageEncoder(8, "letterbox"), None
    )
    for name, mask in zip(labelled.ids, labelled.targets, strict=True):
        np.testing.assert_array_equal(mask, found[name])


@pytest.mark.parametrize("share", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_the_sample_data_is_what_it_says(share, tmp_path, monkeypatch):
    """A tenth of it is written in the same way, in a tenth of the time."""
    assert COUNTS == {"train": 900, "validation": 150, "test": 150}
    counts = {split: count // share for split, count in COUNTS.items()}
    monkeypatch.setattr(sample, "_SCENES", replace(sample._SCENES, counts=counts))
    table = write_digit_scenes(tmp_path)
    rows = list(csv.DictReader(open(table, encoding="utf-8")))
    assert {split: sum(row["split"] == split for row in rows) for split in COUNTS} == counts
    masks = np.stack([decode_mask(tmp_path / row["mask"]) for row in rows[:: 10 // share]])
    assert set(np.unique(masks)) == set(range(len(CLASSES))) and 0.7 < (masks == 0).mean() < 0.95
    assert (tmp_path / "classes.txt").read_text().split() == list(CLASSES)
    before = table.stat().st_mtime_ns
    assert write_digit_scenes(tmp_path) == table and table.stat().st_mtime_ns == before


def test_classes_in_too_few_masks_get_no_share_of_each_split(tmp_path):
    schema = read(write(tmp_path / "data")).schema
    few = np.zeros((5, 8, 8), np.uint8)
    assert schema.strata(few) is None
    assert schema.strata(np.concatenate([few, few[:1]])).names == ("0",)
    one = few.copy()
    one[0, 0, 0] = 2
    assert schema.strata(np.concatenate([one, few])).names == ("0",)
