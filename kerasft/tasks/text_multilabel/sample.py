"""The embedded default: one to three of the sample messages in one text; which topics are there?"""

from __future__ import annotations

import random
from pathlib import Path

from kerasft.data.samples import write_sample
from kerasft.inputs.texts.sources import MESSAGES, read_shipped
from kerasft.inputs.texts.texts import TextColumns

NAME, TOPICS = "several-topics", "topics"
COUNTS = {"train": 600, "validation": 150, "test": 150}
MOST = 3  # messages in a text
Row = tuple[str, str, str]


def write_several_topics(folder: str | Path | None = None) -> Path:
    """Writes `several-topics.csv`: 900 texts with the columns text, topics and split, the same in every place.

    Each text is made of one to three of the sample messages, and has their classes as its topics. No message is in two
    splits.

    Args:
        folder: Where; None is `several-topics` in `kerasft_home()`.

    Returns:
        The table.

    Raises:
        UnavailableError: The folder can't be written.
    """
    return write_sample(NAME, folder, lambda _: [("text", TOPICS, "split"), *compose()])


def compose() -> list[Row]:
    """Returns the texts, the topics of each with "|" between them, and its split."""
    rng = random.Random(0)
    messages = [(str(row.text), str(row.label)) for row in read_shipped(MESSAGES, TextColumns()).rows]
    rng.shuffle(messages)
    rows: dict[str, Row] = {}
    begin, total = 0, sum(COUNTS.values())
    for split, count in COUNTS.items():
        end = begin + len(messages) * count // total
        own, wanted = messages[begin:end], len(rows) + count
        while len(rows) < wanted:
            chosen = rng.sample(own, rng.randint(1, MOST))
            text = " ".join(text for text, _ in chosen)
            rows[text] = (text, "|".join(sorted({topic for _, topic in chosen})), split)
        begin = end
    return list(rows.values())
