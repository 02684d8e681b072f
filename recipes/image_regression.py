"""Image regression: from a table of images and numbers to a checked file for the phone.

    python recipes/image_regression.py
    python recipes/image_regression.py --data houses.csv --label price

Without arguments: handwritten digits turned by up to 45 degrees, whose angle is to be told, and the small backbone that
ships with kerasft; about 45 CPU-seconds. Mean absolute error on the test split over seeds 0 to 4: 3.5 to 3.9 degrees,
the exported file the same; always the mean 22.0 to 23.9, ridge on the frozen features 5.4 to 6.2, head only 6.0 to 6.9.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import (
    AUGMENTATIONS,
    Augmentation,
    NumberFitting,
    Optimization,
    RunOptions,
    TwoPhases,
    option,
)
from kerasft.formats.ladder import QUANTIZATIONS
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.options import ImageModel, ImageReading


@dataclass(frozen=True)
class Config(Augmentation, NumberFitting, Optimization, TwoPhases, RunOptions, ImageModel, ImageReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    data: str = option("turned-digits", "a table of images and numbers", kind="data")
    label: str | None = option(
        None, "the column of the numbers, or several, as price,area (default: recognised)"
    )
    unit: str | None = option(None, "the unit of the numbers, such as EUR; of several columns EUR,m2")
    augment: str = option(
        "none", "training-only changes to images; may they change the number?", choices=AUGMENTATIONS
    )
    quantize: str = option(
        "dynamic",
        "quantization of the export",
        choices=tuple(each for each in QUANTIZATIONS if each != "int8"),
    )


def main(config: Config) -> dict:
    """Reads the images, trains in two phases, scores the model, exports it and scores the file."""
    backbone = config.backbone or ("starter" if config.data == "turned-digits" else catalog.DEFAULT)
    image_size = config.image_size or catalog.find(backbone).image_size

    splits = kerasft.read_images_with_numbers(
        config.data, image_size, **config.reading(), unit=config.unit, seed=config.seed,
        earlier=config.from_run,
    )  # fmt: skip
    print(splits)

    model = kerasft.build_model(
        "image_regression", backbone=backbone, schema=splits.schema, image_size=image_size,
        resize=config.resize, dropout=config.dropout, precision=config.precision, seed=config.seed,
        weights=None if config.from_run else config.weights,
    )  # fmt: skip
    if config.from_run:
        kerasft.start_from(model, config.from_run)

    ridge = kerasft.ridge_on_features(model, splits)  # on the backbone as it is before training
    phases = config.phases()
    run = kerasft.fine_tune(
        model, splits, phases, config.run_dir, config.training(), overwrite=config.overwrite,
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
    errors = {"always the mean": ridge.of_the_mean, "ridge on frozen features": ridge.score}
    errors |= kerasft.phase_scores(run, evaluation)
    if exported:
        errors["exported file"] = exported.row.score
    print(f"\n{evaluation.score_name} on the test split")
    print("\n".join(f"  {name:<24}{error:>10.4g}" for name, error in errors.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_mean_absolute_error": errors}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
