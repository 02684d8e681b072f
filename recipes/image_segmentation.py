"""Image segmentation: from images and masks to a checked file for the phone.

    python recipes/image_segmentation.py
    python recipes/image_segmentation.py --data street --classes road,car,person --class-weight auto

Without arguments: handwritten digits on photographs, whose pixels are to be told from the background and from each
other, and the small backbone that ships with kerasft; less than three CPU-minutes. Mean IoU on the test split, seeds 0
and 1: 0.671 and 0.655, the int8 file 0.671 and 0.653; always background: 0.079. With `--head-epochs 5 --tune-epochs 8`,
seeds 0 to 2: 0.675 to 0.694, in three and a half.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import AUGMENTATIONS, Augmentation, Fitting, RunOptions, TwoPhases, option
from kerasft.formats.ladder import QUANTIZATIONS
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.images.options import ImageModel
from kerasft.targets.masks.options import DECODERS
from kerasft.tasks.image_segmentation.options import MaskReading


@dataclass(frozen=True)
class Config(Augmentation, Fitting, TwoPhases, RunOptions, ImageModel, MaskReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    decoder: str = option("light", "what makes masks of feature maps", choices=DECODERS)
    batch_size: int = option(16, "images per step", minimum=1)
    head_epochs: int = 4
    tune_epochs: int = 5
    unfreeze: float | int | str = 0.5
    head_learning_rate: float | str = 3e-3
    tune_learning_rate: float | str = 1e-3
    augment: str = option(
        "light", "training-only changes to images and masks; none for the digits", choices=AUGMENTATIONS
    )
    quantize: str = option("int8", "quantization of the export", choices=QUANTIZATIONS)


def main(config: Config) -> dict:
    """Reads images and masks, trains in two phases, and scores the model beside the most common class."""
    digits = config.data in ("digit-scenes", "sample:digit-scenes")
    backbone = config.backbone or ("starter" if digits else catalog.DEFAULT)
    image_size = config.image_size or (96 if digits else catalog.find(backbone).image_size)

    splits = kerasft.read_images_with_masks(
        config.data, image_size, **config.reading(), seed=config.seed, earlier=config.from_run
    )
    print(splits)

    model = kerasft.build_model(
        "image_segmentation", backbone=backbone, schema=splits.schema, image_size=image_size,
        resize=config.resize, dropout=config.dropout, head=config.decoder, precision=config.precision,
        seed=config.seed, weights=None if config.from_run else config.weights,
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

    scores = {"most common": kerasft.most_common_class(splits).score}
    scores |= kerasft.phase_scores(run, evaluation)
    if exported:
        scores["exported file"] = exported.row.score
    print("\nmean IoU on the test split")
    print("\n".join(f"  {name:<16}{score:.4f}" for name, score in scores.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_mean_iou": scores}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
