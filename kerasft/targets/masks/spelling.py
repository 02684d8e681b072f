"""How a mask is named in a table: by its file, which stands for what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kerasft.contract.answers import Spelling, UnreadableError
from kerasft.data.values import is_missing, show
from kerasft.targets.masks.decoding import BrokenMaskError

Read = Callable[[str], str]  # the name of a file to the hash of the mask in it, or `BrokenMaskError`


class MaskSpelling(Spelling):
    """Names of files.

    Args:
        read: Reads a mask by its name.
        notes: Remarks.
    """

    form = "file of a mask"

    def __init__(self, read: Read, notes: tuple[str, ...] = ()):
        self.read, self.notes = read, notes

    def label_of(self, raw: object) -> str:
        """Returns the hash of the mask in a file."""
        if not isinstance(raw, str) or is_missing(raw) or not raw.strip():
            raise UnreadableError("the name of the mask is missing", show(raw))
        name = raw.strip()
        try:
            return self.read(name)
        except BrokenMaskError as error:
            raise UnreadableError(f"the mask can't be used, {error}", name, error.next_step) from None


def remembered(found: Mapping[str, str | BrokenMaskError]) -> Read:
    """Returns a reader of masks that were read before, by name."""

    def read(name: str) -> str:
        one = found.get(name, BrokenMaskError("the file does not exist"))
        if isinstance(one, BrokenMaskError):
            raise one
        return one

    return read
