"""Pairs of the sample messages: do both ask for help with the same kind of matter?

The data of the pair recipe, made from `messages.csv` without any chance, so that it is the same everywhere, and of its
messages of up to 20 words, so that two of them are not many tokens. Each class's messages are divided first, in the
order of the table (which was shuffled once): the last 15 % are the test split's, the 15 % before them the validation
split's. Pairs are made within a split only, so that no message, not only no pair, is in two splits. Every message is
the first half of as many pairs of the label "same" (the other half is of its own class) as of "different" (of each
other class in turn), so that a single half tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kerasft.base.errors import InputError, Problem
from kerasft.inputs.texts.rows import Row, Source
from kerasft.inputs.texts.table import find_columns
from kerasft.inputs.texts.texts import TextColumns

HEADER = ("text", "text_pair", "label")
MOST_WORDS = 20  # of a message
HELD_OUT = 0.15  # share of each class's messages that validation and test have, each
PER_MESSAGE = 2  # pairs of each label that begin with a message


def make_message_pairs(messages: Source, columns: TextColumns) -> Source:
    """Returns the pairs, with a split for each.

    Args:
        messages: The rows of the table of messages, with the columns text and label.
        columns: What the user asks for: pairs, with the column names of `HEADER`.

    Raises:
        InputError: The columns are others, or single texts are asked for.
    """
    if columns.text_pair is None:
        what = "these are pairs of messages, and the second text of each is not asked for"
        raise InputError(Problem(what, "--text-pair is not given", "add --text-pair text_pair"))
    columns = find_columns(HEADER, columns)
    by_class: dict[str, list[Row]] = {}
    for row in messages.rows:
        if len(str(row.text).split()) > MOST_WORDS:
            continue
        by_class.setdefault(str(row.label), []).append(row)
    rows: list[Row] = []
    for split in ("train", "validation", "test"):
        rows += _pairs({name: _part(group, split) for name, group in by_class.items()}, split)
    return Source(rows, columns)


def _part(group: Sequence[Row], split: str) -> Sequence[Row]:
    held_out = round(HELD_OUT * len(group))
    test, validation = len(group) - held_out, len(group) - 2 * held_out
    return {"train": group[:validation], "validation": group[validation:test], "test": group[test:]}[split]


def _pairs(by_class: Mapping[str, Sequence[Row]], split: str) -> Iterator[Row]:
    names = list(by_class)
    for number, group in enumerate(by_class.values()):
        for place, first in enumerate(group):
            for turn in range(PER_MESSAGE):
                beyond = place + 1 + turn  # the next ones, always onward: no pair comes again turned round
                yield _pair(first, group[beyond % len(group)], "same", split)
                other = by_class[names[(number + 1 + (place + turn) % (len(names) - 1)) % len(names)]]
                yield _pair(first, other[beyond % len(other)], "different", split)


def _pair(first: Row, second: Row, label: str, split: str) -> Row:
    name = f"{first.id}+{second.id.rsplit(':', 1)[-1]}"
    return Row(name, f"{first.place} with {second.place}", first.text, second.text, label, split)
