"""What people have in memory is answered as its file would be: arrays, PIL images, bytes, frames, datasets."""

import io

import numpy as np
import pandas
import pytest
import tensorflow as tf
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.data.objects import contents_of, labelled_of
from kerasft.inputs.images.decode import load_image
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.limits import BrokenImageError
from kerasft.inputs.images.objects import load_object
from kerasft.inputs.texts.kind import TEXTS


def pixels_of_object(content, encoder):
    return load_object(content, encoder)[0]


ENCODER = ImageEncoder(12, "crop")
PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), "uint8")


class Torch:
    """A dataset as PyTorch has them: a length and rows, each with its answer."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, row):
        if row >= len(self.rows):
            raise IndexError
        return self.rows[row]


class Columns:
    """A dataset as Hugging Face's `datasets` has them: columns by name."""

    def __init__(self, **columns):
        self.columns_of = columns
        self.column_names = list(columns)

    def __getitem__(self, name):
        return self.columns_of[name]


def one_of(kind):
    image = Image.fromarray(PIXELS)
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        held = io.BytesIO()
        image.save(held, "PNG", exif=exif)
        return held.getvalue(), Image.open(io.BytesIO(held.getvalue()))
    image = image.convert(
        {"grey": "L", "palette": "P", "see-through": "RGBA", "cmyk": "CMYK"}.get(kind, "RGB")
    )
    if kind == "see-through":
        image.putalpha(Image.fromarray(PIXELS[..., 0]))
    held = io.BytesIO()
    image.save(held, "TIFF" if kind == "cmyk" else "PNG")
    return held.getvalue(), image


@pytest.mark.parametrize("kind", ["rgb", "grey", "palette", "see-through", "cmyk", "turned"])
def test_a_pil_image_gives_the_pixels_of_its_file(kind):
    encoded, image = one_of(kind)
    wanted = load_image(encoded, 12, "crop")
    np.testing.assert_array_equal(pixels_of_object(image, ENCODER), wanted)
    np.testing.assert_array_equal(pixels_of_object(encoded, ENCODER), wanted)
    if kind in ("rgb", "grey", "see-through"):
        np.testing.assert_array_equal(pixels_of_object(np.asarray(image), ENCODER), wanted)
        np.testing.assert_array_equal(pixels_of_object(np.asarray(image).astype("float32"), ENCODER), wanted)


def test_sixteen_bits_are_read_as_those_of_a_file():
    held, image = io.BytesIO(), Image.fromarray(PIXELS[..., 0].astype("uint16") * 257)
    image.save(held, "PNG")
    np.testing.assert_array_equal(pixels_of_object(image, ENCODER), load_image(held.getvalue(), 12, "crop"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (PIXELS / 255, "look scaled: multiply them by 255"),
        (PIXELS.astype("float32") - 300, "0 to 255 are needed"),
        (np.full((4, 4, 3), np.nan), "0 to 255 are needed"),
        (PIXELS.transpose(2, 0, 1), "put the channels last"),
        (PIXELS[..., :2], "an array .20, 30, 2., and"),
        (PIXELS[:0], "an array .0, 30, 3., and"),
        (PIXELS > 3, "an array of bool"),
        (3.5, "no image: float"),
        (np.broadcast_to(np.uint8(0), (20_000, 20_000, 3)), "more than 64 million"),
    ],
)
def test_what_is_no_image_of_0_to_255_is_refused(given, words):
    with pytest.raises(BrokenImageError, match=words):
        pixels_of_object(given, ENCODER)


MANY = [PIXELS, PIXELS[::-1].copy(), PIXELS[:, ::-1].copy()]
IMAGE = Image.fromarray(PIXELS)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ("a.png", 1),
        (b"bytes", 1),
        (PIXELS, 1),
        (PIXELS[..., 0], 1),
        (IMAGE, 1),
        (np.stack(MANY), 3),
        (np.stack(MANY)[..., 0], 3),
        (MANY, 3),
        ([IMAGE, "b.png", PIXELS], 3),
        (iter(MANY), 3),
        (pandas.Series(["a.png", "b.png"]), 2),
        (pandas.DataFrame({"label": [1, 2], "image": ["a.png", "b.png"]}), 2),
        (pandas.DataFrame({"anything": ["a.png"]}), 1),
        (Columns(img=[IMAGE, IMAGE], label=[0, 1]), 2),
        (Torch([(PIXELS, 0), (IMAGE, 1)]), 2),
        (tf.data.Dataset.from_tensor_slices((np.stack(MANY), [0, 1, 2])), 3),
        (tf.data.Dataset.from_tensor_slices((np.stack(MANY), [0, 1, 2])).batch(2), 3),
        (tf.data.Dataset.from_tensor_slices({"image": np.stack(MANY), "label": [0, 1, 2]}).batch(2), 3),
        (tf.data.Dataset.from_tensor_slices(["some", "texts"]), 2),
        (np.array(["some", "texts"]), 2),
        ((), 0),
    ],
)
def test_single_examples_are_found_in_all_of_them(given, count):
    found = contents_of(given, ("image", "img"))
    assert len(found) == count
    assert all(isinstance(each, str | bytes | Image.Image) or np.ndim(each) in (2, 3) for each in found)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            pandas.DataFrame({"a": [1], "b": [2]}),
            "it can't be told which column has the examples .received: a, b",
        ),
        (3.5, "it can't be told what to predict"),
    ],
)
def test_what_has_no_examples_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        contents_of(given, ("image",))


@pytest.mark.parametrize(
    "given",
    [
        (np.stack(MANY), ["a", "b", "a"]),
        (MANY, np.array(["a", "b", "a"])),
        pandas.DataFrame({"image": ["1.png", "2.png", "3.png"], "kind": ["a", "b", "a"]}),
        Columns(image=MANY, kind=["a", "b", "a"]),
        Torch(list(zip(MANY, "aba", strict=True))),
    ],
)
def test_answers_go_with_their_examples(given):
    contents, labels = labelled_of(given, ("image",), "kind")
    assert len(contents) == 3 and labels == ["a", "b", "a"]


def test_datasets_of_tensorflow_have_answers_as_numbers():
    data = tf.data.Dataset.from_tensor_slices((np.stack(MANY), [2, 0, 1]))
    for each in (data, data.batch(2)):
        contents, labels = labelled_of(each, (), "label")
        assert len(contents) == 3 and labels == [2, 0, 1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((MANY, ["a"]), "examples and answers differ in length .received: 3 and 1"),
        (MANY, "there are no answers"),
        (pandas.DataFrame({"image": ["1.png"]}), "there is no column 'kind' of answers"),
    ],
)
def test_missing_answers_are_told(given, words):
    with pytest.raises(InputError, match=words):
        labelled_of(given, ("image",), "kind")


def test_a_run_answers_and_is_evaluated_on_what_is_in_memory(run, splits):
    images, labels = splits.test.images, splits.test.labels
    paths = [f"{splits.source}/{each}" for each in splits.test.ids]
    wanted = [each.top for each in kerasft.predict(run, paths)]
    for given in (images, [Image.open(each) for each in paths], pandas.DataFrame({"path": paths})):
        assert [each.top for each in kerasft.predict(run, given)] == wanted
    assert [each.path for each in kerasft.predict(run, images[:2])] == ["0", "1"]
    frame = kerasft.predict_frame(run, paths)
    assert list(frame["id"]) == paths and list(frame["class_name"]) == [top[0][0] for top in wanted]
    with pytest.raises(InputError, match="the image can't be read: values from .* look scaled"):
        kerasft.predict(run, np.minimum(images[:1] / 255, 1.0))
    own = kerasft.evaluate(run)
    names = [splits.class_names[each] for each in labels]
    for data in ((images, labels), (images, names), pandas.DataFrame({"path": paths, "label": names})):
        assert kerasft.evaluate(run, data).score == own.score
    with pytest.raises(InputError, match="the data has other classes than the model"):
        kerasft.evaluate(run, (images[:1], ["square"]))


def test_texts_are_texts_and_bytes_of_them():
    found = TEXTS.gather(["a", b"b", np.str_("c"), None, 3, b"\xff"], None)
    assert found.column.texts == ("a", "b", "c")
    assert dict(found.broken) == {3: "it is empty", 4: "no text but int", 5: "bytes that are no UTF-8"}
