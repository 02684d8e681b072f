"""Code for the model card: MediaPipe's ImageSegmenter, which reads the `.tflite` files of models of masks."""

from __future__ import annotations

from kerasft.formats.mediapipe import ABOUT, VERSIONS


def segmenter_code(file: str, io: str) -> str:
    """Returns the lines for Android and iOS; "" where it doesn't read the file. It takes uint8 and float32.

    Args:
        file: Name of the exported file.
        io: The type of input and output: "float32", "uint8" or "int8".
    """
    if not file.endswith(".tflite"):
        return ""
    if io == "int8":
        return "MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone."
    return f"""{ABOUT}

The category mask has the number of the most probable class of each pixel, at the size of the image that was given.

Android, `implementation("com.google.mediapipe:tasks-vision:{VERSIONS}")`, the file in `assets/`:

```kotlin
import com.google.mediapipe.framework.image.BitmapImageBuilder
import com.google.mediapipe.framework.image.ByteBufferExtractor
import com.google.mediapipe.tasks.core.BaseOptions
import com.google.mediapipe.tasks.vision.imagesegmenter.ImageSegmenter

val options = ImageSegmenter.ImageSegmenterOptions.builder()
    .setBaseOptions(BaseOptions.builder().setModelAssetPath("{file}").build())
    .setOutputCategoryMask(true).setOutputConfidenceMasks(false).build()
val segmenter = ImageSegmenter.createFromOptions(context, options)
val mask = segmenter.segment(BitmapImageBuilder(bitmap).build()).categoryMask().get()
val classes = ByteBufferExtractor.extract(mask)  // a byte for each pixel, row by row
println("the middle is ${{segmenter.labels[classes[classes.capacity() / 2 + mask.width / 2].toInt() and 255]}}")
```

iOS, `pod 'MediaPipeTasksVision'`, the file in the app's bundle:

```swift
import MediaPipeTasksVision

let options = ImageSegmenterOptions()
options.baseOptions.modelAssetPath = Bundle.main.path(forResource: "{file.removesuffix(".tflite")}", ofType: "tflite")!
options.shouldOutputCategoryMask = true
let segmenter = try ImageSegmenter(options: options)
let mask = try segmenter.segment(image: MPImage(uiImage: image)).categoryMask!
let middle = mask.uint8Data[mask.width * (mask.height / 2) + mask.width / 2]
print("the middle is \\(segmenter.labels[Int(middle)])")
```"""
