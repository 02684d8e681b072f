"""`--data`, `--validation-data`, `--test-data` of report and export: where a run's data is now."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasft.runs.run import Run

_PLACES = {"data": "data", "validation_data": "validation data", "test_data": "test data"}


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for each kind of data that a run may have."""
    for name, what in _PLACES.items():
        text = f"where the run's {what} is now, if it was moved"
        parser.add_argument("--" + name.replace("_", "-"), metavar="PLACE", help=text)


def with_data_of(run: Run, arguments: argparse.Namespace) -> Run:
    """Returns the run with its data where the flags say."""
    places = (arguments.data, arguments.validation_data, arguments.test_data)
    if places == (None, None, None):
        return run
    return run.with_data(places[0], validation_data=places[1], test_data=places[2])
