"""Boxes in memory: arrays of any size, and the boxes of each as its text in splits.csv."""

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.registry import task_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.predicting.predictor import Predictor
from kerasft.targets.boxes.schema import Boxes

SCHEMA = Boxes(("cat", "dog"), 32, sides=(8.0, 16.0, 32.0), threshold=0.5)
IMAGES = [np.zeros((40, 80, 3), "uint8"), np.zeros((64, 64, 3), "uint8")]
BOXES = ['[[80,40],["cat",20,10,60,30]]', '[[64,64],["dog",0,0,16,16]]']


class OneBox(Predictor):
    """Finds a cat in the middle half of each image."""

    def __init__(self):
        super().__init__("tflite", task_of("object_detection"), ImageEncoder(32), None, SCHEMA)

    def predict(self, images):
        found = np.zeros((len(images), 21, 6), "float32")
        found[:, 0] = (0.25, 0.25, 0.75, 0.75, 0.9, 0)
        return found


def test_images_and_texts_of_boxes_are_measured():
    found = kerasft.evaluate(OneBox(), (IMAGES, BOXES))
    assert found.per_example.tolist() == [
        1,
        0,
    ]  # the first in pixels of its own size; no dog, and a cat too many


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([*BOXES[:1], '[[64,64],["bird",0,0,16,16]]'], "the data has other classes than the model.*bird"),
        ([*BOXES[:1], '["dog",0,0,16,16]'], "label 1 is no"),
        (BOXES[:1], "examples and answers differ in length"),
    ],
)
def test_texts_that_can_not_be_are_refused(boxes, message):
    with pytest.raises(InputError, match=message):
        kerasft.evaluate(OneBox(), (IMAGES, boxes))
