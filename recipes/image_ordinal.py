"""Images in classes with an order, such as grades: from a table or folder of images to a checked file for the phone.

    python recipes/image_ordinal.py
    python recipes/image_ordinal.py --data photos.csv --label quality --order "poor,fair,good"

Without arguments: images with none, few, some, many or very many handwritten digits, and the small backbone that ships
with kerasft; one CPU-minute. Mean absolute error in steps on the test split, seeds 0 to 2: always "some" 1.2, logistic
regression on pixels 0.26, head only 0.19, the run's best weights 0.127 to 0.137, its int8 file 0.130 to 0.133.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import AUGMENTATIONS, RunOptions, Training, TwoPhases, option
from kerasft.formats.ladder import QUANTIZATIONS
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.options import ImageModel, ImageReading
from kerasft.targets.order.options import ASKED


@dataclass(frozen=True)
class Config(Training, TwoPhases, RunOptions, ImageModel, ImageReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    data: str = option("crowds", "a table of images and classes, or a folder of class folders", kind="data")
    label: str | None = option(None, "the column of the classes (default: recognised)")
    order: str | None = option(None, ASKED)
    tune_learning_rate: float | str = 1e-3
    augment: str = option(
        "light", "training-only changes to images; none for the sample", choices=AUGMENTATIONS
    )
    quantize: str = option("int8", "quantization of the export", choices=QUANTIZATIONS)


def main(config: Config) -> dict:
    """Reads the images, trains in two phases, and scores the model beside a regression on pixels."""
    sample = config.data in ("crowds", "sample:crowds")
    backbone = config.backbone or ("starter" if sample else catalog.DEFAULT)
    image_size = config.image_size or (64 if sample else catalog.find(backbone).image_size)

    splits = kerasft.read_images_with_order(
        config.data,
        image_size,
        **config.reading(),
        order=config.order,
        seed=config.seed,
        earlier=config.from_run,
    )
    print(splits)

    model = kerasft.build_model(
        "image_ordinal", backbone=backbone, schema=splits.schema, image_size=image_size,
        resize=config.resize, dropout=config.dropout, precision=config.precision, seed=config.seed,
        weights=None if config.from_run else config.weights,
    )  # fmt: skip
    if config.from_run:
        kerasft.start_from(model, config.from_run)

    phases, training = config.phases(), config.training(augment="none" if sample else config.augment)
    run = kerasft.fine_tune(
        model, splits, phases, config.run_dir, training, overwrite=config.overwrite,
        then="evaluation, export and report", callbacks=config.callbacks(),
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

    pixels = kerasft.logistic_of_pixels(splits, config.seed)
    scores = {"always the middle": pixels.of_the_middle, "pixels": pixels.score}
    scores |= kerasft.phase_scores(run, evaluation)
    if exported:
        scores["exported file"] = exported.row.score
    print("\nmean absolute error in steps, on the test split")
    print("\n".join(f"  {name:<19}{score:.4f}" for name, score in scores.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_error_in_steps": scores}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
