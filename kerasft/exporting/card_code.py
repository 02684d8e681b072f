"""The code of a model card: lines for an app, with LiteRT alone."""

from __future__ import annotations

from kerasft.exporting.plan import Plan

# LiteRT 1.4 is the first whose libraries fit Android's pages of 16 KB
_LITERT = "com.google.ai.edge.litert:litert:1.4.2"


def litert_code(quantization: str, plan: Plan) -> str:
    """Returns the lines of Kotlin that run a `.tflite` with LiteRT; nothing for other files."""
    if quantization in ("saved_model", "onnx"):
        return ""
    io = plan.settings.io if quantization == "int8" else "float32"
    answering = plan.task.targets.answering
    given = plan.task.inputs.serving.kotlin(plan.encoder, io, answering.output)
    answer = answering.kotlin(plan.predictor.schema, io)
    return f"""## In an app, with LiteRT

Android, `implementation("{_LITERT}")`, the file in `assets/`. LiteRT sends nothing to anyone, as far as we saw.

```kotlin
{given.imports}{answer.imports}import java.io.FileInputStream
import java.nio.channels.FileChannel
import org.tensorflow.lite.Interpreter

val asset = context.assets.openFd("{plan.name(quantization)}")
val content = FileInputStream(asset.fileDescriptor).channel
    .map(FileChannel.MapMode.READ_ONLY, asset.startOffset, asset.declaredLength)
val interpreter = Interpreter(content)
{given.before}
{answer.before}
{answer.call or given.after}
{answer.after}
```"""
