"""The splits of earlier runs of classes, restored as their tasks do it."""

from pathlib import Path

from kerasft.inputs.images import reading as images
from kerasft.inputs.images.splits import ImageReading
from kerasft.inputs.texts import reading as texts
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes


def data_of(source, data_dir=None, seed=0, own=None):
    """What config.json of a run says of its data."""
    given = {"source": str(source), "data_dir": None if data_dir is None else str(data_dir), "seed": seed}
    return given | {f"{split}_data": place for split, place in (own or {}).items()}


def restore_splits(
    path, source, class_names, image_size, resize, data_dir=None, *, bit_depth=None, **options
):
    schema, reading = Classes(tuple(class_names)), ImageReading(image_size, resize, bit_depth)
    return images.restore_splits(Path(path), data_of(source, data_dir, **options), CLASSES, schema, reading)


def restore_text_splits(path, source, columns, class_names, data_dir=None, **options):
    schema = Classes(tuple(class_names))
    return texts.restore_splits(Path(path), data_of(source, data_dir, **options), CLASSES, schema, columns)
