"""Files that are images, by their names."""

from __future__ import annotations

from kerasft.data.scan import Kind
from kerasft.data.signatures import IMAGE_SUFFIXES, is_image_file
from kerasft.inputs.images.columns import FOLDERS

IMAGES = Kind(
    "image",
    IMAGE_SUFFIXES,
    "put the images into one folder per class, for example flowers/rose/1.jpg, and give --data flowers",
    is_image_file,
    table="a table of images is a .csv, .tsv, .jsonl or .parquet with the columns path and label",
    beside=frozenset(FOLDERS),
)
