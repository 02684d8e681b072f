"""The feature cache of a run: what lies below the frozen cut of a phase is computed once for each example."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import keras
import numpy as np

from kerasft.base import environment
from kerasft.contract.encoder import Arrays, Outputs, Tensors, named, unnamed
from kerasft.contract.plan import Training
from kerasft.data.batches import Batches
from kerasft.data.device import Rows
from kerasft.networks.inference import as_function
from kerasft.networks.sections import Sections
from kerasft.training.feature_cache.batches import CachedBatches, by_name, target_specs
from kerasft.training.feature_cache.choosing import Choice
from kerasft.training.feature_cache.disk import DiskPart, DiskRows
from kerasft.training.feature_cache.keys import key_of
from kerasft.training.feature_cache.memory import MemoryPart, Part

FOLDER = "features"
TRAIN, VALIDATION = "train", "validation"
Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


class FeatureCache:
    """Divides the model for each phase, and computes and keeps what crosses the cut.

    Features that a later phase will need further down are kept on the way up, so that the lower part of the
    backbone runs once for all phases.

    Args:
        model: A model from `build_model`.
        choices: Of `choose_features`, one for each phase.
        train: The training split's batches of the whole model.
        validation: The validation split's.
        training: What all phases share.
        run_dir: The run folder, whose subfolder "features" may be filled.
        progress: Makes a counter that is told (done, total) while features are computed.
    """

    def __init__(
        self,
        model: keras.Model,
        choices: Sequence[Choice],
        train: Batches,
        validation: Batches,
        training: Training,
        run_dir: Path,
        progress: Progress,
    ):
        self.model, self.choices, self.training, self.progress = model, choices, training, progress
        self.sections = Sections(model)
        self._folder = run_dir / FOLDER
        self._splits = {TRAIN: train, VALIDATION: validation}
        self._done: dict[tuple[str, int, int], dict[str, Rows]] = {}  # by split, view and cut
        self._stages: dict[tuple[int, int], Callable[[Tensors], Tensors]] = {}

    def open(self, index: int) -> tuple[keras.Model, Batches, Batches]:
        """Returns what a phase fits: the tail and batches of features, or the whole model and its own batches."""
        choice = self.choices[index]
        train, validation = self._splits[TRAIN], self._splits[VALIDATION]
        if choice.place == "off":
            return self.model, train, validation
        specs = self.sections.specs(choice.cut)
        return (
            self.sections.between(choice.cut, None),
            CachedBatches(train, specs, choice.views, lambda view: self._rows(TRAIN, view, index)),
            CachedBatches(validation, specs, 1, lambda view: self._rows(VALIDATION, view, index)),
        )

    def release(self, index: int) -> None:
        """Forgets the features that no phase after this one takes; the validation split's are kept to the end."""
        needed = {choice.cut for choice in self.choices[index + 1 :]}
        for place in [place for place in self._done if place[2] not in needed and place[0] != VALIDATION]:
            self._forget(place)

    def validation_outputs(self) -> Outputs | None:
        """Returns the outputs (examples, ...) of the validation split with the model's weights as they are now.

        None if the last phase has no features, or others than the model has now.
        """
        choice, batches = self.choices[-1], self._splits[VALIDATION]
        rows = self._done.get((VALIDATION, 0, choice.cut))
        if rows is None or choice.cut != min(each.cut for each in self.choices):
            return None
        tail = as_function(self.sections.between(choice.cut, None), few=True)
        found: list[dict[str, np.ndarray]] = []
        for start in range(0, batches.examples, batches.batch_size):
            numbers = np.arange(start, min(start + batches.batch_size, batches.examples))
            values = {name: rows[name][numbers] for name in self.sections.specs(choice.cut)}
            found.append(named(keras.tree.map_structure(keras.ops.convert_to_numpy, tail(values))))
        return unnamed({name: np.concatenate([each[name] for each in found]) for name in found[0]})

    def _forget(self, place: tuple[str, int, int]) -> None:
        for array in self._done.pop(place).values():
            if isinstance(array, DiskRows):
                array.close()

    def remove(self) -> None:
        """Deletes the files, when the run is done."""
        for place in list(self._done):
            self._forget(place)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _rows(self, split: str, view: int, index: int) -> dict[str, Rows]:
        place = (split, view, self.choices[index].cut)
        if place not in self._done:
            self._fill(split, view, self._cuts_from(index))
        return self._done[place]

    def _cuts_from(self, index: int) -> list[int]:
        """Returns the cut of a phase and those of later ones that lie in what stays frozen until then, lowest first."""
        cuts, frozen = set(), self.sections.top
        for choice in self.choices[index:]:
            frozen = min(frozen, choice.cut)
            if choice.place != "off" and choice.cut <= frozen:
                cuts.add(choice.cut)
        return sorted(cuts)

    def _fill(self, split: str, view: int, cuts: Sequence[int]) -> None:
        """Computes one view of a split, all its cuts in one pass from the input upwards."""
        batches = self._splits[split]
        cuts = [cut for cut in cuts if (split, view, cut) not in self._done]
        parts = {cut: self._part(split, view, cut) for cut in cuts}
        starts = range(0, batches.examples, batches.batch_size)
        left = [start for start in starts if any(part.rows <= start for part in parts.values())]
        stages = [self._stage(lower, upper) for lower, upper in zip([0, *cuts], cuts, strict=False)]
        computed: list[tuple[int, list[Tensors], dict[str, np.ndarray]]] = []
        with ThreadPoolExecutor(1) as ahead, self.progress(f"features of {split}") as progress:
            # the next batch is read and augmented while the backbone works on this one
            inputs = [
                (start, ahead.submit(batches.view, view, start // batches.batch_size)) for start in left[:1]
            ]
            for number, start in enumerate(left):
                if number + 1 < len(left):
                    step = left[number + 1] // batches.batch_size
                    inputs.append((left[number + 1], ahead.submit(batches.view, view, step)))
                values, targets = inputs.pop(0)[1].result()
                targets = by_name(targets)
                values, found = _padded(values, batches.batch_size), []
                for stage in stages:
                    values = stage(values)
                    found.append(values)
                # a GPU is at work on this batch while the one before is copied from it
                computed.append((start, found, targets))
                if number:
                    _append(parts.values(), *computed.pop(0))
                progress(number + 1, len(left))
            for each in computed:
                _append(parts.values(), *each)
        self._done |= {(split, view, cut): part.finish() for cut, part in parts.items()}

    def _part(self, split: str, view: int, cut: int) -> Part:
        batches = self._splits[split]
        specs = {**self.sections.specs(cut), **target_specs(batches)}
        choice = next(choice for choice in self.choices if choice.cut == cut)
        half = self.training.cache_dtype == "float16"
        if choice.place == "memory":
            return MemoryPart(batches.examples, specs, half)
        key = key_of(self.model, self.sections, cut, batches, view, self.training)
        return DiskPart(self._folder, f"{split}-{view}-{cut}", batches.examples, specs, key, half)

    def _stage(self, lower: int, upper: int) -> Callable[[Tensors], Tensors]:
        if (lower, upper) not in self._stages:
            stage = self.sections.between(lower, upper)
            if environment.jit_compile() is False:
                stage.jit_compile = False
            self._stages[lower, upper] = as_function(stage)
        return self._stages[lower, upper]


def _append(
    parts: Iterable[Part], start: int, found: Sequence[Tensors], targets: dict[str, np.ndarray]
) -> None:
    """Adds the rows from `start` on to the parts that don't have them yet; what padding has added is left out."""
    count = len(next(iter(targets.values())))
    for part, values in zip(parts, found, strict=True):
        if part.rows == start:
            rows = {name: np.asarray(each)[:count] for name, each in values.items()}
            part.append(rows | targets)


def _padded(values: Arrays, size: int) -> Arrays:
    """Repeats the last row up to a full batch: one shape, one trace."""
    if isinstance(values, dict):
        return {name: _padded_array(array, size) for name, array in values.items()}
    return _padded_array(values, size)


def _padded_array(values: np.ndarray, size: int) -> np.ndarray:
    if len(values) >= size:
        return values
    return np.concatenate([values, np.repeat(values[-1:], size - len(values), axis=0)])
