"""The report of a run: one page that shows the data, the training, the answers and the files, and needs no network."""

from kerasft.reporting.page import build_page
from kerasft.reporting.reporter import report

__all__ = ["build_page", "report"]
