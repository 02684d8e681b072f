"""Image classification: an image to one class of several."""

from __future__ import annotations

from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.inputs.images import recognising
from kerasft.inputs.images.encoding import ImageEncoder
from kerasft.inputs.images.task import ImageTask
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.mediapipe import Classifier
from kerasft.tasks.image_classification.comparison import ImageClassificationGrid
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.image_classification.examining import examine_images
from kerasft.tasks.image_classification.reading import read_images


class ImageClassification(ImageTask[ModelConfig]):
    """Images to one class of several."""

    name = "image_classification"
    Config = ModelConfig
    targets = CLASSES
    Comparison, read = ImageClassificationGrid, staticmethod(read_images)
    pipeline_tag = "image-classification"

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of images."""
        return recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads images as training would, and says what is wrong with them."""
        return examine_images(wish)

    def client_code(self, file: str, encoder: ImageEncoder, io: str) -> str:
        """Returns code for MediaPipe's ImageClassifier, which takes uint8 and float32."""
        if not file.endswith(".tflite"):
            return ""
        if io == "int8":
            return "MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone."
        return _MEDIAPIPE.code(file)


_MEDIAPIPE = Classifier(
    kind="Image",
    group="vision",
    pod="MediaPipeTasksVision",
    result="image",
    kotlin="BitmapImageBuilder(bitmap).build()",
    swift="image: MPImage(uiImage: image)",
    imports="import com.google.mediapipe.framework.image.BitmapImageBuilder\n",
)
TASK = ImageClassification()
