"""Export: a run as SavedModel or TFLite, each file measured before it gets its name."""

from kerasft.exporting.backend import export_later
from kerasft.exporting.exporter import export
from kerasft.exporting.results import Export
from kerasft.formats.ladder import choose_quantization

__all__ = ["Export", "choose_quantization", "export", "export_later"]
