"""What a tokenizer can't read: the share of its tokens that mean 'unknown', and what to take instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasft.inputs.texts.scripts import share_of_scripts

if TYPE_CHECKING:
    import keras_hub

TOO_MANY = 0.03  # of the tokens: above it a warning is due
_MULTILINGUAL, _CHINESE, _BYTES = "multilingual_e5_small", "bge_small_v1.5_zh", "roberta_base_en"


@dataclass(frozen=True)
class Unknown:
    """How many tokens of some texts a tokenizer has no entry for.

    Args:
        tokens: Tokens that were looked at, without those that begin, end and separate.
        unknown: How many of them are the tokenizer's token for 'unknown'.
        texts: How many texts were looked at.
        mostly: In how many of these texts half of the tokens or more are unknown.
        advice: What to take instead.
    """

    tokens: int
    unknown: int
    texts: int
    mostly: int
    advice: str = ""

    @property
    def share(self) -> float:
        """Share of the tokens that are unknown, in [0, 1]."""
        return self.unknown / max(1, self.tokens)

    @property
    def too_many(self) -> bool:
        """Whether a model can't be expected to read these texts."""
        return self.share > TOO_MANY

    def __str__(self) -> str:
        return f"{self.share:.1%} of the tokens are unknown to the tokenizer" + (
            f" (half or more in {self.mostly} of {self.texts} texts)" if self.mostly else ""
        )


def backbone_for(texts: Sequence[str], backbone: str = "") -> str:
    """Returns what to take instead of a backbone whose tokenizer can't read some texts, in words.

    Args:
        texts: The texts.
        backbone: The one that can't; it isn't named again.
    """
    scripts = share_of_scripts(texts)
    (main, _), *_ = scripts.most_common(1) or [("", 0)]
    if main in ("", "Latin"):
        ways = [(_BYTES, "which reads every character by its bytes: emoji, signs"), (_MULTILINGUAL, "")]
    elif main == "Cjk":
        ways = [(_CHINESE, "for Chinese"), (_MULTILINGUAL, "for 100 languages")]
    else:
        ways = [(_MULTILINGUAL, "which reads 100 languages"), (_BYTES, "by bytes")]
    ways = [way for way in ways if way[0] != backbone]
    named = [f"--backbone {name}" + (f" ({why})" if why else "") for name, why in ways]
    return "take " + " or ".join(named) + "; `kerasft fetch NAME` brings it"


def unknown_id(tokenizer: keras_hub.tokenizers.Tokenizer) -> int:
    """Returns the id of a tokenizer's token for 'unknown'; -1 of those that know every byte."""
    if hasattr(tokenizer, "oov_token"):  # WordPiece
        return int(tokenizer.token_to_id(tokenizer.oov_token))
    for name in ("unk_token_id", "unknown_token_id"):
        if getattr(tokenizer, name, None) is not None:
            return int(getattr(tokenizer, name))
    try:  # SentencePiece; KerasHub's XLM-RoBERTa and DeBERTa move its ids
        return int(tokenizer.token_to_id("<unk>"))
    except (
        Exception
    ):  # byte pairs: each class of KerasHub has an error of its own for a token that isn't there
        return -1
