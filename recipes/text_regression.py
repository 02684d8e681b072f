"""Text regression: from a table of texts and numbers to a checked file for the phone.

    python recipes/text_regression.py
    python recipes/text_regression.py --data offers.csv --text description --label price

Without arguments: sample texts that say in words how long something takes, whose minutes are to be told, and
all-MiniLM-L6-v2, which is fetched once; about 4 CPU-minutes. Mean absolute error in minutes on the test split, seeds 0
to 4: always the mean 67.9 to 79.7, TF-IDF 8.8 to 11.6; seeds 0 to 3: head only 25.0 to 32.2, tuned 6.5 to 7.6.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import NumberFitting, Optimization, RunOptions, TwoPhases, option
from kerasft.inputs.texts.options import TextModel, TextReading


@dataclass(frozen=True)
class Config(NumberFitting, Optimization, TwoPhases, RunOptions, TextModel, TextReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    data: str = option("durations", "a table of texts and numbers", kind="data")
    label: str = option("label", "the column of the numbers, or several, as price,area")
    unit: str | None = option(None, "the unit of the numbers, such as EUR; of several columns EUR,m2")
    head_epochs: int = 5
    head_learning_rate: float | str = 1e-2
    quantize: str = option(
        "float16", "quantization of the export", choices=("none", "float16", "dynamic", "auto")
    )


def main(config: Config) -> dict:
    """Reads the texts or pairs, trains in two phases, and scores the model beside the mean and a bag of words."""
    nouns = "pairs" if config.text_pair else "texts"
    splits = kerasft.read_texts_with_numbers(
        config.data, **config.reading(), unit=config.unit, seed=config.seed, earlier=config.from_run
    )
    print(splits)
    lengths = kerasft.measure_lengths(splits, config.backbone, config.sequence_length)
    print(lengths)

    model = kerasft.build_model(
        "text_regression", backbone=config.backbone, schema=splits.schema, dropout=config.dropout,
        sequence_length=lengths.sequence_length, precision=config.precision, seed=config.seed,
        weights=None if config.from_run else config.weights,
    )  # fmt: skip
    if config.from_run:
        kerasft.start_from(model, config.from_run)

    phases, training = config.phases(), config.training()
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
        print(f"\nthe exported file on the test split, from raw {nouns}\n\n{exported}")

    words = kerasft.tfidf_ridge(splits)
    errors = {"always the mean": words.of_the_mean, "bag of words": words.score}
    errors |= kerasft.phase_scores(run, evaluation)
    if exported:
        errors["exported file"] = exported.row.score
    print(f"\n{evaluation.score_name} on the test split")
    print("\n".join(f"  {name:<16}{error:>10.4g}" for name, error in errors.items()))
    report = kerasft.report(run, evaluation)
    file = str(exported.path) if exported else None
    told = file or f"not yet, with: {later}"
    print(f"\nrun folder: {run.run_dir}\nexported:   {told}\nreport:     {report.path}")
    return {"run_dir": str(run.run_dir), "exported": file, "test_mean_absolute_error": errors}


if __name__ == "__main__":
    raise SystemExit(cli_main(Config, main))
