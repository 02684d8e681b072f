"""`kerasft fetch NAME`: brings a pretrained text backbone to this machine, for use without a network."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from typing import Any

from kerasft.base import environment, files
from kerasft.base.errors import InputError
from kerasft.base.printable import shown
from kerasft.cli.flags import Parser
from kerasft.contract.registry import catalogues
from kerasft.networks import fetching

_NOTE = """\
NAME is a text backbone that `kerasft backbones` lists, or a handle: hf://USER/MODEL, kaggle://...
It is kept in KERASFT_HOME/presets (default: ~/.cache/kerasft/presets). To use it on a machine without a
network, copy its folder to the same place there."""


def run(argv: Sequence[str]) -> int:
    """Fetches one backbone and prints its folder."""
    parser = Parser(prog="kerasft fetch", description=__doc__, epilog=_NOTE)
    parser.add_argument("name", metavar="NAME", help="the backbone")
    parser.add_argument("--refresh", action="store_true", help="fetch it again although it is here")
    return parser.verb(argv, _work)


def _work(arguments: argparse.Namespace) -> dict:
    entry = _find(arguments.name)
    if entry.pinned is None:  # keras-hub is the downloader
        environment.load_quietly()
    folder = fetching.fetch(entry, arguments.refresh)
    about = files.read_json(folder / fetching.MANIFEST)
    size = files.megabytes(folder)
    print(f"{entry.name}: {size:.1f} MB from {shown(about['source'])}\n{folder}")
    return {
        "name": entry.name,
        "folder": str(folder),
        "source": about["source"],
        "licence": about["licence"],
        "megabytes": round(size, 1),
    }


def _find(name: str) -> Any:
    """Returns the entry of a backbone that can be fetched; raises the last `InputError` if no catalogue has it."""
    *others, last = [each for each in catalogues() if each.FETCHED]
    for each in others:
        with contextlib.suppress(InputError):
            return each.find(name)
    return last.find(name)
