"""Pictures or texts in, splits out: readers, one decode function, splits, batches."""

from kerasft.data.decode import BrokenImageError, decode_image, load_image, resize_image
from kerasft.data.digits import write_digits
from kerasft.data.pipeline import Batches, class_weights
from kerasft.data.readers import read_images, read_labelled
from kerasft.data.splits import Split, Splits, restore_splits, write_splits
from kerasft.data.texts import (
    LengthReport,
    TextColumns,
    TextSplit,
    TextSplits,
    TokenSplit,
    default_sequence_length,
    length_report,
    read_labelled_texts,
    read_texts,
    restore_text_splits,
    write_text_splits,
)

__all__ = [
    "Batches",
    "BrokenImageError",
    "LengthReport",
    "Split",
    "Splits",
    "TextColumns",
    "TextSplit",
    "TextSplits",
    "TokenSplit",
    "class_weights",
    "decode_image",
    "default_sequence_length",
    "length_report",
    "load_image",
    "read_images",
    "read_labelled",
    "read_labelled_texts",
    "read_texts",
    "resize_image",
    "restore_splits",
    "restore_text_splits",
    "write_digits",
    "write_splits",
    "write_text_splits",
]
