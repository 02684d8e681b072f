"""The XML that Pascal VOC has for each image."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import ParseError, XMLParser

from kerasft.base.bounded import read_bytes
from kerasft.tasks.object_detection.annotated import BrokenBoxesError

_MOST_BYTES = 8_000_000
_MOST_DEPTH = 32
_OF_IMAGE = {"filename", "size/width", "size/height"}
_OF_THING = ("name", "difficult", *(f"bndbox/{name}" for name in ("xmin", "ymin", "xmax", "ymax")))


@dataclass
class Annotation:
    """What an XML says, as it has it.

    Args:
        fields: Texts of the image, such as "filename" and "size/width".
        things: Texts of each thing, such as "name" and "bndbox/xmin".
    """

    fields: dict[str, str] = field(default_factory=dict)
    things: list[dict[str, str]] = field(default_factory=list)


class _Reader:
    """Takes what the parser sees; see `xml.etree.ElementTree.XMLParser`. It keeps no tree."""

    def __init__(self) -> None:
        self.found = Annotation()
        self.open: list[str] = []
        self.text: list[str] = []

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuses what could name other files, or entities that grow."""
        raise BrokenBoxesError("the XML has a DOCTYPE, which is not read", "take it out of the file")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begins an element."""
        if not self.open and tag != "annotation":
            raise BrokenBoxesError(f"the XML is of {tag[:60]!r}, not of an annotation")
        if len(self.open) >= _MOST_DEPTH:
            raise BrokenBoxesError("the XML is nested too deeply")
        self.open.append(tag)
        self.text = []
        if self.open[1:] == ["object"]:
            self.found.things.append({})

    def data(self, text: str) -> None:
        """Takes a piece of text."""
        self.text.append(text)

    def end(self, tag: str) -> None:
        """Ends an element."""
        first, *rest = self.open[1:] or [""]
        path, text = "/".join((first, *rest)), "".join(self.text).strip()
        if first == "object" and "/".join(rest) in _OF_THING:
            self.found.things[-1]["/".join(rest)] = text
        elif path in _OF_IMAGE:
            self.found.fields[path] = text
        self.open.pop()
        self.text = []


def read_annotation(path: Path) -> Annotation:
    """Reads an XML. Neither entities nor other files are taken.

    Raises:
        BrokenBoxesError: It can't be read, or is of another kind.
    """
    try:
        reader = _Reader()
        parser = XMLParser(target=reader)
        parser.feed(read_bytes(path, _MOST_BYTES))
        parser.close()
        return reader.found
    except OSError as error:
        raise BrokenBoxesError(f"the XML can't be read: {error.strerror or error}") from None
    except (ParseError, ValueError, LookupError) as error:
        if isinstance(error, BrokenBoxesError):
            raise
        raise BrokenBoxesError(f"the XML can't be read: {error}") from None
