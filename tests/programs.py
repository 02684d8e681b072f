"""What exported files compute, made of a model and a description alone."""

from pathlib import Path

from kerasft.contract.registry import task_of
from kerasft.exporting.gate import Yardstick
from kerasft.formats.program import Program
from kerasft.formats.tflite_metadata import metadata_of
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.networks.rounding import rounding_limit
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes
from tests.descriptions import of_images, of_texts


def program_of(model, description, encoder=None):
    """Returns what a file computes; of images the description has all of the encoder."""
    if encoder is None:
        encoder = task_of(description.task).inputs.encoder_of_file(description.inputs, {}, Path())
    return Program(model, encoder, description)


def missed(answers, expected, labels, target, rounding):
    """Returns what probabilities (n, classes) of a file miss beside those expected."""
    names = tuple(f"class {number}" for number in range(expected.shape[1]))
    ids = tuple(map(str, range(len(labels))))
    yardstick = Yardstick(CLASSES, Classes(names), expected, labels, ids, rounding)
    return yardstick.missed(answers, yardstick.evaluate(answers), target)


def class_rounding_limit(model, inputs, temperature=1.0):
    """Returns how far apart rounding may bring log probabilities of a model (see `kerasft.networks.rounding`)."""
    served, schema = {"temperature": temperature}, Classes(())
    return rounding_limit(
        model,
        inputs,
        lambda outputs: CLASSES.finish(outputs, schema, served),
        lambda first, second: CLASSES.distance(first, second, schema),
        lambda answers: CLASSES.finishing_error(answers, schema),
    )


def metadata_of_images(about, image_size, **more):
    """Returns the TFLite metadata of a classifier of images."""
    description = of_images(("a", "b"), image_size, **more)
    return metadata_of(_Parts(description, ImageEncoder(image_size)), ["image"], ["probabilities"], about)


def metadata_of_texts(about, encoder, names, **more):
    """Returns the TFLite metadata of a classifier of texts."""
    return metadata_of(
        _Parts(of_texts(encoder, ("a", "b"), **more), encoder), names, ["probabilities"], about
    )


class _Parts:
    """A `Program` without a model."""

    def __init__(self, description, encoder):
        self.description, self.encoder = description, encoder
        self.task = task_of(description.task)
