"""The methods for texts: which words speak for a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import regex

from kerasft.base.errors import InputError, Problem
from kerasft.contract.explanation import Claim
from kerasft.contract.predicting import Predicting
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.explanation import Word
from kerasft.networks.completeness import Completeness

_WORD = regex.compile(r"[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]")
_OCCLUDED_AT_ONCE = 128  # texts


@dataclass(frozen=True)
class FoundWords:
    """What a method found in one text.

    Args:
        words: What was read.
        attribution: float32 (words,).
        about: What it was run with, in words.
        completeness: Of integrated gradients.
    """

    words: tuple[Word, ...]
    attribution: np.ndarray
    about: str
    completeness: Completeness | None = None


class TokenGradients:
    """Integrated gradients of a text model, on the output of its embeddings.

    The baseline is the same input with its words hidden: each of their tokens is the mask token, or the padding
    token where there is none. Start, end and separator tokens are the same in both, so they get nothing, and the
    words share the whole difference.

    Args:
        predictor: A `Predictor` of a run.
        steps: Points on the way from the baseline to the text.
    """

    def __init__(self, predictor: Predicting, steps: int):
        from kerasft.networks.blocks import split_blocks
        from kerasft.networks.division import divide
        from kerasft.networks.gradients import batch_size

        model = predictor.model
        blocks = split_blocks(model.get_layer("backbone"))
        self.divided = divide(model, blocks[1].cut)
        self.encoder, self.steps, self.at_once = model.encoder, steps, batch_size(model)
        self.shape = model.output_shape[1:]

    def explain(self, text: str, pair: str | None, claim: Claim) -> FoundWords:
        """Returns the words' share in what is explained, such as the logit of a class."""
        import keras

        from kerasft.inputs.texts.words import words_of
        from kerasft.networks.gradients import integrate, weighted_score

        texts = [text] if pair is None else [text, pair]
        tokens = self.encoder(*([each] for each in texts))
        words, positions = words_of(self.encoder, tokens["token_ids"][0], texts)
        hidden, about = self._hide(tokens, [place for group in positions for place in group])
        given, blank = self._below(tokens), self._below(hidden)
        name = _embeddings(given, tokens["token_ids"].shape[1])
        rest = {key: value for key, value in given.items() if key != name}

        def upper(vectors: keras.KerasTensor) -> keras.KerasTensor:
            count = vectors.shape[0]
            others = {key: keras.ops.repeat(value, count, axis=0) for key, value in rest.items()}
            return self.divided.upper({name: vectors, **others}, training=False)

        score = weighted_score(upper, claim.weights(self.shape)[None])
        found, completeness = integrate(score, given[name][0], blank[name][0], self.steps, self.at_once)
        each = found.sum(axis=-1)
        attribution = np.array([each[group].sum() for group in positions], "float32")
        return FoundWords(words, attribution, about, completeness)

    def _hide(self, tokens: dict[str, np.ndarray], places: list[int]) -> tuple[dict[str, np.ndarray], str]:
        tokenizer = self.encoder.tokenizer
        mask = getattr(tokenizer, "mask_token_id", None)
        ids = tokens["token_ids"].copy()
        ids[0, places] = tokenizer.pad_token_id if mask is None else mask
        return {
            **tokens,
            "token_ids": ids,
        }, f"from the text with each word as {'mask' if mask is not None else 'padding'}"

    def _below(self, tokens: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        import keras

        found = self.divided.lower(tokens, training=False)
        return {name: np.asarray(keras.ops.convert_to_numpy(value)) for name, value in found.items()}


def _embeddings(tensors: dict[str, np.ndarray], length: int) -> str:
    """Returns which of the tensors above the embeddings are the tokens' vectors (1, tokens, channels)."""
    for name, value in tensors.items():
        if value.ndim == 3 and value.shape[1] == length and np.issubdtype(value.dtype, np.floating):
            return name
    raise InputError(
        Problem("the backbone's embeddings were not found", "", "use --method occlusion")
    )  # pragma: no cover - all families that kerasft builds have them


def occlude_words(predictor: Predicting, text: str, pair: str | None, claim: Claim) -> FoundWords:
    """Leaves out each word in turn and looks how much weaker the answer says it. It needs predictions only.

    Args:
        predictor: Any predictor of texts.
        text: The text.
        pair: The second text of a pair.
        claim: What is explained.
    """
    halves = [text] if pair is None else [text, pair]
    words = [
        Word(match[0], match.start(), match.end(), half)
        for half, each in enumerate(halves)
        for match in list(_WORD.finditer(each))[
            : cast(TextEncoder, predictor.encoder).sequence_length
        ]  # a word has one token at least
    ]
    variants = [halves, *(_without(halves, word) for word in words)]
    answers = []
    for start in range(0, len(variants), _OCCLUDED_AT_ONCE):
        columns = zip(*variants[start : start + _OCCLUDED_AT_ONCE], strict=True)
        answers.append(claim.needed(predictor.predict(Texts(*columns))))
    odds = claim.strength(np.concatenate(answers))
    return FoundWords(tuple(words), (odds[0] - odds[1:]).astype("float32"), "each word left out in turn")


def _without(halves: Sequence[str], word: Word) -> list[str]:
    return [
        each[: word.start] + each[word.end :] if half == word.half else each
        for half, each in enumerate(halves)
    ]
