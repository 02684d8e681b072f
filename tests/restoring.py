"""The splits of earlier runs of classes, restored as their tasks do it."""

from kerasft.inputs.images import reading as images
from kerasft.inputs.images.splits import ImageReading
from kerasft.inputs.texts import reading as texts
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes


def restore_splits(
    path, source, class_names, image_size, resize, data_dir=None, *, bit_depth=None, **options
):
    reading = ImageReading(image_size, resize, bit_depth)
    schema = Classes(tuple(class_names))
    return images.restore_splits(path, source, CLASSES, schema, reading, data_dir, **options)


def restore_text_splits(path, source, columns, class_names, data_dir=None, **options):
    schema = Classes(tuple(class_names))
    return texts.restore_splits(path, source, CLASSES, schema, columns, data_dir, **options)
