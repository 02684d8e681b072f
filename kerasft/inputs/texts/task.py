"""What tasks of texts have in common, whatever the answers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

import numpy as np

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.options import from_dict
from kerasft.contract.plan import Training
from kerasft.contract.splits import Schema
from kerasft.contract.task import Task
from kerasft.data.batches import Batches
from kerasft.data.given import Given
from kerasft.inputs.texts.comparison import TextComparison
from kerasft.inputs.texts.config import TextConfig
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.kind import TEXTS
from kerasft.inputs.texts.measuring import measure_lengths
from kerasft.inputs.texts.reading import read_split, restore_splits
from kerasft.inputs.texts.serving import TOKENIZER
from kerasft.inputs.texts.stored import stored_problem
from kerasft.inputs.texts.texts import TextColumns, TextSplit, TextSplits

if TYPE_CHECKING:
    import keras

    from kerasft.networks.own_heads import Head

_PROBE = ("The quick brown fox jumps over the lazy dog.", "Is it 7:30 already?")


ConfigType = TypeVar("ConfigType", bound=TextConfig)


class TextTask(Task[ConfigType, TextSplits, TextEncoder]):
    """A task of texts, or pairs of texts: token ids -> backbone -> pooling -> head.

    The model carries its tokenizer as `encoder`.
    """

    inputs = TEXTS
    read: ClassVar[Callable[..., TextSplits]]  # from data, as `kerasft.read_texts`
    learning_rates = (1e-2, 1e-4)

    def head(self, features: keras.KerasTensor, config: ConfigType, seed: int) -> keras.KerasTensor:
        """Returns the float32 outputs of pooled features, a KerasTensor (batch, channels)."""
        return self.targets.learning.head(features, self.schema_of(config), config.dropout, seed)

    def build(
        self, config: ConfigType, weights: str | None, seed: int, assets: Path | None = None
    ) -> keras.Model:
        """Builds the model, from a dict of int32 token arrays (batch, sequence_length) to float32 outputs."""
        import keras

        from kerasft.inputs.texts.backbones.building import build_text_backbone
        from kerasft.networks.own_heads import features_of

        tokenizer = None if assets is None else assets / TOKENIZER
        parts = build_text_backbone(config.backbone, weights, config=config.backbone_config, assets=tokenizer)
        if config.sequence_length > parts.max_length:
            hint = f"use --sequence-length {parts.max_length} or less"
            what = f"{config.backbone} takes no more than {parts.max_length} tokens"
            raise InputError(Problem(what, str(config.sequence_length), hint))
        inputs = parts.inputs(config.sequence_length)
        tokens, mask = parts.tokens(inputs), inputs.get("padding_mask")
        features = features_of(config.own_head, lambda: parts.pool(tokens, mask), tokens, mask)
        outputs = self.head(features, config, seed)
        model = keras.Model(inputs, outputs, name=self.name)
        model.kerasft = replace(config, backbone_config=parts.config)
        model.encoder = TextEncoder(parts.tokenizer, config.sequence_length, parts.input_names)
        return model

    def settled(self, backbone: str, given: Mapping[str, object]) -> dict[str, object]:
        """Returns sequence_length, and the name of a head of the caller's own."""
        from kerasft.networks.own_heads import name_of_head

        head = given.get("head")
        own = {} if head is None else {"own_head": name_of_head(cast("str | Head", head))}
        return {"sequence_length": given["sequence_length"], **own}

    def notes(self, config: ConfigType) -> list[str]:
        """Returns that a head is known to this process alone."""
        from kerasft.networks.own_heads import head_notes

        return head_notes(config.own_head)

    def compared(self, config: TextComparison) -> tuple[TextSplits, dict[str, object]]:
        """Reads the texts of a comparison, and measures how long they are."""
        splits = self.read(config.data, **config.reading())
        lengths = measure_lengths(splits, config.backbone, config.sequence_length)
        return splits, {
            "backbone": config.backbone,
            "sequence_length": lengths.sequence_length,
            "dropout": config.dropout,
            "weights": config.weights,
        }

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
        """Reads texts with their answers, from columns like those of the run."""
        columns = TextColumns() if data is None else from_dict(TextColumns, data["columns"])
        return read_split(Given(source, wanted=schema, skip_broken=skip_broken), self.targets, columns)

    def stored_problem(self, config: JsonFields) -> str:
        """Returns which columns, or whether the architecture, are missing."""
        return stored_problem(config)

    def make_batches(
        self, model: keras.Model, splits: TextSplits, training: Training
    ) -> tuple[Batches, Batches]:
        """Returns the training split, fully shuffled in every epoch, and the validation split as it is, as tokens."""
        learning = self.targets.learning
        encode = learning.encode(splits.schema)
        train, validation = (
            (model.encoder(split.texts, split.pairs), split.targets, encode, training.batch_size)
            for split in (splits.train, splits.validation)
        )
        weigh, draw = (
            each(splits.train.targets, splits.schema, training) for each in (learning.weigh, learning.draw)
        )
        return Batches(*train, shuffle=True, seed=training.seed, weigh=weigh, draw=draw), Batches(*validation)

    def restore_splits(self, path: Path, source: JsonFields, config: ConfigType) -> TextSplits:
        """Reads the texts of a run again, by its list."""
        columns = from_dict(TextColumns, source["columns"])
        return restore_splits(path, source, self.targets, self.schema_of(config), columns)

    def save_assets(self, model: keras.Model, folder: Path) -> None:
        """Writes the tokenizer's files, without which the weights mean nothing."""
        self.inputs.serving.write_assets(model.encoder, folder)
