"""Text classification: token ids -> backbone -> pooling -> head. The model carries its tokenizer as `encoder`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.options import from_dict
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis
from kerasft.contract.grid import Build, Grid
from kerasft.contract.objective import Objective
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema, class_names_of
from kerasft.contract.task import Task
from kerasft.data.batches import Batches
from kerasft.inputs.texts import recognising
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.kind import TEXTS
from kerasft.inputs.texts.reading import restore_splits
from kerasft.inputs.texts.serving import TOKENIZER, mediapipe_reads
from kerasft.inputs.texts.texts import TextColumns, TextSplit, TextSplits
from kerasft.targets.classes.encoding import class_weigher, one_hot
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.mediapipe import Classifier
from kerasft.targets.classes.schema import class_problems
from kerasft.tasks.text_classification.comparison import TextComparison, compared_texts
from kerasft.tasks.text_classification.config import TextModelConfig
from kerasft.tasks.text_classification.examining import examine_texts
from kerasft.tasks.text_classification.reading import read_labelled_texts
from kerasft.tasks.text_classification.stored import stored_problem

if TYPE_CHECKING:
    import keras

_PROBE = ("The quick brown fox jumps over the lazy dog.", "Is it 7:30 already?")


class TextClassification(Task[TextModelConfig, TextSplits, TextEncoder]):
    """Texts, or pairs of texts, to one class of several."""

    name = "text_classification"
    Config = TextModelConfig
    inputs, targets = TEXTS, CLASSES
    learning_rates = (1e-2, 1e-4)
    Comparison = TextComparison
    pipeline_tag = "text-classification"

    def build(
        self, config: TextModelConfig, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        """Builds the model, from a dict of int32 token arrays (batch, sequence_length) to float32 logits."""
        import keras

        from kerasft.inputs.texts.backbones.building import build_text_backbone
        from kerasft.targets.classes import head

        tokenizer = None if assets is None else assets / TOKENIZER
        parts = build_text_backbone(config.backbone, weights, config=config.backbone_config, assets=tokenizer)
        if config.sequence_length > parts.max_length:
            hint = f"use --sequence-length {parts.max_length} or less"
            what = f"{config.backbone} takes no more than {parts.max_length} tokens"
            raise InputError(Problem(what, str(config.sequence_length), hint))
        inputs = parts.inputs(config.sequence_length)
        features = parts.features(inputs)
        logits = head.classification_head(features, len(config.class_names), config.dropout, seed)
        model = keras.Model(inputs, logits, name=config.task)
        model.kerasft = replace(config, backbone_config=parts.config)
        model.encoder = TextEncoder(parts.tokenizer, config.sequence_length, parts.input_names)
        return model

    def settled(self, backbone: str, given: Mapping[str, object]) -> dict[str, object]:
        """Returns sequence_length."""
        return {"sequence_length": given["sequence_length"]}

    def probe_input(self, model: keras.Model) -> dict[str, np.ndarray]:
        """Returns the tokens of one pair of sentences: their ids are a fingerprint of the tokenizer, too."""
        return model.encoder(_PROBE[:1], _PROBE[1:])

    def read_labelled(
        self,
        source: str | Path,
        schema: Schema,
        encoder: TextEncoder,
        data: JsonFields | None,
        *,
        skip_broken: bool = False,
    ) -> TextSplit:
        """Reads labelled texts, from columns like those of the run."""
        columns = None if data is None else from_dict(TextColumns, data["columns"])
        return read_labelled_texts(source, class_names_of(schema), columns, skip_broken=skip_broken)

    def suits(self, wish: Examination) -> float:
        """Returns how likely data is of texts."""
        return recognising.likelihood(wish)

    def examine(self, wish: Examination) -> Diagnosis:
        """Reads texts as training would, and says what is wrong with them."""
        return examine_texts(wish)

    def compared(self, config: Grid) -> tuple[TextSplits, Build]:
        """Reads texts, and returns them with what builds a model for them."""
        return compared_texts(cast(TextComparison, config))

    def stored_problem(self, config: JsonFields) -> str:
        """Returns which columns, or whether the architecture, are missing."""
        return stored_problem(config)

    def fit_problems(self, splits: TextSplits, config: TextModelConfig) -> list[Problem]:
        """Returns where the classes are other ones. Texts fit every model: what is too long is cut."""
        return class_problems(splits.class_names, config.class_names)

    def adopt_reading(self, model: keras.Model, splits: TextSplits) -> None:
        """Texts are read in one way only."""

    def objective(self, config: TextModelConfig, training: Training) -> Objective:
        """Returns the objective of one class of several."""
        from kerasft.targets.classes import head

        return head.classification_objective(len(config.class_names), training.label_smoothing)

    def make_batches(
        self, model: keras.Model, splits: TextSplits, training: Training
    ) -> tuple[Batches, Batches]:
        """Returns the training split, fully shuffled in every epoch, and the validation split as it is, as tokens."""
        count = len(splits.class_names)
        train, validation = (
            (model.encoder(split.texts, split.pairs), split.targets, one_hot(count), training.batch_size)
            for split in (splits.train, splits.validation)
        )
        weigh = class_weigher(splits.train.labels, count) if training.class_weight == "auto" else None
        return Batches(*train, shuffle=True, seed=training.seed, weigh=weigh), Batches(*validation)

    def restore_splits(self, path: Path, source: JsonFields, config: TextModelConfig) -> TextSplits:
        """Reads the texts of a run again, by its list."""
        columns = from_dict(TextColumns, source["columns"])
        return restore_splits(path, source, CLASSES, CLASSES.schema_of(vars(config)), columns)

    def client_code(self, file: str, encoder: TextEncoder, io: str) -> str:
        """Returns code for MediaPipe's TextClassifier, where it makes the same tokens."""
        readable = file.endswith(".tflite") and mediapipe_reads(encoder, bool(encoder.pairs))
        return _MEDIAPIPE.code(file) if readable else ""

    def save_assets(self, model: keras.Model, folder: Path) -> None:
        """Writes the tokenizer's files, without which the weights mean nothing."""
        self.inputs.serving.write_assets(model.encoder, folder)


_MEDIAPIPE = Classifier(
    kind="Text",
    group="text",
    pod="MediaPipeTasksText",
    result="text",
    kotlin='"Where is my parcel?"',
    swift='text: "Where is my parcel?"',
)
TASK = TextClassification()
