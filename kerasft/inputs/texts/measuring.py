"""How many tokens the texts of a data set have for the tokenizer of a backbone."""

from __future__ import annotations

from dataclasses import replace

from kerasft.inputs.texts.backbones.presets import find_text_preset
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.lengths import LengthReport, default_sequence_length, length_report
from kerasft.inputs.texts.texts import TextSplits
from kerasft.inputs.texts.unknown_tokens import unknown_tokens

SHORTEST = 16


def measure_lengths(splits: TextSplits, backbone: str, sequence_length: int | None = None) -> LengthReport:
    """Counts the training texts' tokens; print the result to see what a sequence length cuts off.

    Args:
        splits: From `read_texts`.
        backbone: The backbone whose tokenizer counts.
        sequence_length: Tokens per input; default: what 99 % of the texts need, rounded up to a multiple of 16, at
            most what the backbone takes.

    Returns:
        The report; its `sequence_length` is the one to build the model with.
    """
    preset = find_text_preset(backbone)
    encoder = TextEncoder(preset.tokenizer, SHORTEST)
    lengths = encoder.lengths(splits.train.texts, splits.train.pairs)
    longest = preset.config["config"].get("max_sequence_length") or 512
    report = length_report(lengths, sequence_length or default_sequence_length(lengths, longest))
    return replace(report, unknown=unknown_tokens(splits.train, preset.tokenizer, backbone))
