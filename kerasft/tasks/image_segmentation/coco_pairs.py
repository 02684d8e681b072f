"""Images of COCO's JSON with the masks that are painted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural, shorten
from kerasft.inputs.images.coco import coco_files, read_coco
from kerasft.inputs.images.coco_images import coco_images
from kerasft.targets.masks.reading import MaskWish, values_of
from kerasft.targets.masks.schema import Masks
from kerasft.tasks.image_segmentation.coco import BACKGROUND, paint
from kerasft.tasks.image_segmentation.pairs import Pair


def class_names(source: Path) -> tuple[str, ...] | None:
    """Returns the classes of COCO's JSON, background first; None where a source is of another form.

    Raises:
        InputError: A file can't be read.
    """
    files = coco_files(source)
    names = [name for split in sorted(files) for name in (BACKGROUND, *read_coco(files[split]).names)]
    return tuple(dict.fromkeys(names)) or None


def painted_pairs(
    source: Path,
    files: Mapping[str, Path],
    wanted: Masks | None,
    wish: MaskWish,
    data_dir: str | Path | None,
) -> tuple[list[Pair], list[str]]:
    """Returns the images that are there, sorted by id, and remarks on the others.

    Args:
        source: As the user gave it.
        files: Of the source, by split.
        wanted: A schema that is already fixed.
        wish: What the user says of the masks.
        data_dir: The folder of the images; None looks for them.

    Raises:
        InputError: A file can't be read, no image is there, or no class is background.
    """
    names = (wish.names or ()) if wanted is None else wanted.class_names
    values = values_of(names, wish) if wanted is None else wanted.values
    if BACKGROUND not in names:
        step = f"name {BACKGROUND!r} among the classes: it is where no shape is"
        raise InputError(Problem("the classes have no background", shorten(names), step))
    numbers, found = dict(zip(names, values, strict=True)), coco_images(source, files, data_dir)
    pairs = [
        Pair(each.id, each.file, partial(paint, each.image, numbers), each.where, each.split)
        for each in found.images
    ]
    return _different(pairs, found.notes), found.notes


def _different(pairs: Sequence[Pair], notes: list[str]) -> list[Pair]:
    by_id = {pair.id: pair for pair in reversed(pairs)}
    if len(by_id) < len(pairs):
        notes.append(f"{plural(len(pairs) - len(by_id), 'image')} left out, being listed twice")
    return [by_id[name] for name in sorted(by_id)]
