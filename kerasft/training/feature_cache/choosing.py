"""Whether a phase trains on kept features, and where they are kept: from bytes, work and room, never from a clock.

Two runs on one machine have to choose alike, because with augmentation the choice shows in the result.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from kerasft.base.environment import has_gpu
from kerasft.base.errors import InputError, Problem
from kerasft.base.memory import available_memory
from kerasft.base.specs import part_bytes
from kerasft.contract.plan import Phase, Training
from kerasft.data.batches import Batches
from kerasft.data.device import fits_on_device
from kerasft.networks.sections import Sections
from kerasft.training import freezing

# Per second, on the safe side; only their ratios matter. Below them, computing again is not slower than reading.
# With a GPU (True), what a small backbone reaches there; ResNet50 reaches 40 times more.
MULTIPLY_ADDS = {False: 2e10, True: 1e12}
READ_BYTES = {"memory": 1e9, "disk": 2e8, "device": 1e12}
TRACE = 5e-3  # seconds to trace one layer into a graph, at the least; to compile it with XLA takes longer
TRANSFER_BYTES = 3e9  # of features that are kept on the GPU: to the host when they are made, and back again
DISK_MARGIN = 0.9  # of the free space


@dataclass(frozen=True)
class Choice:
    """What one phase does.

    Args:
        cut: The highest cut below which nothing trains in the phase (see `Sections`).
        place: "memory", "disk", or "off": the phase trains the whole model on its inputs.
        views: Augmented views of the training split that take turns; 1 without augmentation.
        megabytes: Of all the features of the phase.
        reason: Why, in words.
    """

    cut: int
    place: str
    views: int
    megabytes: float
    reason: str

    def __str__(self) -> str:
        if self.place == "off":
            return f"features: not kept, {self.reason}"
        views = f", {self.views} augmented views" if self.views > 1 else ""
        return f"features: {self.reason}, {self.megabytes:,.1f} MB kept {_IN[self.place]}{views}"


_IN = {"memory": "in memory", "disk": "on disk"}


def choose_features(
    model: keras.Model,
    phases: Sequence[Phase],
    train: Batches,
    validation: Batches,
    training: Training,
    run_dir: Path,
) -> tuple[Choice, ...]:
    """Returns the choice for each phase. The model's flags are changed; each phase sets its own.

    Args:
        model: A model from `build_model`.
        phases: The plan.
        train: The training split's batches.
        validation: The validation split's.
        training: Its `feature_cache`, `views`, `cache_memory` and `cache_dtype`.
        run_dir: The run folder, on the disk that features would go to; it need not be there yet.

    Raises:
        InputError: `feature_cache="memory"` was asked for, and they don't fit.
    """
    sections = Sections(model)
    counts = train.examples, validation.examples
    cuts = [_highest_cut(sections, phase) for phase in phases]
    views = training.views if train.augment is not None else 1
    reason = _never(training, views, sum(phase.epochs for phase in phases))
    room = {
        "memory": training.cache_memory * available_memory(),
        "disk": DISK_MARGIN * shutil.disk_usage(_existing(run_dir)).free,
    }
    taken: dict[int, Choice] = {}
    choices = []
    for phase, cut in zip(phases, cuts, strict=True):
        if reason or cut == 0:
            choices.append(Choice(cut, "off", views, 0.0, reason or "the whole backbone trains"))
        elif cut in taken:
            choices.append(taken[cut])
        else:
            choice = _choose_one(sections, phase, cut, counts, views, training, room)
            choices.append(choice)
            if choice.place != "off":
                taken[cut] = choice
                room[choice.place] -= choice.megabytes * 1e6
    return tuple(choices)


def _highest_cut(sections: Sections, phase: Phase) -> int:
    """Returns the highest cut of a phase below which all stays the same; 0 if something random can't be silenced."""
    freezing.set_trainable(sections.model, phase.unfreeze)
    cut = sections.frozen()
    with freezing.silenced(sections.model) as random:
        below = {layer.name for block in sections.blocks[:cut] for layer in block.layers}
        return 0 if below & set(random) else cut


def _existing(folder: Path) -> Path:
    """Returns the folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.is_dir())


def _never(training: Training, views: int, epochs: int) -> str:
    if training.feature_cache == "off":
        return "--feature-cache off"
    if views == 0:
        return "--views 0 makes new views in every epoch"
    if views >= epochs > 1:
        return f"{views} views for {epochs} epochs would save nothing"
    return ""


def _choose_one(
    sections: Sections,
    phase: Phase,
    cut: int,
    counts: tuple[int, int],
    views: int,
    training: Training,
    room: dict[str, float],
) -> Choice:
    each = part_bytes(sections.specs(cut), training.cache_dtype == "float16")
    size = each * (views * counts[0] + counts[1])
    wanted = training.feature_cache
    places = [wanted] if wanted != "auto" else ["memory", "disk"]
    place = next((place for place in places if size <= room[place]), "off")
    megabytes = size / 1e6
    if place == "off":
        if wanted == "memory":
            what = f"the features of phase {phase.name!r} need {size / 1e9:.1f} GB of memory"
            hint = "use --feature-cache disk or auto, --cache-dtype float16, or a larger --cache-memory"
            raise InputError(Problem(what, f"{room['memory'] / 1e9:.1f} GB allowed", hint))
        return Choice(cut, "off", views, megabytes, f"{size / 1e9:.1f} GB are more than memory and disk have")
    again = sections.multiply_adds(cut) / MULTIPLY_ADDS[has_gpu()]
    # without the cache, every epoch makes what is below the cut anew; with it, each view is made once
    saved = again * ((phase.epochs - min(views, phase.epochs)) * counts[0] + (phase.epochs - 1) * counts[1])
    # what is below is traced into the train and the test step, or once, into the pass that makes the features
    saved += TRACE * sum(len(block.layers) for block in sections.blocks[:cut])
    spent = (each * phase.epochs * sum(counts) + size) / READ_BYTES[place]  # read in each epoch, written once
    if place == "memory" and views == 1 and fits_on_device(each * sum(counts)):
        spent = each * sum(counts) * (phase.epochs / READ_BYTES["device"] + 2 / TRANSFER_BYTES)
    if wanted == "auto" and saved <= spent:
        what = "reading them would take as long as computing them again"
        return Choice(cut, "off", views, megabytes, what)
    return Choice(cut, place, views, megabytes, sections.name(cut))
