"""Every application through the whole path: `python -m benchmarks.applications --markdown docs/applications.md`.

For each model of `keras.applications`, at its smallest size and with random weights: preprocessing against
Keras' own, blocks and tails, one training step in each phase with the frozen weights compared, and a float32
TFLite file run beside the Keras model. One process per model, one row of JSON as each ends; rows that are
there are kept, so the command can be stopped and started again. With names, only these are run.

About 30 CPU-minutes for all, and 13 GB of memory for the largest.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from kerasft.base import environment, files
from kerasft.inputs.images.backbones import catalog

CLASS_NAMES = ("a", "b", "c")
BATCH = 8
LARGEST_TFLITE_DIFFERENCE = 1e-4
LARGEST_PREPROCESSING_DIFFERENCE = 1e-5  # relative to the largest value


def main(argv: list[str] | None = None) -> int:
    """Runs the models that have no row yet, then writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="backbones to run; default: all applications")
    parser.add_argument(
        "--rows", type=Path, default=Path("build/applications"), help="folder of the JSON rows"
    )
    parser.add_argument("--markdown", type=Path, help="where to write the table")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.one:
        files.write_json(arguments.rows / f"{arguments.one}.json", measure(arguments.one))
        return 0
    entries = [entry for entry in map(catalog.find, catalog.names()) if entry.source == "applications"]
    chosen = [catalog.find(name) for name in arguments.names] or sorted(entries, key=lambda e: e.parameters)
    for entry in chosen:
        row = arguments.rows / f"{entry.name}.json"
        if not row.exists():
            command = [sys.executable, "-m", "benchmarks.applications", "--one", entry.name]
            done = subprocess.run([*command, "--rows", arguments.rows], capture_output=True, text=True)
            if done.returncode:
                files.write_json(
                    row, {"name": entry.name, "result": f"failed: {(done.stderr or 'killed')[-2000:]}"}
                )
        print(json.dumps(files.read_json(row)), flush=True)
    rows = [files.read_json(path) for path in sorted(arguments.rows.glob("*.json"))]
    if arguments.markdown:
        files.write_text(arguments.markdown, as_markdown(rows, len(entries)))
    return int(any(row["result"] != "ok" for row in rows))


def measure(name: str) -> dict[str, Any]:
    """Takes one model through the path and returns its row."""
    environment.prepare()
    import keras
    import numpy as np

    from kerasft.networks.blocks import split_blocks
    from kerasft.runs.model import assemble
    from kerasft.tasks.image_classification.config import ModelConfig
    from kerasft.training import freezing

    entry, begin = catalog.find(name), time.time()
    model = assemble(ModelConfig(name, CLASS_NAMES, image_size=entry.min_size))
    backbone = model.get_layer("backbone")
    images = draw_images(BATCH, entry.min_size)
    wake_branches(backbone)
    blocks = split_blocks(backbone)
    row: dict[str, Any] = {
        "name": name,
        "image_size": entry.min_size,
        "parameters": backbone.count_params(),
        "preprocessing": preprocessing_difference(entry, images),
        "blocks": len(blocks),
        "tails": tails_difference(backbone, blocks, images),
    }
    labels = np.eye(len(CLASS_NAMES), dtype="float32")[np.arange(BATCH) % len(CLASS_NAMES)]
    for phase, unfreeze in (("head", 0), ("tune", 0.3)):
        row[f"{phase}_layers"] = len(freezing.set_trainable(model, unfreeze))
        frozen = freezing.frozen_digest(model)
        trained = [keras.ops.convert_to_numpy(weight).copy() for weight in model.trainable_weights]
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        # gradients of a deep random network are down to 1e-22; Lion takes their sign, so every weight moves
        model.compile(keras.optimizers.Lion(1e-3), loss, jit_compile=False)
        row[f"{phase}_loss"] = float(model.train_on_batch(images, labels))
        freezing.assert_unchanged(model, frozen)
        changed = [
            not np.array_equal(old, keras.ops.convert_to_numpy(new))
            for old, new in zip(trained, model.trainable_weights, strict=True)
        ]
        row[f"{phase}_changed"] = sum(changed) / len(changed)
    draw_head(model, images)
    row |= export_difference(model, images)
    row |= {"seconds": round(time.time() - begin), "peak_gb": round(peak_memory(), 1)}
    row["result"] = judge(row)
    return row


def draw_images(count: int, size: int):
    """Returns smooth coloured images (count, size, size, 3), float32 whole numbers 0..255."""
    import keras
    import numpy as np

    coarse = np.random.default_rng(0).uniform(0, 255, (count, 4, 4, 3))
    smooth = keras.ops.image.resize(coarse.astype("float32"), (size, size), interpolation="bilinear")
    return np.round(np.asarray(smooth))


def wake_branches(backbone) -> None:
    """Gives the scales of ConvNeXt's branches, which begin at 1e-6, a size at which the branches count."""
    import numpy as np

    for layer in backbone.layers:
        if layer.name.endswith("layer_scale"):
            layer.set_weights([np.full(weight.shape, 0.3) for weight in layer.weights])


def draw_head(model, images) -> None:
    """Gives the head random weights under which the logits of the images have deviation 1.

    A random network gives nearly the same features for all images, and its answers would agree with anything.
    BatchNorm keeps its first statistics: with those of the images a deep random network is chaotic, and Keras'
    own answers of EfficientNetB6 changed by 0.02 when the pixels changed by one part in four million.
    """
    import keras
    import numpy as np

    head = model.get_layer("logits")
    features = np.asarray(keras.Model(model.input, head.input)(images, training=False))
    kernel = np.random.default_rng(0).normal(size=head.kernel.shape)
    kernel /= (features @ kernel).std(axis=0)
    head.set_weights([kernel, -features.mean(axis=0) @ kernel])


def preprocessing_difference(entry: catalog.BackboneEntry, images) -> float:
    """Returns the largest difference to what Keras does with the same images, relative to its largest value."""
    import keras
    import numpy as np

    from kerasft.inputs.images.backbones.preprocessing import preprocessing_of

    expected = keras_preprocessing(entry, images)
    found = np.asarray(preprocessing_of(entry)(keras.ops.convert_to_tensor(images)))
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def keras_preprocessing(entry: catalog.BackboneEntry, images):
    """Returns what reaches the first convolution of Keras' own pretrained model."""
    import importlib

    import keras
    import numpy as np

    constructor = getattr(keras.applications, entry.keras_name)
    if entry.preprocessing != "built-in":
        module = importlib.import_module(constructor.__module__)
        return module.preprocess_input(images.copy())
    whole = constructor(include_top=False, weights=None, input_shape=images.shape[1:])
    result = images
    for layer in whole.layers[1:]:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            # EfficientNet: the statistics are in the weights file, and a Rescaling that weights="imagenet" adds
            mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
            result = (np.asarray(result) - mean) / np.sqrt(deviation) / np.sqrt(deviation)
        elif isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization):
            result = layer(result)
        else:
            break
    return np.asarray(result)


def tails_difference(backbone, blocks, images) -> float:
    """Returns the largest relative difference between the backbone and trunk-then-tail, at three cuts."""
    import keras
    import numpy as np

    given = images / 127.5 - 1
    whole = np.asarray(backbone(given, training=False))
    cuts = [blocks[index].cut for index in sorted({1, len(blocks) // 2, len(blocks) - 1})]
    trunk = keras.Model(backbone.inputs[0], [list(cut) for cut in cuts])
    differences = []
    for cut, crossing in zip(cuts, trunk(given, training=False), strict=True):
        tail = keras.Model(list(cut), backbone.output)
        parts = np.asarray(tail(crossing, training=False))
        differences.append(float(np.abs(parts - whole).max() / np.abs(whole).max()))
    return max(differences)


def export_difference(model, images) -> dict[str, Any]:
    """Converts to float32 TFLite and compares the probabilities with Keras, image by image."""
    import keras
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    from kerasft.formats.program import Program
    from kerasft.formats.tflite import write_tflite
    from kerasft.predicting.opening import predictor_of_model

    probabilities = np.asarray(keras.ops.softmax(model(images, training=False)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        predictor = predictor_of_model(model)
        description = predictor.describe(model.kerasft.backbone, "float32")
        write_tflite(Program(model, predictor.encoder, description), path)
        interpreter = Interpreter(str(path))
        interpreter.allocate_tensors()
        given, answer = (
            interpreter.get_input_details()[0]["index"],
            interpreter.get_output_details()[0]["index"],
        )
        found = []
        for image in images:
            interpreter.set_tensor(given, image[None])
            interpreter.invoke()
            found.append(interpreter.get_tensor(answer)[0])
        operators = {details["op_name"] for details in interpreter._get_ops_details()} - {"DELEGATE"}
        size = path.stat().st_size / 1e6
    return {
        "tflite": float(np.abs(np.array(found) - probabilities).max()),
        "spread": float(np.ptp(probabilities, axis=0).max()),  # between images: what a constant answer lacks
        "tflite_mb": round(size, 1),
        "flex": sorted(name for name in operators if name.startswith("Flex") or name == "CUSTOM"),
        "operators": sorted(operators),
    }


def peak_memory() -> float:
    """Returns the largest memory of this process so far, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def judge(row: dict[str, Any]) -> str:
    """Returns "ok", or what of a row is beyond its limit."""
    wrong = []
    if not row["preprocessing"] <= LARGEST_PREPROCESSING_DIFFERENCE:
        wrong.append("preprocessing differs")
    if not row["tails"] <= 1e-5:  # NaN is wrong too
        wrong.append("a tail differs")
    if row["head_layers"] != 1 or row["head_changed"] != 1 or row["tune_changed"] < 0.9:
        wrong.append("a phase trained other weights than it should")
    if not row["tflite"] <= LARGEST_TFLITE_DIFFERENCE:
        wrong.append("the TFLite file differs")
    if row["flex"]:
        wrong.append("needs Flex")
    if row["spread"] < 100 * LARGEST_TFLITE_DIFFERENCE:
        wrong.append("answers too alike to compare")
    return "; ".join(wrong) or "ok"


def as_markdown(rows: list[dict[str, Any]], count: int) -> str:
    """Returns the page: what was done, and one line per model."""
    from importlib.metadata import version

    versions = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow", "ai-edge-litert"))
    good = sum(row["result"] == "ok" for row in rows)
    lines = [
        "# Every application, through the whole path",
        "",
        f"{good} of {count} are right. Made by `python -m benchmarks.applications --markdown docs/applications.md` on "
        f"{date.today()} with {versions}; random weights, at the smallest size each model takes, on 2 CPU cores.",
        "",
        "- **preprocessing**: largest difference to what Keras makes of the images, relative to the largest value.",
        "- **blocks**: units that `--unfreeze` counts; tails built at three cuts gave the same features (1e-5).",
        "- **trained**: layers that one step trained head-only, and with `unfreeze=0.3`; everything else was "
        "bit-equal afterwards, BatchNorm statistics included.",
        "- **TFLite**: largest difference of probabilities between the float32 file (builtin operators only, run by "
        "LiteRT) and Keras; **spread**: by how much the probabilities of different images differ.",
        "",
        "| backbone | pixels | weights | preprocessing | blocks | trained | TFLite | spread | MB | seconds | result |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |",
    ]
    for row in sorted(rows, key=lambda row: row["name"]):
        if "seconds" not in row:
            lines.append(f"| {row['name']} | | | | | | | | | | {' '.join(row['result'].split())[-200:]} |")
            continue
        lines.append(
            f"| {row['name']} | {row['image_size']} | {row['parameters'] / 1e6:.1f} M | {row['preprocessing']:.0e} "
            f"| {row['blocks']} | {row['head_layers']}, {row['tune_layers']} | {row['tflite']:.0e} "
            f"| {row['spread']:.2f} | {row['tflite_mb']:.0f} | {row['seconds']} | {row['result']} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
