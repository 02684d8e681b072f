"""Whether data is of images."""

from __future__ import annotations

import contextlib
from pathlib import Path

from kerasft.base.errors import KerasftError
from kerasft.contract.examination import Examination
from kerasft.data.dialect import decode_table, separator_of
from kerasft.data.samples import sample_of
from kerasft.data.scan import share_below
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import open_table
from kerasft.inputs.images.box_header import is_of_boxes
from kerasft.inputs.images.columns import IMAGE_NAMES
from kerasft.inputs.images.digits import NAME
from kerasft.inputs.images.files import IMAGES

_OF_TABLE = 0.9  # of a table of images, since a task that knows its answers knows better
_OF_FOLDER = 0.99  # and of a folder, for the same reason
_LEAST = 1e-6  # of a folder that says nothing: it is looked at as one of images, which tells what is missing


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of images, between 0 and 1: by the files of a folder, by the columns of a table."""
    source = str(wish.source)
    if sample_of(source, (NAME,)):
        return 1.0
    path = Path(source).expanduser()
    if path.is_dir():
        return max(_LEAST, _OF_FOLDER * share_below(path, IMAGES))
    if path.suffix.lower() not in TABLE_SUFFIXES or not path.is_file():
        return 0.0
    if path.suffix.lower() not in (".csv", ".tsv"):  # more often of texts
        with contextlib.suppress(KerasftError):  # of what can't be read, the reader tells why
            columns = open_table(path).header
            found = {"path", wish.text} & set(columns) == {"path"} and not is_of_boxes(columns, wish.label)
            return _OF_TABLE if wish.image or found else 0.0
        return 0.0
    first = decode_table(path).partition("\n")[0]
    header = [name.strip().strip('"').lower() for name in first.split(separator_of(first))]
    if is_of_boxes(header, wish.label):  # which a task of boxes knows
        return 0.0
    known = any(name in header for name in IMAGE_NAMES) and wish.text.strip().lower() not in header
    return _OF_TABLE if wish.image or "path" in header or known else 0.0
