"""The images that files of COCO's JSON name, as far as they are there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural, shorten
from kerasft.data.listing import id_below
from kerasft.inputs.images.coco import CocoImage, image_file, read_coco


class Placed(NamedTuple):
    """An image with its file.

    Args:
        image: As the JSON has it.
        file: Of the image.
        id: Its path relative to the data, with "/".
        where: Its place in the JSON, for messages.
        split: The split that the JSON is of, or "".
    """

    image: CocoImage
    file: Path
    id: str
    where: str
    split: str


class CocoImages(NamedTuple):
    """What is in all files together.

    Args:
        names: Of the classes.
        images: Those that are there.
        notes: Remarks, also on those that aren't.
    """

    names: tuple[str, ...]
    images: list[Placed]
    notes: list[str]


def coco_images(source: Path, files: Mapping[str, Path], data_dir: str | Path | None) -> CocoImages:
    """Returns the images that are there.

    Args:
        source: As the user gave it.
        files: Of the source, by split.
        data_dir: The folder of the images; None looks for them.

    Raises:
        InputError: A file can't be read, or no image is there.
    """
    beside = source if source.is_dir() else source.parent
    root = beside if data_dir is None else Path(data_dir)
    names, images, missing, notes = list[str](), list[Placed](), list[str](), list[str]()
    for split, path in files.items():
        coco = read_coco(path)
        names += coco.names
        notes += coco.notes
        for image in coco.images:
            file = image_file(image.name, path, data_dir)
            if file is None:
                missing.append(image.name)
            else:
                where = f"{image.name} in {path.name}"
                images.append(Placed(image, file, id_below(file, root), where, split))
    if not images:
        what = "none of the images that the JSON names is there"
        step = "give the folder of the images with --data-dir"
        raise InputError(Problem(what, shorten(missing, 3) or "it names none", step))
    if missing:
        notes.append(f"{plural(len(missing), 'image')} not found, left out: {shorten(missing, 3)}")
    return CocoImages(tuple(dict.fromkeys(names)), images, list(dict.fromkeys(notes)))
