"""Text backbones: tokenizer, encoder and pooling, from a name or from what a run has kept.

The encoder ends in its tokens' vectors. What comes after them is pooling, and belongs to the head: the mean, the
first token, or the first token through the dense layer that BERT, ALBERT and FNet were pretrained with. That layer
learns from the first phase on, because it was trained for another question (does this sentence follow that one?)
and as a frozen feature tells little; it is also why blocks are just the embeddings and the transformer layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.inputs.texts.backbones.catalog import POOLINGS
from kerasft.inputs.texts.backbones.presets import checked_text_config, explained, find_text_preset
from kerasft.inputs.texts.backbones.tokenizers import build_tokenizer, load_tokenizer, save_tokenizer
from kerasft.networks.layers import number_layers
from kerasft.networks.preset_folders import budget
from kerasft.networks.published import PRETRAINED
from kerasft.networks.weights import load_weights_file

if TYPE_CHECKING:
    import keras_hub

__all__ = ["TextBackboneParts", "build_text_backbone", "load_tokenizer", "save_tokenizer"]

_UNLIMITED = 512  # the most tokens where the architecture sets no limit (RoFormer V2): attention is quadratic
_NAMES = ("token_ids", "padding_mask", "segment_ids")

Pool = Callable[[keras.KerasTensor, keras.KerasTensor | None], keras.KerasTensor]


@dataclass(frozen=True)
class TextBackboneParts:
    """What a text model is put together from.

    Args:
        tokenizer: A tokenizer of KerasHub.
        backbone: A functional model named "backbone", from a dict of int32 arrays (batch, tokens) to vectors
            (batch, tokens, channels). It takes any number of tokens up to `max_length`.
        pool: From these vectors and the padding mask (batch, tokens) to (batch, channels).
        config: What backbone, pooling and tokenizer are rebuilt from, as JSON values.
        max_length: The most tokens that an input may have.
        input_names: What a model takes: of token_ids, padding_mask and segment_ids those that backbone or pooling
            use, in this order.
    """

    tokenizer: keras_hub.tokenizers.Tokenizer
    backbone: keras.Model
    pool: Pool
    config: JsonFields
    max_length: int
    input_names: tuple[str, ...]

    def inputs(self, sequence_length: int | None = None) -> dict[str, keras.KerasTensor]:
        """Returns new inputs (batch, sequence_length), int32, one for each of `input_names`."""
        return {name: keras.Input((sequence_length,), dtype="int32", name=name) for name in self.input_names}

    def tokens(self, inputs: Mapping[str, keras.KerasTensor]) -> keras.KerasTensor:
        """Returns the vectors (batch, tokens, channels) of such inputs."""
        return self.backbone({name: inputs[name] for name in self.backbone.input})

    def features(self, inputs: Mapping[str, keras.KerasTensor]) -> keras.KerasTensor:
        """Returns the pooled vectors (batch, channels) of such inputs."""
        return self.pool(self.tokens(inputs), inputs.get("padding_mask"))


def build_text_backbone(
    name: str,
    weights: str | None = "pretrained",
    config: JsonFields | None = None,
    assets: str | Path | None = None,
) -> TextBackboneParts:
    """Builds a text backbone with its tokenizer.

    The architecture depends on `name` or `config` only, never on `weights`.

    Args:
        name: A name of `kerasft.inputs.texts.backbones.catalog`, a handle (`hf://...`, `kaggle://...`) or a folder: a
            KerasHub preset or a Hugging Face checkpoint.
        weights: "pretrained"; None for random weights; or a weights file of the same backbone.
        config: `TextBackboneParts.config` of an earlier build: the same again without reading the preset.
        assets: With `config`, the folder that `save_tokenizer` wrote.

    Raises:
        InputError: There is no such backbone, it is not a text backbone, not safe, or its files don't fit.
        UnavailableError: It can't be fetched.
    """
    preset = find_text_preset(name) if config is None or weights in PRETRAINED else None
    if preset is not None:
        config, tokenizer = preset.config, preset.tokenizer
    else:
        config = checked_text_config(config, name)
        tokenizer = _rebuilt_tokenizer(config, assets, name)
    with nullcontext() if preset is None else budget(preset.folder, drawn=weights is None):
        whole = _build(config, name)
    _check_vocabulary(whole, tokenizer, name)
    if preset is not None and weights in PRETRAINED:
        preset.load_weights(whole)
    elif weights is not None:
        load_weights_file(whole, weights)
    tokens = whole.output["sequence_output"] if isinstance(whole.output, dict) else whole.output
    backbone = keras.Model(whole.input, tokens, name="backbone")
    number_layers(backbone)
    used = {*backbone.input, *(["padding_mask"] if config["pooling"] == "mean" else [])}
    names = tuple(each for each in _NAMES if each in used)
    max_length = config["config"].get("max_sequence_length") or _UNLIMITED
    return TextBackboneParts(tokenizer, backbone, _pool(config, whole, name), config, max_length, names)


def _build(config: JsonFields, name: str) -> keras.Model:
    """Builds KerasHub's backbone with random weights."""
    try:
        return keras.saving.get_registered_object(config["class"]).from_config(dict(config["config"]))
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        hint = "give a preset that this version of keras-hub can build"
        raise InputError(Problem(f"the backbone's config can't be built: {reason}", name, hint)) from error


def _rebuilt_tokenizer(
    config: JsonFields, assets: str | Path | None, name: str
) -> keras_hub.tokenizers.Tokenizer:
    if assets is None or not Path(assets).is_dir():
        hint = "restore the folder with the tokenizer's files"
        raise InputError(Problem("the tokenizer's files are missing", str(assets or name), hint))
    with explained(Path(assets)):
        return build_tokenizer(config["tokenizer"], Path(assets), name)


def _check_vocabulary(whole: keras.Model, tokenizer: keras_hub.tokenizers.Tokenizer, name: str) -> None:
    """Raises if the tokenizer has ids that the backbone has no vector for; on a GPU they would be noise."""
    if tokenizer.vocabulary_size() > whole.vocabulary_size:
        received = f"{name}: {tokenizer.vocabulary_size()} tokens, {whole.vocabulary_size} vectors"
        hint = "give the vocabulary that belongs to the weights"
        raise InputError(Problem("the tokenizer is not the backbone's", received, hint))


def _pool(config: JsonFields, whole: keras.Model, name: str) -> Pool:
    pooling = config.get("pooling")
    if pooling not in POOLINGS or (pooling == "pooler" and not isinstance(whole.output, dict)):
        hint = f"use one of {', '.join(POOLINGS)}"
        raise InputError(Problem("the backbone's pooling is unknown", f"{name}: {pooling}", hint))
    if pooling == "mean":
        return mean_of_tokens
    dense = whole.get_layer("pooled_dense") if pooling == "pooler" else None

    def pool(tokens: keras.KerasTensor, padding_mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
        return tokens[:, 0] if dense is None else dense(tokens[:, 0])

    return pool


def mean_of_tokens(tokens: keras.KerasTensor, padding_mask: keras.KerasTensor | None) -> keras.KerasTensor:
    """Returns the mean over the tokens that are not padding, in float32; zeros where all are padding.

    Args:
        tokens: (batch, tokens, channels).
        padding_mask: (batch, tokens), 1 for tokens and 0 for padding.
    """
    if padding_mask is None:
        raise ValueError("the mean of tokens needs the padding mask")
    kept = keras.ops.expand_dims(keras.ops.cast(padding_mask, "float32"), -1)
    total = keras.ops.sum(keras.ops.cast(tokens, "float32") * kept, axis=1)
    return total / keras.ops.maximum(keras.ops.sum(kept, axis=1), 1.0)
