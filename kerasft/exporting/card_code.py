"""The code of a model card: lines for an app, with LiteRT alone and with MediaPipe Tasks."""

from __future__ import annotations

from typing import Any

from kerasft.formats.ladder import file_name
from kerasft.inputs.texts.serving import TFLITE_NAMES, has_word_pieces, mediapipe_reads

# LiteRT 1.4 and MediaPipe 0.10.26 are the first whose libraries fit Android's pages of 16 KB
_LITERT = "com.google.ai.edge.litert:litert:1.4.2"
_MEDIAPIPE = "[0.10.26,2.0)"


def litert_code(rung: str, is_text: bool, plan: Any) -> str:
    """Returns the lines of Kotlin that run a `.tflite` with LiteRT; nothing for other files."""
    if rung in ("saved_model", "onnx"):
        return ""
    body = _text_lines(plan) if is_text else _picture_lines(rung, plan)
    return f"""## In an app, with LiteRT

Android, `implementation("{_LITERT}")`, the file in `assets/`. LiteRT sends nothing to anyone, as far as we saw.

```kotlin
{"" if is_text else _PICTURE_IMPORTS}import java.io.FileInputStream
import java.nio.channels.FileChannel
import org.tensorflow.lite.Interpreter

val asset = context.assets.openFd("{file_name(rung)}")
val content = FileInputStream(asset.fileDescriptor).channel
    .map(FileChannel.MapMode.READ_ONLY, asset.startOffset, asset.declaredLength)
val interpreter = Interpreter(content)
{body}
val labels = context.assets.open("labels.txt").bufferedReader().readLines()
val best = probabilities.indices.maxBy {{ probabilities[it] }}
println("${{labels[best]}} ${{probabilities[best]}}")
```"""


_PICTURE_IMPORTS = """import android.graphics.Bitmap
import java.nio.ByteBuffer
import java.nio.ByteOrder
"""


def _picture_lines(rung: str, plan: Any) -> str:
    size, classes = plan.model_config.image_size, len(plan.model_config.class_names)
    square, cut = "bitmap", ""
    if plan.model_config.resize == "crop":
        square = "square"
        cut = """
val side = minOf(bitmap.width, bitmap.height)  // the middle is cut out, as in training
val square = Bitmap.createBitmap(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side)"""
    io = plan.settings.io if rung == "int8" else "float32"
    put, kind, answer = {
        "float32": ("input.putFloat(value.toFloat())", "Float", "output[0]"),
        "uint8": ("input.put(value.toByte())", "Byte", _bytes("(it.toInt() and 255) / 256f")),
        "int8": ("input.put((value - 128).toByte())", "Byte", _bytes("(it + 128) / 256f")),
    }[io]
    width = 4 if io == "float32" else 1
    return f"""{cut}
// Android's filter is not that of training: pictures of the right size, as those of golden/, give our answers
val small = Bitmap.createScaledBitmap({square}, {size}, {size}, true)
val pixels = IntArray({size} * {size})
small.getPixels(pixels, 0, {size}, 0, 0, {size}, {size})
val input = ByteBuffer.allocateDirect({width} * 3 * pixels.size).order(ByteOrder.nativeOrder())
for (pixel in pixels) for (shift in listOf(16, 8, 0)) {{  // red, green, blue: 0 to 255, scaled inside the file
    val value = (pixel shr shift) and 255
    {put}
}}
input.rewind()
val output = arrayOf({kind}Array({classes}))
interpreter.run(input, output)
val probabilities = {answer}"""


def _bytes(expression: str) -> str:
    return f"output[0].map {{ {expression} }}"


def _text_lines(plan: Any) -> str:
    encoder, classes = plan.encoder, len(plan.model_config.class_names)
    everything = has_word_pieces(encoder.tokenizer)
    names = {
        ours: theirs for ours, theirs in TFLITE_NAMES.items() if everything or ours in encoder.input_names
    }
    inputs = ", ".join(f'"{name}" to arrayOf({name})' for name in names.values())
    return f"""
// {", ".join(names.values())}: IntArray({encoder.sequence_length}) each, of the file's own tokenizer
// (see kerasft.json in the file); for a test, those of the golden sentences ({", ".join(names)} there)
val output = arrayOf(FloatArray({classes}))
interpreter.runSignature(mapOf<String, Any>({inputs}), mutableMapOf<String, Any>("probabilities" to output), "serve")
val probabilities = output[0]"""


def mediapipe_code(file: str, is_text: bool, plan: Any) -> str:
    """Returns the lines for Android and iOS; nothing for files that MediaPipe doesn't read."""
    if not file.endswith(".tflite") or not for_mediapipe(plan, is_text):
        return ""
    kind, group, result = ("Text", "text", "text") if is_text else ("Image", "vision", "image")
    kotlin_in = '"Where is my parcel?"' if is_text else "BitmapImageBuilder(bitmap).build()"
    swift_in = 'text: "Where is my parcel?"' if is_text else "image: MPImage(uiImage: picture)"
    package = f"com.google.mediapipe.tasks.{group}.{kind.lower()}classifier"
    builder = "" if is_text else "import com.google.mediapipe.framework.image.BitmapImageBuilder\n"
    return f"""## In an app, with MediaPipe Tasks

MediaPipe 1.x sends usage metrics to Google, every 60 seconds and when it is closed, and leaves it to the author of the
app to ask the users. On a web page `connect-src 'self'` in the Content-Security-Policy stops that, and it classifies
all the same. LiteRT, above, needs no such care.

Android, `implementation("com.google.mediapipe:tasks-{group}:{_MEDIAPIPE}")`, the file in `assets/`:

```kotlin
{builder}import {package}.{kind}Classifier

val classifier = {kind}Classifier.createFromFile(context, "{file}")
val {result}Result = classifier.classify({kotlin_in})
val best = {result}Result.classificationResult().classifications()[0].categories().firstOrNull()  // null: unknown
println("${{best?.categoryName()}} ${{best?.score()}}")
```

iOS, `pod 'MediaPipeTasks{kind if is_text else "Vision"}'`, the file in the app's bundle:

```swift
import MediaPipeTasks{kind if is_text else "Vision"}

let path = Bundle.main.path(forResource: "{file.removesuffix(".tflite")}", ofType: "tflite")!
let classifier = try {kind}Classifier(modelPath: path)
let result = try classifier.classify({swift_in})
let best = result.classificationResult.classifications[0].categories.first  // nil: unknown
```"""


def for_mediapipe(plan: Any, is_text: bool) -> bool:
    """Returns whether MediaPipe reads the files of a plan."""
    if is_text:
        return mediapipe_reads(plan.encoder, bool(plan.encoder.pairs))
    return plan.settings.io == "uint8"
