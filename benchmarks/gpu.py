"""Images per second of both phases on a GPU, plain Keras beside kerasft, on the JAX backend.

    KERAS_BACKEND=jax python -m benchmarks.gpu                 # needs jax with CUDA; TensorFlow is not needed
    KERAS_BACKEND=jax python -m benchmarks.gpu --quick         # tiny sizes, to see whether it runs

Images of 224 pixels with random weights, the same model and the same number of batches for both. `plain` is `compile`
and `fit` of the whole model on arrays in memory, in each phase. `kerasft` is `kerasft.fine_tune`. Seconds are wall time
and hold compilation and, for kerasft, the pass through the frozen part and the checkpoints; "steady" is the median
epoch after the first, validation included. Compilation is most of a short run on a GPU, so both are given, and what
was compiled before is not used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

CASES: dict[str, float | str] = {
    "mobilenet_v3_small": 0.3,
    "resnet50": "conv5_block1",
    "efficientnet_v2_b0": 0.3,
}
PRECISIONS = ("float32", "mixed_bfloat16")
WAYS = ("plain", "kerasft")
CLASSES = 10


def splits_of(count: int, size: int) -> Any:
    """Returns coloured digits as splits, without reading files: 1/8 each validate and test."""
    import numpy as np

    from benchmarks.cases import coloured_digits
    from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
    from kerasft.targets.classes.schema import Classes

    images, names = coloured_digits(
        min(count, 1024), size
    )  # repeated: what they show has no part in the speed
    images, names = (
        np.resize(images, (count, *images.shape[1:])),
        [names[i % len(names)] for i in range(count)],
    )
    labels = np.array([int(name) for name in names], np.int32)
    ids = tuple(str(row) for row in range(count))
    held_out = count // 8
    cuts = {"train": (0, count - 2 * held_out), "validation": (count - 2 * held_out, count - held_out)}
    cuts["test"] = count - held_out, count
    parts: dict[str, Any] = {
        name: ImageSplit(name, images[start:stop], labels[start:stop], ids[start:stop], ids[start:stop])
        for name, (start, stop) in cuts.items()
    }
    names_of = tuple(str(digit) for digit in range(CLASSES))
    return ImageSplits(**parts, schema=Classes(names_of), reading=ImageReading(size), source="arrays", seed=0)


def measure(
    way: str, backbone: str, precision: str, splits: Any, epochs: tuple[int, int], batch: int
) -> dict[str, Any]:
    """Trains in one way; returns seconds and images per second of each phase."""
    import keras

    import kerasft

    model = kerasft.build_model(
        "image_classification", backbone=backbone, class_names=splits.class_names, weights=None,
        image_size=splits.image_size, precision=precision,
    )  # fmt: skip
    phases = kerasft.two_phases(*epochs, unfreeze=CASES.get(backbone, 0.3), patience=1000)
    training = kerasft.Training(augment="none", batch_size=batch)
    found = {"plain": with_plain, "kerasft": with_kerasft}[way](model, splits, phases, training)
    seen = len(splits.train)
    row = {"backbone": backbone, "precision": precision, "way": way, "peak_gpu_mb": peak_memory()}
    for phase, (seconds, epoch_seconds) in zip(phases, found, strict=True):
        steady = statistics.median(epoch_seconds[1:] or epoch_seconds)
        row[phase.name] = {
            "seconds": round(seconds, 2),
            "images_per_second": round(seen * phase.epochs / seconds),
            "steady": round(seen / steady),
        }
    keras.backend.clear_session()
    return row


def with_plain(model: Any, splits: Any, phases: Any, training: Any) -> list[tuple[float, list[float]]]:
    """Trains the whole model in every phase, as Keras' guide does."""
    import keras
    import numpy as np

    from benchmarks.ways import objective
    from kerasft.training import freezing

    found = []
    one_hot = np.eye(CLASSES, dtype="float32")
    for phase in phases:
        begin, clocks = time.perf_counter(), [time.perf_counter()]
        freezing.set_trainable(model, phase.unfreeze)
        steps = -(-len(splits.train) // training.batch_size)
        model.compile(**objective(model, phase, steps, training))
        clock = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs, clocks=clocks: clocks.append(time.perf_counter())
        )
        model.fit(
            splits.train.images, one_hot[splits.train.labels], batch_size=training.batch_size,
            validation_data=(splits.validation.images, one_hot[splits.validation.labels]),
            epochs=phase.epochs, verbose=0, callbacks=[clock],
        )  # fmt: skip
        found.append((time.perf_counter() - begin, np.diff(clocks).tolist()))
    return found


def with_kerasft(model: Any, splits: Any, phases: Any, training: Any) -> list[tuple[float, list[float]]]:
    """Trains with kerasft."""
    import kerasft
    from kerasft.training.history import read_history

    with tempfile.TemporaryDirectory() as folder:
        run = kerasft.fine_tune(model, splits, phases, Path(folder) / "run", training, verbose=False)
        rows = read_history(run.run_dir / "history.csv")
        return [
            (run.result["phases"][phase.name]["seconds"], [r.seconds for r in rows if r.phase == phase.name])
            for phase in phases
        ]


def peak_memory() -> int:
    """Returns the most GPU memory that was in use in this process, in MB; 0 on a CPU, and on TensorFlow."""
    import keras

    if keras.backend.backend() != "jax":
        return 0
    import jax

    stats = jax.devices()[0].memory_stats() or {}
    return stats.get("peak_bytes_in_use", 0) // 1_000_000


def to_markdown(rows: list[dict[str, Any]]) -> str:
    """Returns the table."""
    lines = [
        "| backbone | precision | way | head: s | images/s | steady | tune: s | images/s | steady | peak GPU MB |",
        "| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for row in rows:
        cells = [row["backbone"], row["precision"], row["way"]]
        for phase in ("head", "tune"):
            each = row[phase]
            cells += [f"{each['seconds']:.1f}", f"{each['images_per_second']:,}", f"{each['steady']:,}"]
        lines.append("| " + " | ".join([*cells, f"{row['peak_gpu_mb']:,}"]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures every case and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backbones", nargs="+", default=list(CASES))
    parser.add_argument("--precisions", nargs="+", default=PRECISIONS)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--pictures", type=int, default=4096)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, nargs=2, default=(5, 5))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--json", type=Path, help="results, one a line")
    parser.add_argument("--quick", action="store_true", help="256 images of 64 pixels")
    options = parser.parse_args()
    if options.quick:
        options.pictures, options.size = 256, 64
    import jax

    device = jax.devices()[0]
    print(
        f"{device.device_kind}, jax {jax.__version__}, {options.pictures} images of {options.size} pixels",
        flush=True,
    )
    splits, rows = splits_of(options.pictures, options.size), []
    for backbone in options.backbones:
        for precision in options.precisions:
            for way in options.ways:
                rows.append(measure(way, backbone, precision, splits, tuple(options.epochs), options.batch))
                print(json.dumps(rows[-1]), flush=True)
                if options.json:
                    with options.json.open("a") as file:
                        file.write(json.dumps(rows[-1]) + "\n")
    print(to_markdown(rows))


if __name__ == "__main__":
    main()
