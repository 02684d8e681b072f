"""Pictures in, splits out: readers, one decode function, splits, batches."""

from kerasft.data.decode import BrokenImageError, decode_image, load_image, resize_image
from kerasft.data.digits import write_digits
from kerasft.data.pipeline import Batches, class_weights
from kerasft.data.readers import read_images, read_labelled
from kerasft.data.splits import Split, Splits, restore_splits, write_splits

__all__ = [
    "Batches",
    "BrokenImageError",
    "Split",
    "Splits",
    "class_weights",
    "decode_image",
    "load_image",
    "read_images",
    "read_labelled",
    "resize_image",
    "restore_splits",
    "write_digits",
    "write_splits",
]
