"""Golden inputs and outputs: a few examples and what the file answers, for the tests of an app."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kerasft import files

FOLDER = "golden"
MOST_PICTURES = 5


def write_golden_pictures(target: Path, predictor: Any, reference: Any) -> None:
    """Writes PNGs of the model's size and, as `<name>.golden.json`, the file's probabilities for them.

    Args:
        target: The exported file.
        predictor: Of that file.
        reference: A `kerasft.exporting.measuring.Reference`; as many classes as possible are shown.
    """
    _, first_of_each = np.unique(reference.labels, return_index=True)
    chosen = np.sort(first_of_each)[:MOST_PICTURES]
    answers = predictor.predict(reference.images[chosen])
    golden = []
    for number, (index, row) in enumerate(zip(chosen, answers, strict=True)):
        picture = target.parent / FOLDER / f"{number}.png"
        buffer = io.BytesIO()
        Image.fromarray(reference.images[index]).save(buffer, "PNG")
        with files.atomic_path(picture) as temporary:
            temporary.write_bytes(buffer.getvalue())
        golden.append(
            {
                "picture": f"{FOLDER}/{picture.name}",
                "label": predictor.class_names[reference.labels[index]],
                "probabilities": [round(float(value), 6) for value in row],
            }
        )
    files.write_json(target.with_name(f"{target.stem}.golden.json"), golden)
