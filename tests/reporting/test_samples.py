"""Which examples the page shows, and how few."""

import base64
import io

import numpy as np
from PIL import Image

from kerasft.base.wording import clip
from kerasft.inputs.images import show
from kerasft.targets.classes import confusion, samples
from kerasft.targets.classes.measuring import measure


def test_a_thumbnail_is_small_and_is_the_picture():
    pixels = np.zeros((200, 200, 3), "uint8")
    pixels[:, 100:] = (250, 40, 40)
    head, body = show.data_url(pixels).split(",")
    image = Image.open(io.BytesIO(base64.b64decode(body)))
    assert head == "data:image/jpeg;base64" and image.size == (64, 64)
    assert np.abs(np.asarray(image)[32, [5, 60]].astype(int) - [[0, 0, 0], [250, 40, 40]]).max() < 12
    assert len(body) < 2000


def test_texts_are_cut_and_on_one_line():
    assert clip("a\n b\t c", 280) == "a b c"
    assert clip("x" * 1_000_000, 280) == "x" * 279 + "…"


def test_each_class_gets_as_many_as_there_is_room_for(made_up):
    few = samples.of_each_class(made_up.picture_splits(["a", "b"]).train, 2, show.SHOWING)
    assert [len(each) for each in few] == [4, 4]
    names = [f"class {i}" for i in range(300)]
    many = samples.of_each_class(made_up.picture_splits(names, tests=300).train, 300, show.SHOWING)
    assert sum(map(len, many)) == 240 and max(map(len, many)) == 1


def test_mistakes_and_doubts_come_in_order():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.3, 0.7]])
    evaluation = measure([0, 0, 0, 0], probabilities, ["a", "b"])
    assert evaluation.mistakes().tolist() == [1, 3, 2]
    assert samples.least_certain(evaluation).tolist() == [2, 3, 1, 0]


def test_cells_share_the_room_mistakes_first(made_up):
    splits = made_up.picture_splits([f"class {i}" for i in range(20)], tests=3000)
    evaluation = made_up.answers(splits, right=0.9)
    cells = samples.of_cells(evaluation, most=150)
    assert sum(map(len, cells.values())) == 150 and max(map(len, cells.values())) <= samples.MOST_IN_CELL
    wrong = np.argwhere(evaluation.confusion * (1 - np.eye(20, dtype=int)))
    assert all(tuple(cell) in cells for cell in wrong.tolist())
    for (true, predicted), rows in cells.items():
        assert set(evaluation.labels[rows]) == {true} and set(evaluation.predictions[rows]) == {predicted}
        confidence = evaluation.probabilities.max(axis=1)[rows]
        falls = np.diff(confidence) <= 0 if true != predicted else np.diff(confidence) >= 0
        assert falls.all()


def test_small_data_is_shown_whole():
    evaluation = measure([0, 0, 1, 1], np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]]), ["a", "b"])
    assert samples.of_cells(evaluation) == {(0, 0): [0], (0, 1): [1], (1, 1): [2, 3]}


def test_pairs_are_sorted_and_counted():
    labels, answers = [0, 0, 0, 1, 1, 2], [1, 1, 0, 0, 1, 1]
    evaluation = measure(labels, np.eye(3)[answers], ["a", "b", "c"])
    found = [(each["true"], each["predicted"], each["count"]) for each in confusion.pairs(evaluation)]
    assert found == [(0, 1, 2), (2, 1, 1), (1, 0, 1)]
    assert confusion.pairs(evaluation)[0]["share"] == 2 / 3


def test_the_picture_of_a_large_matrix_has_a_pixel_per_cell(made_up):
    evaluation = made_up.answers(
        made_up.picture_splits([f"class {i}" for i in range(40)], tests=400), right=0.6
    )
    body = confusion.picture(evaluation).split(",")[1]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))
    assert pixels.shape == (40, 40, 4)
    assert ((pixels[..., 3] > 0) == (evaluation.confusion > 0)).all()
