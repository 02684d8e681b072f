"""Export: a run as SavedModel or TFLite, each file measured before it gets its name."""

from kerasft.exporting.exporter import Export, choose_rung, export

__all__ = ["Export", "choose_rung", "export"]
