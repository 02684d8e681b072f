"""`benchmarks.detectors`: what other libraries are given is what kerasft sees."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

import kerasft
from benchmarks import detectors

BOXES = ((50, 1, 127.5, 90, 0, 0), (10, 20.5, 40, 60, 1, 0))  # corners in pixels, class, no crowd


@dataclass
class Part:
    """A split as far as it is written."""

    images: np.ndarray
    targets: np.ndarray

    def __len__(self):
        return len(self.images)


def part(seed, count=2):
    """Images of noise: the first has both boxes, the next one the first of them."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 128, 128, 3), np.uint8)
    targets = np.zeros((count, 3, 6), np.float32)
    targets[:, 0] = (0, 0, 128, 128, -2, 0)
    targets[:, 1:, 4] = -1
    targets[0, 1:], targets[1, 1] = BOXES, BOXES[0]
    return Part(images, targets)


def test_what_is_written_for_yolo_is_read_again_as_the_same_images_and_boxes(tmp_path):
    given = {name: part(seed) for seed, name in enumerate(("train", "validation", "test"))}
    detectors.write_yolo(SimpleNamespace(**given, schema=SimpleNamespace(class_names=("a", "b"))), tmp_path)
    read = kerasft.read_images_with_boxes(str(tmp_path), 128)
    assert read.schema.class_names == ("a", "b")
    for name, split in given.items():
        again = getattr(read, name)
        np.testing.assert_allclose(again.targets, split.targets, atol=1e-4)
        np.testing.assert_array_equal(np.asarray(again.images[np.arange(2)]), split.images)
