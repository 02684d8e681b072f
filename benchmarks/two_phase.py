"""Two phases with kerasft and with the plain Keras loop, on the same work: CPU time, wall time, memory, result.

    python -m benchmarks.two_phase                      # the cases of docs/speed.md; hours, for the larger ones
    python -m benchmarks.two_phase mobilenet-512 --repeats 1

Each measurement is a process of its own. All build the same model from the same seed and see the same batches in
the same order; the times begin when data and model are there, and hold tracing, training and validation. CPU time is
user and system time of the process, wall time is beside it. The ways:

    plain-oneDNN    compile and fit of the whole model, as Keras comes on an x86 processor without VNNI
    plain+oneDNN    the same as it comes on one with VNNI: TensorFlow switches oneDNN on there
    kerasft         kerasft.fine_tune
    bare            what can't be avoided: one pass through the frozen part, and the steps of the rest
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WAYS = ("plain-oneDNN", "plain+oneDNN", "kerasft", "bare")


@dataclass(frozen=True)
class Case:
    """One piece of work."""

    name: str
    backbone: str
    size: int  # pixels, or tokens
    examples: int
    epochs: tuple[int, int]
    unfreeze: float | int
    target: float  # CPU time of plain Keras / kerasft's

    @property
    def is_text(self) -> bool:
        """Whether the examples are texts."""
        return "minilm" in self.backbone


CASES = (
    Case("mobilenet-512", "mobilenet_v3_small", 224, 512, (5, 10), 0.3, 4),
    Case("mobilenet-2000", "mobilenet_v3_small", 224, 2000, (10, 20), 0.3, 5),
    Case("resnet50-512", "resnet50", 160, 512, (5, 10), "conv5_block1", 3),  # type: ignore[arg-type]
    Case("minilm-1000", "all_minilm_l6_v2", 64, 1000, (5, 5), 2, 2),
    Case("mobilenet-head", "mobilenet_v3_small", 224, 512, (20, 0), 0, 8),
    Case("resnet50-head", "resnet50", 160, 512, (20, 0), 0, 8),
    Case("minilm-head", "all_minilm_l6_v2", 64, 1000, (20, 0), 0, 8),
)


def main() -> None:
    """Runs cases and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="default: all: " + ", ".join(case.name for case in CASES))
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--json", type=Path, default=Path("build/two_phase.jsonl"), help="results, one a line"
    )
    parser.add_argument("--markdown", type=Path, help="where the table goes too")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = [case for case in CASES if not options.cases or case.name in options.cases]
    if options.one:
        case = next(case for case in CASES if case.name == options.one[0])
        print(json.dumps(measure(case, options.one[1])))
        return
    options.json.parent.mkdir(parents=True, exist_ok=True)
    for case in cases:
        for repeat in range(options.repeats):
            for way in options.ways:
                row = {"case": case.name, "way": way, "repeat": repeat} | run_one(case, way)
                with options.json.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    table = to_markdown([json.loads(line) for line in options.json.read_text().splitlines()])
    print(table)
    if options.markdown:
        options.markdown.write_text(table)


def run_one(case: Case, way: str) -> dict[str, Any]:
    """Measures in a process of its own, whose environment is the way's."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # kerasft, which builds the model for all ways, would switch it on
    environment["TF_ENABLE_ONEDNN_OPTS"] = "0" if way == "plain-oneDNN" else "1"
    command = [sys.executable, "-m", "benchmarks.two_phase", "--one", case.name, way]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def measure(case: Case, way: str) -> dict[str, Any]:
    """Does the work in one way and returns what it took, by phase, and what came out."""
    import keras
    import numpy as np

    import kerasft

    model, splits = prepare(case)
    phases = kerasft.two_phases(*case.epochs, unfreeze=case.unfreeze, patience=1000)
    training = kerasft.Training(augment="none")
    work = {"kerasft": with_kerasft, "bare": with_bare}.get(way, with_plain)
    with tempfile.TemporaryDirectory() as folder:
        clocks = [Clock()]
        work(model, splits, phases, training, Path(folder) / "run", clocks, way)
    by_phase = [asdict(later - earlier) for earlier, later in zip(clocks, clocks[1:], strict=False)]
    total = clocks[-1] - clocks[0]
    encoded = splits.validation
    inputs = model.encoder(encoded.texts) if case.is_text else encoded.images.astype("float32")
    model.jit_compile = False
    probabilities = keras.ops.softmax(model.predict(inputs, verbose=0)).numpy()
    return {
        **asdict(total),
        "phases": by_phase,
        "accuracy": float(np.mean(probabilities.argmax(1) == splits.validation.labels)),
        "probabilities": np.round(probabilities[:8], 5).tolist(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


@dataclass(frozen=True)
class Clock:
    """A reading of CPU and wall time, in seconds."""

    cpu: float = 0.0
    wall: float = 0.0

    @classmethod
    def read(cls) -> Clock:
        """Reads both."""
        return cls(time.process_time(), time.perf_counter())

    def __sub__(self, other: Clock) -> Clock:
        return Clock(round(self.cpu - other.cpu, 2), round(self.wall - other.wall, 2))


def prepare(case: Case) -> tuple[Any, Any]:
    """Makes the model and the data: four of five examples train, the others validate."""
    import numpy as np

    import kerasft
    from kerasft.data import TextSplits

    if case.is_text:
        rows = kerasft.read_texts("messages")
        texts = [text for split in (rows.train, rows.validation, rows.test) for text in split.texts]
        labels = [rows.class_names[i] for s in (rows.train, rows.validation, rows.test) for i in s.labels]
        texts = [f"{texts[i % len(texts)]} {i}" for i in range(case.examples)]
        labels = [labels[i % len(labels)] for i in range(case.examples)]
        splits: Any = kerasft.read_texts(texts, labels=labels, validation_share=0.2, test_share=0.01)
        assert isinstance(splits, TextSplits)
        options: dict[str, Any] = {"sequence_length": case.size}
        task = "text_classification"
    else:
        images, names = coloured_digits(case.examples, case.size)
        splits = kerasft.read_images(images, case.size, labels=names, validation_share=0.2, test_share=0.02)
        options, task = {"image_size": case.size, "weights": None}, "image_classification"
    model = kerasft.build_model(
        task, backbone=case.backbone, class_names=splits.class_names, precision="float32", **options
    )
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.random.default_rng(0).normal(scale=0.01, size=kernel.shape))
    return model, splits


def coloured_digits(count: int, size: int) -> tuple[Any, list[str]]:
    """Returns handwritten digits of scikit-learn on coloured grounds, uint8 (count, size, size, 3), and their names."""
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


def with_kerasft(model, splits, phases, training, folder, clocks, way) -> None:
    """Trains with kerasft."""
    import kerasft
    from kerasft import fitting as rooms

    run_phase = rooms.run_phase

    def timed(*arguments):
        result = run_phase(*arguments)
        clocks.append(Clock.read())
        return result

    rooms.run_phase = timed  # a reading after each phase
    clocks[0] = Clock.read()
    kerasft.fine_tune(model, splits, phases, folder, training, verbose=False)
    clocks[-1] = Clock.read()


def with_plain(model, splits, phases, training, folder, clocks, way) -> None:
    """Trains the whole model in every phase, as Keras' guide to transfer learning does."""
    import keras

    from kerasft import freezing, heads
    from kerasft.optimizers import make_optimizer
    from kerasft.tasks import task_of

    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    clocks[0] = Clock.read()
    done = 0
    for phase in phases:
        freezing.set_trainable(model, phase.unfreeze)
        model.compile(
            make_optimizer(training.optimizer, phase, train.steps, training.weight_decay),
            **heads.classification_objective(0.0),
        )
        best = keras.callbacks.ModelCheckpoint(
            f"{folder}-{phase.name}.weights.h5", "val_accuracy", save_best_only=True, save_weights_only=True
        )
        order = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs, done=done: train.begin_epoch(done + epoch)
        )
        data, held_out = train.dataset(), validation.dataset()
        model.fit(data, validation_data=held_out, epochs=phase.epochs, verbose=0, callbacks=[order, best])
        done += phase.epochs
        clocks.append(Clock.read())


def with_bare(model, splits, phases, training, folder, clocks, way) -> None:
    """Runs the frozen part once, and then nothing but the steps of the rest."""
    import numpy as np

    from kerasft import environment, freezing, heads
    from kerasft.feature_cache.sections import Sections
    from kerasft.optimizers import make_optimizer
    from kerasft.tasks import task_of

    environment.make_deterministic()
    sections = Sections(model)
    train, validation = task_of(model.kerasft.task).make_batches(model, splits, training)
    clocks[0] = Clock.read()
    cuts = []
    for phase in phases:
        freezing.set_trainable(model, phase.unfreeze)
        cuts.append(sections.frozen())
    kept = {}
    lower = 0
    for cut in sorted(set(cuts)):
        stage = sections.between(lower, cut)
        stage.jit_compile = False
        for batches in (train, validation):
            below = kept.get((batches, lower))
            parts = []
            for step in range(batches.steps):
                rows = slice(step * batches.batch_size, (step + 1) * batches.batch_size)
                inputs = batches.view(0, step)[0] if below is None else {k: v[rows] for k, v in below.items()}
                parts.append(stage.predict_on_batch(inputs))
            kept[batches, cut] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        lower = cut
    for phase, cut in zip(phases, cuts, strict=True):
        freezing.set_trainable(model, phase.unfreeze)
        tail = sections.between(cut, None)
        tail.compile(
            make_optimizer(training.optimizer, phase, train.steps, training.weight_decay),
            jit_compile=False,
            **heads.classification_objective(0.0),
        )
        labels = [np.eye(train.num_classes, dtype="float32")[b.split.labels] for b in (train, validation)]
        tail.fit(
            kept[train, cut], labels[0], batch_size=32, epochs=phase.epochs, verbose=0,
            validation_data=(kept[validation, cut], labels[1]),
        )  # fmt: skip
        clocks.append(Clock.read())


def to_markdown(rows: list[dict[str, Any]]) -> str:
    """Returns the medians as a table, with the ratios of CPU time."""
    lines = [
        "| case | way | CPU s | wall s | by phase | of plain-oneDNN | of plain+oneDNN | target | peak MB | accuracy |",
        "| --- | --- | --: | --: | --- | --: | --: | --: | --: | --: |",
    ]
    for case in CASES:
        mine = [row for row in rows if row["case"] == case.name]
        plain = {name: [row["cpu"] for row in mine if row["way"] == name] for name in WAYS[:2]}
        for way in WAYS:
            runs = [row for row in mine if row["way"] == way]
            if not runs:
                continue
            cpu, wall = (statistics.median(row[key] for row in runs) for key in ("cpu", "wall"))
            phases = zip(*([phase["cpu"] for phase in row["phases"]] for row in runs), strict=True)
            by_phase = " + ".join(f"{statistics.median(values):.1f}" for values in phases)
            ratios = " | ".join(
                f"{statistics.median(each) / cpu:.1f}" if each else "" for each in plain.values()
            )
            target = f"{case.target:g}" if way == "kerasft" else ""
            peak = max(row["peak_mb"] for row in runs)
            lines.append(
                f"| {case.name} | {way} | {cpu:.1f} | {wall:.1f} | {by_phase} | {ratios} | {target} | {peak} "
                f"| {runs[-1]['accuracy']:.3f} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
