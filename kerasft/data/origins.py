"""What a card and a report say of where a run's splits are from: data of their own, groups that were kept together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kerasft.base.json_values import JsonFields
from kerasft.base.printable import shown
from kerasft.contract.splits import SPLITS
from kerasft.data.own_splits import recorded_sources


def split_sources(data: JsonFields) -> dict[str, str]:
    """Returns the sources of splits that have their own, by split name, as a run's config.json has them."""
    return {name: each for name, each in recorded_sources(data).items() if isinstance(each, str) and each}


def group_name(data: JsonFields) -> str:
    """Returns the column, or the name of the file, whose groups were kept together; "" for none."""
    group = data.get("group")
    if not isinstance(group, str):
        return ""
    return Path(group).name if Path(group).is_absolute() else group


def origin_sentences(data: JsonFields, quoted: Callable[[str], str] = repr) -> list[str]:
    """Returns sentences on where splits are from; none where all were drawn from the training data, one by one.

    Args:
        data: What config.json says of the data.
        quoted: Sets a name off from the words around it.
    """
    sources = split_sources(data)
    found = [
        f"The {name} split is data of its own: {quoted(shown(sources[name]))}."
        for name in SPLITS
        if name in sources
    ]
    if group := group_name(data):
        found.append(f"Split by groups ({quoted(shown(group))}): all examples of a group are in one split.")
    return found
