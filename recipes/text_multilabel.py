"""Texts with several labels: from a table of texts and labels to a checked file for the phone.

    python recipes/text_multilabel.py
    python recipes/text_multilabel.py --data tickets.csv --text body --label tags --class-weight auto

Without arguments: texts made of one to three of the sample messages, of which it is to be told which topics are there,
and all-MiniLM-L6-v2, which is fetched once; about 4 CPU-minutes. F1 per example on the test split, seeds 0 to 2: bag of
words 0.573, head only 0.672 to 0.691, the run's best weights 0.725 to 0.733.
"""

from __future__ import annotations

from dataclasses import dataclass

import kerasft
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import Fitting, RunOptions, TwoPhases, option
from kerasft.inputs.texts.options import TextModel, TextReading
from kerasft.targets.labels.options import SEPARATORS


@dataclass(frozen=True)
class Config(Fitting, TwoPhases, RunOptions, TextModel, TextReading):
    """Every choice of this recipe, those of the data and the model first; each is a flag of the command line."""

    data: str = option("several-topics", "a table of texts and labels", kind="data")
    label: str = option("label", "the column of the labels")
    separator: str | None = option(None, "between labels (default: recognised)", choices=SEPARATORS)
    head_epochs: int = 5
    head_learning_rate: float | str = 1e-2
    tune_learning_rate: float | str = 3e-4
    quantize: str = option(
        "float16", "quantization of the export", choices=("none", "float16", "dynamic", "auto")
    )


def main(config: Config) -> dict:
    """Reads the texts or pairs, trains in two phases, and scores the model beside a bag of words."""
    nouns = "pairs" if config.text_pair else "texts"
    splits = kerasft.read_texts_with_labels(
        config.data, **config.reading(), separator=config.separator, seed=config.seed, earlier=config.from_run
    )
    print(splits)
    lengths = kerasft.measure_lengths(splits, config.backbone, config.sequence_length)
    print(lengths)

    model = kerasft.build_model(
        "text_multilabel", backbone=config.backbone, schema=splits.schema, dropout=config.dropout,
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

    scores = {"bag of words": kerasft.tfidf_one_vs_rest(splits, config.seed).score}
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
