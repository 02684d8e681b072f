"""Code for the model card: MediaPipe's ObjectDetector, which reads the `.tflite` files of models of boxes."""

from __future__ import annotations

from kerasft.formats.mediapipe import ABOUT, VERSIONS


def detector_code(file: str, io: str, threshold: float) -> str:
    """Returns the lines for Android and iOS; "" where it doesn't read the file. It takes uint8 and float32.

    Args:
        file: Name of the exported file.
        io: The type of input and output: "float32", "uint8" or "int8".
        threshold: The score from which on a box is shown.
    """
    if not file.endswith(".tflite"):
        return ""
    if io == "int8":
        return "MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone."
    return f"""{ABOUT}

Boxes are in whole pixels of the image that was given, which MediaPipe stretches to the model's size. Each place has one
class, the most probable one.

Android, `implementation("com.google.mediapipe:tasks-vision:{VERSIONS}")`, the file in `assets/`:

```kotlin
import com.google.mediapipe.framework.image.BitmapImageBuilder
import com.google.mediapipe.tasks.core.BaseOptions
import com.google.mediapipe.tasks.vision.objectdetector.ObjectDetector

val options = ObjectDetector.ObjectDetectorOptions.builder()
    .setBaseOptions(BaseOptions.builder().setModelAssetPath("{file}").build())
    .setScoreThreshold({threshold:.3f}f).build()
val detector = ObjectDetector.createFromOptions(context, options)
for (found in detector.detect(BitmapImageBuilder(bitmap).build()).detections()) {{
    println("${{found.categories()[0].categoryName()}} ${{found.categories()[0].score()}} at ${{found.boundingBox()}}")
}}
```

iOS, `pod 'MediaPipeTasksVision'`, the file in the app's bundle:

```swift
import MediaPipeTasksVision

let options = ObjectDetectorOptions()
options.baseOptions.modelAssetPath = Bundle.main.path(forResource: "{file.removesuffix(".tflite")}", ofType: "tflite")!
options.scoreThreshold = {threshold:.3f}
let detector = try ObjectDetector(options: options)
for found in try detector.detect(image: MPImage(uiImage: image)).detections {{
    print(found.categories[0].categoryName ?? "", found.categories[0].score, found.boundingBox)
}}
```"""
