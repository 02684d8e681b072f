"""The report of a run: one page that shows the data, the training, the answers and the files, and needs no network."""

from kerasft.reporting.intervals import Interval, bootstrap
from kerasft.reporting.page import build_page
from kerasft.reporting.reporter import report

__all__ = ["Interval", "bootstrap", "build_page", "report"]
