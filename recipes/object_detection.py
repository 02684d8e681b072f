"""Object detection: from images with boxes to a checked file for the phone.

    python recipes/object_detection.py
    python recipes/object_detection.py --data annotations.json --data-dir photos --resize letterbox

Without arguments: handwritten digits on photographs, which are to be found and read, and the small backbone that ships
with kerasft; less than three CPU-minutes. AP50 on the test split, seeds 0 to 2: 0.915, 0.902 and 0.917, the int8 file
of seed 0 0.913; the head alone, 24 epochs: 0.887 to 0.897.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import AUGMENTATIONS, Augmentation, Optimization, RunOptions, TwoPhases, option
from kerasft.formats.ladder import QUANTIZATIONS
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.options import ImageModel
from kerasft.tasks.object_detection.options import BoxReading


@dataclass(frozen=True)
class Config(Augmentation, Optimization, TwoPhases, RunOptions, ImageModel, BoxReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    image_size: int | None = option(
        None, "pixels, a multiple of 32 (default: 320, for the sample data 128)", minimum=32, maximum=2048
    )
    batch_size: int = option(16, "images per step", minimum=1)
    head_epochs: int = 8
    tune_epochs: int = 6
    unfreeze: float | int | str = 0.5
    head_learning_rate: float | str = 3e-3
    tune_learning_rate: float | str = 1e-3
    augment: str = option(
        "light", "training-only changes to images and boxes; none for the digits", choices=AUGMENTATIONS
    )
    quantize: str = option("int8", "quantization of the export", choices=QUANTIZATIONS)


def main(config: Config) -> dict:
    """Reads images and boxes, trains in two phases, and scores the model and its file."""
    digits = config.data in ("digit-boxes", "sample:digit-boxes")
    backbone = config.backbone or ("starter" if digits else catalog.DEFAULT)
    image_size = config.image_size or (
        128 if digits else 320
    )  # small things need more pixels than a class does

    splits = kerasft.read_images_with_boxes(
        config.data, image_size, **config.reading(), seed=config.seed, earlier=config.from_run
    )
    print(splits)

    model = kerasft.build_model(
        "object_detection", backbone=backbone, schema=splits.schema, image_size=image_size,
        resize=config.resize, dropout=config.dropout, precision=config.precision, seed=config.seed,
        weights=None if config.from_run else config.weights,
    )  # fmt: skip
    if config.from_run:
        kerasft.start_from(model, config.from_run)

    training = config.training(flip=config.flip and not digits, augment="none" if digits else config.augment)
    run = kerasft.fine_tune(
        model, splits, config.phases(), config.run_dir, training, overwrite=config.overwrite,
        then="evaluation, export and report",
    )  # fmt: skip

    evaluation = kerasft.evaluate(run)
    evaluation.write(run.run_dir / "evaluation")
    print(f"\nthe best weights on the test split\n\n{evaluation}")

    later = kerasft.export_later(run, "tflite", quantize=config.quantize)  # on JAX, the command for it
    try:
        exported = None if later else kerasft.export(run, "tflite", quantize=config.quantize)
    except kerasft.GateError:  # no file holds: the report shows what the run itself is worth
        report = kerasft.report(run, evaluation)
        print(f"\nrun folder: {run.run_dir}\nexported:   nothing\nreport:     {report.path}")
        raise
    if exported:
        print(f"\nthe exported file on the test split\n\n{exported}")

    scores = kerasft.phase_scores(run, evaluation)
    if exported:
        scores["exported file"] = exported.row.score
    print("\nAP50 on the test split")
    print("\n".join(f"  {name:<16}{score:.4f}" for name, score in scores.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_ap50": scores}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
