"""The pieces of work that `benchmarks.two_phase` measures, and their data. All heavy imports are inside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

QUICK = "-quick"  # ends the names of small sizes, so that their rows never stand among the real ones


@dataclass(frozen=True)
class Case:
    """One piece of work.

    Args:
        name: What it is called in the table.
        backbone: A name of kerasft's catalogues.
        size: Side of the images in pixels, or tokens per text.
        examples: Images or texts; four of five train, the others validate.
        epochs: Of the phases "head" and "tune"; 0 leaves a phase out.
        unfreeze: What of the backbone the phase "tune" trains, as in `kerasft.Phase`.
    """

    name: str
    backbone: str
    size: int
    examples: int
    epochs: tuple[int, int]
    unfreeze: float | int | str

    @property
    def is_text(self) -> bool:
        """Whether the examples are texts."""
        return "minilm" in self.backbone

    def to_json(self) -> str:
        """Returns what `from_json` reads, for the command line of another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Reads what `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "epochs": tuple(values["epochs"])})

    def quick(self) -> Case:
        """Returns the same work in a size that takes seconds; it shows that everything runs, and no more."""
        return replace(self, name=self.name + QUICK, size=16 if self.is_text else 32, examples=80,
                       epochs=(1, min(1, self.epochs[1])))  # fmt: skip


CASES = (
    Case("mobilenet-512", "mobilenet_v3_small", 224, 512, (5, 10), 0.3),
    Case("mobilenet-2000", "mobilenet_v3_small", 224, 2000, (10, 20), 0.3),
    Case("resnet50-512", "resnet50", 160, 512, (5, 10), "conv5_block1"),
    Case("minilm-1000", "all_minilm_l6_v2", 64, 1000, (5, 5), 2),
    Case("mobilenet-head", "mobilenet_v3_small", 224, 512, (20, 0), 0),
    Case("resnet50-head", "resnet50", 160, 512, (20, 0), 0),
    Case("minilm-head", "all_minilm_l6_v2", 64, 1000, (20, 0), 0),
    # Where there is little to save, or nothing: kerasft must not be slower than plain Keras.
    Case("mobilenet-short", "mobilenet_v3_small", 224, 256, (1, 1), 0.3),
    Case("resnet50-all", "resnet50", 160, 128, (1, 2), "all"),
)


def chosen(names: Sequence[str], quick: bool = False) -> list[Case]:
    """Returns the cases of these names, all for none, in the order of the table.

    Raises:
        SystemExit: There is no case of a name.
    """
    known = [case.name for case in CASES]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"error: there is no case {', '.join(unknown)}; choose from {', '.join(known)}")
    cases = [case for case in CASES if not names or case.name in names]
    return [case.quick() for case in cases] if quick else cases


def read_splits(case: Case) -> Any:
    """Reads the data: images are handwritten digits on coloured grounds, texts the shipped messages."""
    import kerasft

    if not case.is_text:
        images, names = coloured_digits(case.examples, case.size)
        return kerasft.read_images(images, case.size, labels=names, validation_share=0.2, test_share=0.02)
    rows = kerasft.read_texts("messages")
    parts = (rows.train, rows.validation, rows.test)
    found = [(text, rows.class_names[label]) for part in parts for text, label in _pairs(part)]
    repeated = [found[row % len(found)] for row in range(case.examples)]
    texts = [
        f"{text} {row}" for row, (text, _) in enumerate(repeated)
    ]  # a number, or copies would be put together
    labels = [label for _, label in repeated]
    return kerasft.read_texts(texts, labels=labels, validation_share=0.2, test_share=0.01)


def _pairs(split: Any) -> Any:
    return zip(split.texts, split.labels, strict=True)


def coloured_digits(count: int, size: int) -> tuple[Any, list[str]]:
    """Returns scikit-learn's handwritten digits on coloured grounds, uint8 (count, size, size, 3), and their names."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    digits, rng = load_digits(), np.random.default_rng(0)
    images = np.empty((count, size, size, 3), np.uint8)
    for row in range(count):
        ink = digits.images[row % len(digits.images)] / 16
        pixels = ink[..., None] * rng.uniform(128, 255, 3) + (1 - ink[..., None]) * rng.uniform(0, 128, 3)
        images[row] = np.asarray(Image.fromarray(pixels.astype("uint8")).resize((size, size)))
    return images, [str(digits.target[row % len(digits.target)]) for row in range(count)]


def build_model(case: Case, class_names: Sequence[str]) -> Any:
    """Builds the model: random weights for images, the checkpoint's for texts, and a head that begins with noise."""
    import numpy as np

    import kerasft

    options: dict[str, Any] = {"image_size": case.size, "weights": None}
    task = "image_classification"
    if case.is_text:
        options, task = {"sequence_length": case.size}, "text_classification"
    model = kerasft.build_model(
        task, backbone=case.backbone, class_names=class_names, precision="float32", **options
    )
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(scale=0.01, size=kernel.shape))
    return model


def plan(case: Case) -> tuple[tuple[Any, ...], Any]:
    """Returns the phases, none of which stops early, and what they share: no augmentation."""
    import kerasft

    phases = kerasft.two_phases(*case.epochs, unfreeze=case.unfreeze, patience=1000)
    return phases, kerasft.Training(augment="none")
