"""The fixed parts of a model card: what goes in and comes out, and what to beware of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasft.exporting.card_code import for_mediapipe
from kerasft.inputs.images.golden import MOST_PICTURES

_SHOWN = 30
CROP = (
    "MediaPipe stretches pictures to the model's size, and this model was trained on their middle (`resize: crop`): on "
    "photos its probabilities were up to 0.21 off. Cut the middle square out before you ask it."
)


def class_list(class_names: Sequence[str]) -> str:
    """Returns the classes in words, the first 30 of them."""
    shown = ", ".join(f"`{name}`" for name in class_names[:_SHOWN])
    return shown + (f" and {len(class_names) - _SHOWN} more" if len(class_names) > _SHOWN else "")


def picture_contract(plan: Any) -> str:
    """Returns how a picture becomes the input, and what the output is."""
    config = plan.model_config
    size = config.image_size
    how = {
        "stretch": "stretched to that size, the sides' ratio is not kept",
        "crop": "scaled until the shorter side fits, and the middle is cut out",
    }[config.resize]
    many = len(config.class_names) > MOST_PICTURES
    golden_of = f"pictures of {MOST_PICTURES} classes" if many else "a picture of every class"
    depth = "" if config.bit_depth is None else "\n" + _bit_depth(config.bit_depth)
    return f"""## What goes in, what comes out

- One RGB picture of {size} x {size}, the bytes as they are: values 0 to 255, row by row, channels last. Nothing is
  divided or subtracted; that is inside the file. uint8 in int8 files (`--io int8`: the value minus 128), else float32.
- A picture of another size is {how}, with antialiasing, after it was turned as its EXIF says.{depth}
- Out come {len(config.class_names)} probabilities in the order of `labels.txt`; of int8 files as bytes, to be divided
  by 256 (`--io int8`: add 128 first).
- The SavedModel's `serve` takes any number of pictures, `serve_bytes` JPEG or PNG files as they are. ONNX takes any
  number as `image`, float32.
- `golden/` has {golden_of} that the {plan.reference.split} split has, of the right size, and
  `NAME.golden.json` what the file NAME answers: for a test of the app, with the tolerance of the table above."""


def _bit_depth(bits: int) -> str:
    return f"""- Of image files with 16 bits per channel, {bits} bits count: a value becomes value >> {bits - 8}, and
  one above {(1 << bits) - 1} is refused. `kerasft predict` and `serve_bytes` do so themselves."""


def text_contract(plan: Any) -> str:
    """Returns how a text becomes the input, and what the output is."""
    encoder = plan.encoder
    return f"""## What goes in, what comes out

- A raw text, for clients that read the tokenizer from the file: `kerasft predict`, and where it is of BERT's kind also
  MediaPipe's TextClassifier. Others make the token ids themselves: int32, 1 x {encoder.sequence_length}, as
  `kerasft.json` inside the file says (a `.tflite` is also a ZIP: `unzip -p FILE kerasft.json`; in `.onnx` files it is
  in the metadata, with the vocabulary, and any number of texts may go in at once).
- Out come {len(plan.model_config.class_names)} probabilities in the order of `labels.txt`.
- The SavedModel's `serve` takes raw texts; a Python server says `import tensorflow_text` before it loads the folder.
- `NAME.golden.json` has sentences of every class that the {plan.reference.split} split has, their ids and what the file
  NAME answers: for a test of the app, with the tolerance of the table above."""


def limits(plan: Any, is_text: bool, own_test: bool = False) -> str:
    """Returns what the numbers don't say; `own_test` means that the test split has a source of its own."""
    always = "It always answers with one of its classes, also where none fits; `--unknown-precision` sets a threshold."
    below = "What is like none of its classes may still get a probability above the threshold."
    lines = [
        always if plan.score_threshold is None else below,
        "The test split is "
        + ("one data set" if own_test else "of the same source as the training data")
        + ": other cameras, places or writers may do worse.",
    ]
    if is_text:
        lines.append(
            f"Of a text only the first {plan.encoder.sequence_length} tokens are read, start and end included."
        )
        if for_mediapipe(plan, is_text):
            lines.append(_accents(plan.encoder.tokenizer))
        else:
            lines.append("MediaPipe's TextClassifier can't make this model's tokens; use LiteRT and the ids.")
    else:
        lines.append(
            "MediaPipe scales every picture with another filter than kerasft: give it the right size."
        )
        if plan.model_config.resize == "crop":
            lines.append(CROP)
        if not for_mediapipe(plan, is_text):
            lines.append("MediaPipe takes uint8 and float32: a file of `--io int8` is for LiteRT alone.")
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _accents(tokenizer: Any) -> str:
    """What an app does before it asks: MediaPipe's tokenizer knows the letters A-Z only."""
    if not tokenizer.strip_accents:
        return "MediaPipe lowers A-Z only, and training lowered every letter: an app lowers the text before it asks."
    return (
        "MediaPipe lowers A-Z only and strips no accents, and training did both: an app turns `É` into `e` before it "
        "asks (Kotlin: `java.text.Normalizer`, form NFD, drop the marks, then `lowercase()`; Swift: "
        "`folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)`)."
    )
