"""Descriptions of exported files, made up or of a model."""

from kerasft.contract.registry import task_of
from kerasft.formats.attaching import with_files
from kerasft.formats.description import Description
from kerasft.targets.classes.schema import Classes


def of_images(class_names, image_size, resize="stretch", backbone="toy", quantization="float32", **more):
    """What a file of an image classifier says."""
    inputs = {"image_size": image_size, "resize": resize, "bit_depth": None}
    return Description(
        "image_classification", Classes(tuple(class_names)), inputs, backbone, quantization, _answers(**more)
    )


def of_texts(encoder, class_names, backbone="toy", quantization="float32", **more):
    """What a file of a text classifier says, of pairs where the encoder is for pairs."""
    schema = Classes(tuple(class_names))
    return Description(
        "text_classification", schema, encoder.describe(), backbone, quantization, _answers(**more)
    )


def of_model(config, quantization, **more):
    """What a file of a model of images says."""
    task = task_of(config.task)
    inputs = task.inputs.encoder_of_model(None, config).describe()
    schema = task.targets.schema_of(vars(config))
    return Description(config.task, schema, inputs, config.backbone, quantization, _answers(**more))


def _answers(temperature=1.0, score_threshold=None):
    return {"temperature": temperature, "score_threshold": score_threshold}


def attach(path, description, kept=None):
    """Puts a description behind the model in a `.tflite` file."""
    content = path.read_bytes()
    path.write_bytes(with_files(content, description.beside(content, kept or {})))
