"""Images with several labels: from a table of images and labels to a checked file for the phone.

    python recipes/image_multilabel.py
    python recipes/image_multilabel.py --data photos.csv --label tags --class-weight auto

Without arguments: images with up to four handwritten digits, of which it is to be told which are there, and the small
backbone that ships with kerasft; one CPU-minute. On the test split, seeds 0 to 2: F1 per example 0.910 to 0.913, mean
average precision 0.958 to 0.962, the int8 file's F1 0.908 to 0.915; logistic regression on pixels, one for each label:
0.384 and 0.329. Image size and rate were the best of three settings by the numbers of seed 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import AUGMENTATIONS, Augmentation, Fitting, RunOptions, TwoPhases, option
from kerasft.formats.ladder import QUANTIZATIONS
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.options import ImageModel, ImageReading
from kerasft.targets.labels.options import SEPARATORS


@dataclass(frozen=True)
class Config(Augmentation, Fitting, TwoPhases, RunOptions, ImageModel, ImageReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    data: str = option("several-digits", "a table of images and labels", kind="data")
    label: str | None = option(
        None, "the column of the labels, or columns of 0 and 1, as cat,dog (default: recognised)"
    )
    separator: str | None = option(
        None, "what stands between labels in a cell (default: recognised)", choices=SEPARATORS
    )
    tune_learning_rate: float | str = 1e-3
    augment: str = option(
        "light", "training-only changes to images; none for the digits", choices=AUGMENTATIONS
    )
    quantize: str = option("int8", "quantization of the export", choices=QUANTIZATIONS)


def main(config: Config) -> dict:
    """Reads the images, trains in two phases, and scores the model beside regressions on pixels."""
    digits = config.data in ("several-digits", "sample:several-digits")
    backbone = config.backbone or ("starter" if digits else catalog.DEFAULT)
    image_size = config.image_size or (64 if digits else catalog.find(backbone).image_size)

    splits = kerasft.read_images_with_labels(
        config.data, image_size, **config.reading(), separator=config.separator, seed=config.seed,
        earlier=config.from_run,
    )  # fmt: skip
    print(splits)

    model = kerasft.build_model(
        "image_multilabel", backbone=backbone, schema=splits.schema, image_size=image_size,
        resize=config.resize, dropout=config.dropout, precision=config.precision, seed=config.seed,
        weights=None if config.from_run else config.weights,
    )  # fmt: skip
    if config.from_run:
        kerasft.start_from(model, config.from_run)

    training = config.training(flip=config.flip and not digits, augment="none" if digits else config.augment)
    run = kerasft.fine_tune(
        model, splits, config.phases(), config.run_dir, training, overwrite=config.overwrite,
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

    scores = {"pixels": kerasft.one_vs_rest_of_pixels(splits, config.seed).score}
    scores |= kerasft.phase_scores(run, evaluation)
    if exported:
        scores["exported file"] = exported.row.score
    print("\nF1 per example on the test split")
    print("\n".join(f"  {name:<16}{score:.4f}" for name, score in scores.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_f1_per_example": scores}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
