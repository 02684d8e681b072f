"""Lines for an Android app: from the raw boxes and scores of a file to boxes on the image."""

from __future__ import annotations

from kerasft.contract.serving import Kotlin
from kerasft.formats.label_file import LABELS
from kerasft.targets.boxes.anchors import STRIDES, anchors_of
from kerasft.targets.boxes.schema import Boxes
from kerasft.targets.boxes.suppression import OVERLAP


def kotlin_of(schema: Boxes, io: str, location: str, score: str) -> Kotlin:
    """Returns the lines that make room for both outputs, call the file, and make boxes of its answer.

    Args:
        schema: Of the model.
        io: The type of input and output: "float32", "uint8" or "int8".
        location: The name of the output of raw boxes.
        score: That of scores.
    """
    size, anchors = schema.image_size, len(anchors_of(schema.image_size, schema.sides))
    kind = "Float" if io == "float32" else "Byte"
    levels = ", ".join(f"{stride} to {side:g}f" for stride, side in zip(STRIDES, schema.sides, strict=True))
    before = f"""val location = Array(1) {{ Array({anchors}) {{ {kind}Array(4) }} }}
val scores = Array(1) {{ Array({anchors}) {{ {kind}Array({len(schema.class_names)}) }} }}"""
    call = f"""interpreter.runSignature(
    mapOf("image" to input), mapOf("{location}" to location, "{score}" to scores), "serve"
)"""
    after = f"""{_reader(io, location, score)}
class Box(val label: String, val score: Float, val x1: Float, val y1: Float, val x2: Float, val y2: Float) {{
    fun area() = maxOf(0f, x2 - x1) * maxOf(0f, y2 - y1)
    fun overlap(b: Box): Float {{
        val common = Box("", 0f, maxOf(x1, b.x1), maxOf(y1, b.y1), minOf(x2, b.x2), minOf(y2, b.y2)).area()
        return common / (area() + b.area() - common)
    }}
}}
val labels = context.assets.open("{LABELS}").bufferedReader().readLines()
val boxes = mutableListOf<Box>()
var row = 0
for ((stride, side) in listOf({levels})) for (v in 0 until {size} / stride) for (u in 0 until {size} / stride) {{
    val (y, x, high, wide) = location[0][row].map {{ place(it) }}
    val middleX = (u + 0.5f) * stride + x * side
    val middleY = (v + 0.5f) * stride + y * side
    val halfX = side * exp(wide) / 2
    val halfY = side * exp(high) / 2
    for ((k, each) in scores[0][row].withIndex()) if (share(each) >= {schema.threshold:.4f}f) {{
        boxes += Box(labels[k], share(each), middleX - halfX, middleY - halfY, middleX + halfX, middleY + halfY)
    }}
    row++
}}
val kept = mutableListOf<Box>()  // in pixels of the model's image, the best first
for (box in boxes.sortedByDescending {{ it.score }}) {{
    if (kept.none {{ it.label == box.label && it.overlap(box) > {OVERLAP:g}f }}) kept += box
}}
kept.firstOrNull()?.let {{ println("${{it.label}} ${{it.score}} at ${{it.x1}}, ${{it.y1}}") }}"""
    return Kotlin(before, after, "import kotlin.math.exp\n", call)


def _reader(io: str, location: str, score: str) -> str:
    """Returns the functions from what is in the outputs to numbers."""
    if io == "float32":
        return "fun place(raw: Float) = raw\nfun share(raw: Float) = raw"
    number = "(raw.toInt() and 255)" if io == "uint8" else "raw"
    lines = []
    for name, output in (("place", location), ("share", score)):
        lines.append(
            f'val {name}s = interpreter.getOutputTensorFromSignature("{output}", "serve").quantizationParams()'
        )
        lines.append(f"fun {name}(raw: Byte) = ({number} - {name}s.zeroPoint) * {name}s.scale")
    return "\n".join(lines)
