"""`kerasft backbones`: the catalogue, as a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kerasft.cli.flags import Parser, print_result
from kerasft.inputs.images.backbones import catalog
from kerasft.inputs.texts.backbones import catalog as text_catalog


def run(argv: Sequence[str]) -> int:
    """Prints the catalogue."""
    parser = Parser(prog="kerasft backbones", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    arguments = parser.parse_args(argv)
    entries = [catalog.find(name) for name in catalog.names()]

    texts = [text_catalog.find(name) for name in text_catalog.names()]

    def work() -> dict:
        if not arguments.json:
            _print_table(entries)
            _print_texts(texts)
        described: dict[str, list] = {"backbones": entries, "text_backbones": texts}
        return {kind: [dataclasses.asdict(entry) for entry in each] for kind, each in described.items()}

    print_result(work, arguments.json)
    return 0


def _print_table(entries: Sequence[catalog.BackboneEntry]) -> None:
    print(f"{'name':<22}{'parameters':>11}{'MB':>8}{'pixels':>8}{'at least':>10}{'ImageNet top-1':>16}")
    for entry in entries:
        top1 = "-" if entry.imagenet_top1 is None else f"{entry.imagenet_top1:.1%}"
        least = "fixed" if entry.fixed_size else str(entry.min_size)
        print(
            f"{entry.name:<22}{entry.parameters:>10.2f}M{entry.megabytes:>8.1f}"
            f"{entry.image_size:>8}{least:>10}{top1:>16}"
        )
    print("\nand every KerasHub image backbone: hub:PRESET, hub:HANDLE or hub:./FOLDER")
    print(f"parameters and MB without the classifier; top-1 from {catalog.TOP1_SOURCE}")


def _print_texts(entries: Sequence[text_catalog.TextEntry]) -> None:
    print(f"\n{'text backbone':<38}{'parameters':>11}{'MB':>8}{'pooling':>9}{'tokens':>8}  licence")
    for entry in entries:
        tokens = str(entry.max_length) if entry.max_length else "-"
        print(
            f"{entry.name:<38}{entry.parameters:>10.2f}M{entry.megabytes:>8.1f}"
            f"{entry.pooling or '-':>9}{tokens:>8}  {entry.licence or '-'}"
        )
    print("\nand every KerasHub or Hugging Face text encoder: hf://USER/MODEL, kaggle://HANDLE or a folder")
