"""MediaPipe's TextClassifier, which reads the `.tflite` files of models of texts where it makes the same tokens."""

from __future__ import annotations

from kerasft.formats.mediapipe import Classifier, Use
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import mediapipe_reads

_CLASSIFIER = Classifier(
    kind="Text",
    group="text",
    pod="MediaPipeTasksText",
    result="text",
    kotlin='"Where is my parcel?"',
    swift='text: "Where is my parcel?"',
)


def classifier_code(file: str, encoder: TextEncoder, use: Use) -> str:
    """Returns code for the model card; "" where it doesn't read the file.

    Args:
        file: Name of the exported file.
        encoder: Of the model.
        use: What an app does with an answer.
    """
    readable = file.endswith(".tflite") and mediapipe_reads(encoder, bool(encoder.pairs))
    return _CLASSIFIER.code(file, use) if readable else ""
