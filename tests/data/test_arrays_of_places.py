"""Images in memory with boxes or masks beside them: the same splits as of files, the same checks, and a run."""

import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.splits import SPLITS
from tests.data import boxes as made

RNG = np.random.default_rng(3)


def scenes(count=30):
    """Images of several sizes with a bright square each, its box, and its mask."""
    images, boxes, masks = [], [], []
    for number in range(count):
        height, width = 40 + number % 3, 48
        image = RNG.integers(0, 60, (height, width, 3), dtype=np.uint8)
        left, top, kind = number % 9, 3 + number % 11, number % 2
        image[top : top + 20, left : left + 24, kind] += 150
        mask = np.zeros((height, width), np.uint8)
        mask[top : top + 20, left : left + 24] = 1 + kind
        images.append(image)
        boxes.append([(("red", "green")[kind], left, top, left + 24, top + 20)])
        masks.append(mask)
    return images, boxes, masks


IMAGES, BOXES, MASKS = scenes()


def boxed(images=IMAGES, labels=BOXES, **options):
    return kerasft.read_images_with_boxes(images, 32, labels=labels, **options)


def masked(images=IMAGES, labels=MASKS, **options):
    return kerasft.read_images_with_masks(images, 32, labels=labels, **options)


def by_id(splits):
    """Returns each image with its target, by its id."""
    parts = [getattr(splits, name) for name in SPLITS]
    return {
        name: (part.examples[row], part.targets[row]) for part in parts for row, name in enumerate(part.ids)
    }


def test_boxes_in_memory_are_those_of_files(tmp_path):
    names = [f"{row}.png" for row in range(len(IMAGES))]
    for name, image in zip(names, IMAGES, strict=True):
        Image.fromarray(image).save(tmp_path / name)
    rows = [f"{name},{','.join(map(str, box))}" for name, (box,) in zip(names, BOXES, strict=True)]
    made.text(tmp_path / "boxes.csv", "\n".join(["path,label,x1,y1,x2,y2", *rows]))
    there, here = by_id(kerasft.read_images_with_boxes(tmp_path / "boxes.csv", 32)), by_id(boxed())
    assert len(here) == 30
    for row, name in enumerate(names):
        for one, other in zip(there[name], here[f"train/{row}"], strict=True):
            np.testing.assert_array_equal(one, other)


def test_masks_in_memory_are_those_of_files(tmp_path):
    for kind, arrays in (("images", IMAGES), ("masks", MASKS)):
        (tmp_path / kind).mkdir()
        for row, each in enumerate(arrays):
            Image.fromarray(each).save(tmp_path / kind / f"{row:02}.png")
    there, here = by_id(kerasft.read_images_with_masks(tmp_path, 32)), by_id(masked())
    for row in range(30):
        for one, other in zip(there[f"images/{row:02}.png"], here[f"train/{row}"], strict=True):
            np.testing.assert_array_equal(one, other)


def test_what_boxes_may_be_written_as():
    numbered = [[(int(name == "green"), *corners)] for ((name, *corners),) in BOXES]
    texts = [
        json.dumps([[image.shape[1], image.shape[0]], *map(list, boxes)])
        for image, boxes in zip(IMAGES, BOXES, strict=True)
    ]
    expected = by_id(boxed(classes="red,green"))
    for labels in (numbered, [np.array(each, float) for each in numbered], texts):
        found = by_id(boxed(labels=labels, classes="red,green"))
        assert all(np.array_equal(found[name][1], each[1]) for name, each in expected.items())
    assert boxed(labels=numbered).schema.class_names == ("0", "1")
    crowd = boxed(labels=[[(*box, True), box] for (box,) in BOXES])
    assert crowd.train.targets[0, 1:, 5].tolist() in ([0, 1], [1, 0])
    own = boxed(test_data=(IMAGES[:6], BOXES[:6]), images=IMAGES[6:], labels=BOXES[6:])
    assert len(own.test) == 6 and own.test.ids[0] == "test-data:train/0"
    assert boxed([Image.fromarray(each) for each in IMAGES]).train.examples.shape[1:] == (32, 32, 3)


def test_what_masks_may_be_written_as(tmp_path):
    expected = by_id(masked())
    palettes = [Image.fromarray(each).convert("P") for each in MASKS]
    for picture, mask in zip(palettes, MASKS, strict=True):
        picture.putdata(mask.ravel().tolist())
    colours = np.array([(0, 0, 0), (200, 0, 0), (0, 200, 0)], np.uint8)
    listed = made.text(tmp_path / "names.txt", "ground 0,0,0\nred 200,0,0\ngreen 0,200,0\n")
    wide = [each[..., None].astype("int64") for each in MASKS]
    for labels, options in (
        (palettes, {}),
        (wide, {}),
        ([colours[each] for each in MASKS], {"classes": listed}),
    ):
        found = by_id(masked(labels=labels, **options))
        assert all(np.array_equal(found[name][1], each[1]) for name, each in expected.items())
    two = masked(labels=[each > 0 for each in MASKS], classes="ground,thing")
    assert two.schema.class_names == ("ground", "thing") and set(np.unique(two.train.targets)) == {0, 1}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("thing", "the boxes of train/1 can't be used, 'thing' is no box"),
        ([(0, 1, 2, 3)], r"train/1 can't be used, \(0, 1, 2, 3\) is no box.*\(class, x1, y1, x2, y2\)"),
        ([("red", 1, 2, "x", 4)], "a box has 'x' where a number is needed"),
        ([("red", 0.1, 0.2, 0.5, 0.5)], "they lie within one pixel, as shares of the image do"),
        ([(0.5, 1, 2, 5, 5)], "the class is 0.5, which is no name and no number of a class"),
        ([(2, 1, 2, 5, 5)], "the class is 2, and 2 are named.*classes"),
        ('[[9,9],["red",1,1,5,5]]', "they are of an image of 9 x 9 pixels, and it has 48 x 41"),
        ("[[9,9]", "it is not JSON"),
        (7, "7 is no list of boxes"),
    ],
)
def test_boxes_that_are_none_are_refused_with_their_image(changed, message):
    labels = [BOXES[0], [changed] if changed == "thing" else changed, *BOXES[2:]]
    with pytest.raises(InputError, match=message):
        boxed(labels=labels, classes="red,green")
    left = boxed(labels=labels, classes="red,green", skip_broken=True)
    assert sum(len(getattr(left, name)) for name in SPLITS) == 29 and "1 image left out" in " ".join(
        left.notes
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (MASKS[0], "it has 48 x 40 pixels, and its image 48 x 41 .received: mask of train/1"),
        (MASKS[1] / 2, "an array of float64, and whole numbers are needed"),
        (MASKS[1].astype(int) - 5, "numbers from -5 to -3, and 0 to 255 are needed"),
        (np.dstack([MASKS[1]] * 3), r"an array \(41, 48, 3\), and \(height, width\) is needed.*colours"),
        (MASKS[1].ravel(), r"an array \(1968\), and \(height, width\) is needed"),
        ("nowhere.png", "the file does not exist"),
    ],
)
def test_masks_that_are_none_are_refused_with_their_image(changed, message):
    labels = [MASKS[0], changed, *MASKS[2:]]
    with pytest.raises(InputError, match=message):
        masked(labels=labels)
    assert sum(len(getattr(masked(labels=labels, skip_broken=True), name)) for name in SPLITS) == 29


@pytest.mark.parametrize("read", [boxed, masked])
def test_images_and_answers_belong_together(read, tmp_path):
    with pytest.raises(InputError, match="images in memory need labels; give labels="):
        read(labels=None)
    with pytest.raises(InputError, match="images and labels differ in length .received: 30 and 2"):
        read(labels=BOXES[:2])
    with pytest.raises(
        InputError, match="an image can't be used, values from 0 to 1 look scaled.*received: image 0"
    ):
        read([IMAGES[0] / IMAGES[0].max(), *IMAGES[1:]])
    with pytest.raises(InputError, match="labels= goes with images in memory only"):
        read(tmp_path)
    with pytest.raises(InputError, match="are read from a file or a folder; give one with"):
        read(" ", labels=None)
    splits = read([IMAGES[0][..., :2], *IMAGES[1:]], skip_broken=True)
    assert "1 image left out, which can't be used: image 0 (an array" in " ".join(splits.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("read", "task"), [(boxed, "object_detection"), (masked, "image_segmentation")])
def test_a_run_on_arrays(read, task, tmp_path):
    splits = read()
    model = kerasft.build_model(task, backbone="starter", schema=splits.schema, image_size=32, weights=None)
    phases = kerasft.two_phases(1, 1, unfreeze=1)
    run = kerasft.fine_tune(
        model, splits, phases, tmp_path / "run", kerasft.Training(batch_size=8), verbose=False
    )
    assert 0 <= kerasft.evaluate(run).score <= 1
    assert kerasft.export(run).row.agreement == 1
    assert kerasft.report(run).path.is_file()
    with pytest.raises(InputError, match="arrays in memory, which are not kept"):
        kerasft.Run.open(tmp_path / "run").splits()
