"""The ladder on six architectures: size, latency and accuracy of every quantization, or why it was refused.

    python -m benchmarks.ladder --markdown docs/ladder.md

Each network learns scikit-learn's handwritten digits at 32 pixels: `starter` by kerasft's two phases from its shipped
weights, the others from random weights (no download), which is enough to have real ranges to quantize. Then every
file is asked for, and measured on the 269 digits of the test split. One process per network; rows that are there are
kept, so the command can be stopped and started again. With names, only these are run.

About 20 CPU-minutes for all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from kerasft.base import environment, files

IMAGE_SIZE, BATCH = 32, 64
# How many epochs each needs to learn the digits from nothing
EPOCHS = {
    "starter": 10,
    "mobilenet_v3_small": 30,
    "efficientnet_v2_b0": 15,
    "resnet50": 8,
    "densenet121": 8,
    "vit": 25,
}
NAMES = {
    "starter": "starter",
    "mobilenet_v3_small": "MobileNetV3Small",
    "efficientnet_v2_b0": "EfficientNetV2B0",
    "resnet50": "ResNet50",
    "densenet121": "DenseNet121",
    "vit": "ViT (KerasHub, 4 layers of 64)",
}


def main(argv: list[str] | None = None) -> int:
    """Runs the networks that have no rows yet, then writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"networks to run; default: {', '.join(EPOCHS)}")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/ladder"), help="folder of the runs and their rows"
    )
    parser.add_argument("--markdown", type=Path, help="where to write the table")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.one:
        files.write_json(arguments.folder / f"{arguments.one}.json", measure(arguments.one, arguments.folder))
        return 0
    chosen = arguments.names or list(EPOCHS)
    for name in chosen:
        if not (arguments.folder / f"{name}.json").exists():
            command = [sys.executable, "-m", "benchmarks.ladder", "--one", name]
            subprocess.run([*command, "--folder", arguments.folder], check=True)
    rows = [files.read_json(arguments.folder / f"{name}.json") for name in chosen]
    table = as_markdown(rows)
    print(table)
    if arguments.markdown:
        files.write_text(arguments.markdown, table)
    return 0


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Trains one network, if that was not done before, asks for every file, and returns its rows."""
    environment.prepare()
    import kerasft

    run_dir = folder / name
    run = kerasft.Run.open(run_dir) if (run_dir / "result.json").exists() else train(name, folder, run_dir)
    return {"name": name, **ask_for_all(run)}


def train(name: str, folder: Path, run_dir: Path) -> Any:
    """Teaches a network the digits, and returns its run."""
    import kerasft

    splits = kerasft.read_images("digits", IMAGE_SIZE)
    backbone = toy_vit(folder / "vit-preset") if name == "vit" else name
    model = kerasft.build_model(
        "image_classification", backbone=backbone, class_names=splits.class_names, image_size=IMAGE_SIZE,
        weights="pretrained" if name in ("starter", "vit") else None, precision="float32",
    )  # fmt: skip
    if name == "starter":
        phases = kerasft.two_phases(EPOCHS[name], EPOCHS[name])
        return kerasft.fine_tune(model, splits, phases, run_dir, kerasft.Training(flip=False), overwrite=True)
    return from_scratch(model, splits, EPOCHS[name], run_dir)


def from_scratch(model: Any, splits: Any, epochs: int, run_dir: Path) -> Any:
    """Trains all weights, BatchNorm too, which fine-tuning never does, and writes a run folder as `fine_tune` would."""
    import keras

    import kerasft
    from kerasft.contract.registry import task_of
    from kerasft.runs.answering import outputs_of_run
    from kerasft.runs.calibration import calibrate_run
    from kerasft.runs.folder import PhaseResult, new_run_dir, write_plan, write_result
    from kerasft.runs.model import save_weights
    from kerasft.runs.run import weights_path

    keras.utils.set_random_seed(0)
    phase, training = kerasft.Phase("scratch", "all", epochs), kerasft.Training(batch_size=BATCH)
    for layer in model._flatten_layers(include_self=False):
        layer.trainable = True
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # Keras' 0.999 is for thousands of steps: these nets see a few hundred
    train, validation = (
        (split.images.astype("float32"), split.labels) for split in (splits.train, splits.validation)
    )
    steps = epochs * -(-len(train[1]) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=2e-3, warmup_steps=steps // 10)
    model.compile(
        keras.optimizers.AdamW(rate, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    model.fit(*train, BATCH, epochs, verbose=2, validation_data=validation, validation_freq=epochs)
    loss, accuracy = model.evaluate(*validation, verbose=0)
    new_run_dir(run_dir, "", overwrite=True)
    write_plan(run_dir, model, splits, (phase,), training, choices=())  # no features are kept
    save_weights(model, weights_path(run_dir, phase.name))
    reached = {"val_accuracy": accuracy, "val_log_loss": loss}
    result = PhaseResult(epochs, epochs, reached, (), 0, features="none", seconds=0.0)
    objective = task_of(model.kerasft.task).objective(model.kerasft, training)
    write_result(run_dir, model, {phase.name: result}, objective)
    run = kerasft.Run.open(run_dir)
    validation = splits.validation
    calibrate_run(run, outputs_of_run(run, run.load_model(), validation.examples), validation.labels)
    return run


def toy_vit(folder: Path) -> str:
    """Writes KerasHub's ViT, small and with random weights, as a preset folder, and returns its handle."""
    import keras
    import keras_hub

    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.ViTBackbone(
        image_shape=(IMAGE_SIZE, IMAGE_SIZE, 3), patch_size=(4, 4), num_layers=4, num_heads=4,
        hidden_dim=64, mlp_dim=128,
    )  # fmt: skip
    backbone.save_to_preset(folder)
    converter = keras_hub.layers.ViTImageConverter(
        image_size=(IMAGE_SIZE, IMAGE_SIZE), scale=1 / 127.5, offset=-1.0
    )
    converter.save_to_preset(folder)
    return f"hub:{folder}"


def ask_for_all(run: Any) -> dict[str, Any]:
    """Exports every quantization and format; a refusal is a row too."""
    import kerasft
    from kerasft.formats.ladder import LADDER

    rows: list[dict[str, Any]] = []
    for quantization in (*LADDER, "saved_model", "onnx"):
        format, quantize = (
            (quantization, None) if quantization in ("saved_model", "onnx") else ("tflite", quantization)
        )
        try:
            made = kerasft.export(run, format, quantize=None if quantize == "float32" else quantize)
        except kerasft.GateError as error:
            rows.append({"quantization": quantization, "refused": str(error).splitlines()[0]})
        else:
            rows.append(
                {
                    "quantization": quantization,
                    **made.row.as_dict(),
                    "keras_milliseconds": made.keras_milliseconds,
                }
            )
            measured = {} if made.confidence is None else made.confidence.as_dict()
            found = made.calibration.as_dict() | measured
            confidence = {"temperature": found["temperature"]}
            for name in ("ece", "log_loss"):
                confidence[name] = [found[f"test_{name}_{when}"] for when in ("before", "after")]
        print(json.dumps(rows[-1]), flush=True)
    return {"rows": rows, **confidence}


def as_markdown(networks: list[dict[str, Any]]) -> str:
    """Returns the page with a table per network, and one of the temperatures."""
    parts = [
        "# The ladder, measured",
        "Made by `python -m benchmarks.ladder --markdown docs/ladder.md`: networks of 32 x 32 pixels on scikit-learn's "
        "handwritten digits, all but `starter` trained from random weights, each file run on the 269 digits of the "
        "test split. Milliseconds: median, one image at a time, on one thread of a CPU (Keras and SavedModel: on "
        "all); the computer had other work too, so that a time may be twice what it would be alone. The smallest file "
        "that keeps the gate, which `--quantize auto` takes, is in bold.",
        _summary(networks),
    ]
    for network in networks:
        parts += [f"## {NAMES[network['name']]}", _table(network["rows"])]
    return "\n\n".join([*parts, "## Temperatures", _temperatures(networks)]) + "\n"


def _summary(networks: list[dict[str, Any]]) -> str:
    """The first table: one line per network, and for each quantization size, time and accuracy."""
    quantizations = ("float32", "float16", "int16", "dynamic", "int8")
    lines = [
        f"| MB / ms / accuracy | Keras | {' | '.join(quantizations)} |",
        "| --- " * (len(quantizations) + 2) + "|",
    ]
    for network in networks:
        rows: Any = {row["quantization"]: row for row in network["rows"]}
        cells = [
            "refused"
            if "refused" in row
            else f"{row['megabytes']:.2f} / {row['milliseconds']:.2f} / {row['accuracy']:.3f}"
            for row in map(rows.get, quantizations)
        ]
        keras = next(row for row in network["rows"] if "refused" not in row)
        lines.append(f"| {NAMES[network['name']]} | {keras['keras_accuracy']:.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _temperatures(networks: list[dict[str, Any]]) -> str:
    lines = [
        "| network | temperature | log loss before | after | calibration error before | after |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in networks:
        numbers = " | ".join(f"{value:.4f}" for value in (*each["log_loss"], *each["ece"]))
        lines.append(f"| {NAMES[each['name']]} | {each['temperature']:.3f} | {numbers} |")
    return "\n".join(lines)


def _table(rows: list[dict[str, Any]]) -> str:
    held = [row for row in rows if "refused" not in row]
    first = held[0]
    lines = [
        "| file | MB | ms | accuracy | same class as Keras | largest difference |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| Keras model | | {first['keras_milliseconds']:.2f} | {first['keras_accuracy']:.4f} | | |",
    ]
    for row in rows:
        name = row["quantization"].replace("saved_model", "SavedModel").replace("onnx", "ONNX")
        if "refused" in row:
            lines.append(f"| {name} | refused: {row['refused']} | | | | |")
            continue
        name = f"**{name}**" if row is first else name
        kept = f" ({len(row['in_float'])} in float32)" if row["in_float"] else ""
        lines.append(
            f"| {name}{kept} | {row['megabytes']:.2f} | {row['milliseconds']:.2f} | {row['accuracy']:.4f} | "
            f"{row['agreement']:.4f} | {row['difference']:.2g} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
