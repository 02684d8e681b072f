"""Starting from an earlier run instead of from pretrained weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import keras

from kerasft.base.errors import InputError, Problem
from kerasft.contract.registry import task_of
from kerasft.data.earlier import read_sides
from kerasft.networks.own_heads import copy_own_head
from kerasft.runs.run import Run


@dataclass(frozen=True)
class Earlier:
    """What a model started from.

    Args:
        name: The absolute path of the run or bundle.
        sides: The split of each example that it and the runs before it knew, by hash.
    """

    name: str
    sides: Mapping[str, str]


def start_from(model: keras.Model, earlier: Run | str | Path) -> tuple[str, ...]:
    """Copies the weights of an earlier run into `model`, to fine-tune further or for other answers.

    The backbones must be the same architecture. Of the head, what has the same name in both is copied, such as a class.
    The model remembers which examples the earlier run knew (see `kerasft.data.earlier`): read the data with `earlier=`
    too, so that none of these is tested on.

    Args:
        model: From `build_model`; changed in place.
        earlier: A run, or its folder.

    Returns:
        The names of what was copied of the head, such as classes.

    Raises:
        InputError: The backbones differ.
    """
    run = earlier if isinstance(earlier, Run) else Run.open(earlier)
    old, new = run.model_config, model.kerasft
    if old.backbone != new.backbone:
        hint = f"use --backbone {old.backbone}"
        raise InputError(Problem("the earlier run has another backbone", f"{new.backbone} here", hint))
    source = run.load_model()
    target_backbone, source_backbone = model.get_layer("backbone"), source.get_layer("backbone")
    if [w.shape for w in target_backbone.weights] != [w.shape for w in source_backbone.weights]:
        hint = "use the image size or the sequence length of the earlier run"
        raise InputError(Problem("the earlier run's backbone has other shapes", old.backbone, hint))
    target_backbone.set_weights(source_backbone.get_weights())
    targets = task_of(new.task).targets
    same = copy_own_head(source, model) and new.task == old.task  # else the outputs lie on other features
    shared = targets.copy_head(source, run.schema, model, targets.schema_of(vars(new))) if same else ()
    model.earlier = Earlier(str(run.given.absolute()), MappingProxyType(read_sides(run)))
    return shared
