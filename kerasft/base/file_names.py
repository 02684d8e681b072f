"""Names of files that are made of foreign names: every system takes them, and none comes twice."""

from __future__ import annotations

import re

_LONGEST = 120  # characters
_ODD = re.compile(r'[<>:"/\\|?*]')  # what Windows has in no name
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def plain_stem(stem: str, otherwise: str = "image") -> str:
    """Returns a name without suffix that can be a file's on Linux, macOS and Windows.

    Args:
        stem: As somebody else wrote it.
        otherwise: What stands for a name of which nothing is left.
    """
    shown = "".join(each if each.isprintable() else "_" for each in _ODD.sub("_", stem))
    name = shown[:_LONGEST].rstrip(". ") or otherwise  # which Windows cuts off
    return _DEVICE.sub(lambda match: f"{match[0]}_", name, count=1) if _DEVICE.match(name) else name


class FileNames:
    """Gives each file a name of its own; those that differ in upper and lower case alone count as the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, stem: str, ending: str = "") -> str:
        """Returns `stem` as `plain_stem` has it, with its ending; of several with one name, numbered from 2 on."""
        plain, number = plain_stem(stem), 1
        name = f"{plain}{ending}"
        while name.casefold() in self._taken:
            number += 1
            name = f"{plain}-{number}{ending}"
        self._taken.add(name.casefold())
        return name

    def __bool__(self) -> bool:
        return bool(self._taken)
