"""Golden inputs and outputs: a few examples and what the file answers, for the tests of an app."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kerasft.base import files

FOLDER = "golden"
MOST_PICTURES = 200  # one of every class, up to so many


def write_golden_pictures(target: Path, predictor: Any, reference: Any) -> None:
    """Writes PNGs of the model's size and, as `<name>.golden.json`, the file's probabilities for them.

    Args:
        target: The exported file.
        predictor: Of that file.
        reference: A `kerasft.exporting.measuring.Reference`; every class that it has gives one, up to 200.
    """
    chosen = first_of_each_class(reference.labels, MOST_PICTURES)
    answers = predictor.predict(reference.examples[chosen])
    golden = []
    for number, (index, row) in enumerate(zip(chosen, answers, strict=True)):
        picture = target.parent / FOLDER / f"{number}.png"
        buffer = io.BytesIO()
        Image.fromarray(reference.examples[index]).save(buffer, "PNG")
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


def first_of_each_class(labels: np.ndarray, most: int, fill_up_to: int = 0) -> np.ndarray:
    """Returns the places of the first example of each class, in their order.

    Args:
        labels: int (n,).
        most: So many are given at most.
        fill_up_to: Where there are fewer classes, the first examples make up the number.
    """
    _, first = np.unique(labels, return_index=True)
    others = np.setdiff1d(np.arange(len(labels)), first)
    return np.sort(np.concatenate([np.sort(first)[:most], others[: max(0, fill_up_to - len(first))]]))
