"""Texts in, splits out: one reader per kind of source, checked rows, lengths."""

from kerasft.data.texts.lengths import LengthReport, default_sequence_length, length_report
from kerasft.data.texts.readers import read_labelled_texts, read_texts
from kerasft.data.texts.split import TextColumns, TextSplit, TextSplits, TokenSplit
from kerasft.data.texts.splits import restore_text_splits, write_text_splits

__all__ = [
    "LengthReport",
    "TextColumns",
    "TextSplit",
    "TextSplits",
    "TokenSplit",
    "default_sequence_length",
    "length_report",
    "read_labelled_texts",
    "read_texts",
    "restore_text_splits",
    "write_text_splits",
]
