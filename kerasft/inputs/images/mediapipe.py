"""MediaPipe's ImageClassifier, which reads the `.tflite` files of models of images."""

from __future__ import annotations

from kerasft.formats.mediapipe import Classifier, Use

_CLASSIFIER = Classifier(
    kind="Image",
    group="vision",
    pod="MediaPipeTasksVision",
    result="image",
    kotlin="BitmapImageBuilder(bitmap).build()",
    swift="image: MPImage(uiImage: image)",
    imports="import com.google.mediapipe.framework.image.BitmapImageBuilder\n",
)


def classifier_code(file: str, io: str, use: Use) -> str:
    """Returns code for the model card; "" where it doesn't read the file. It takes uint8 and float32.

    Args:
        file: Name of the exported file.
        io: The type of input and output: "float32", "uint8" or "int8".
        use: What an app does with an answer.
    """
    if not file.endswith(".tflite"):
        return ""
    if io == "int8":
        return "MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone."
    return _CLASSIFIER.code(file, use)
