"""What differs between tasks: the model, the data and the batches. Everything else is the same for all.

Each module of this package is one task, and has the same functions:

    assemble(model_config, weights, seed, assets)   the model, under the current dtype policy
    probe_input(model)                              fixed inputs, for a fingerprint of the outputs
    adopt_reading(model, splits)                    the model's config says how the files of the splits were read
    fit_problems(splits, model_config)              what keeps data and model from working together
    make_batches(model, splits, training)           the training and validation splits as batches
    restore_splits(path, source, model_config)      the recorded splits, read again
    save_assets(model, folder)                      files that the model needs besides its weights
"""

from __future__ import annotations

import importlib
from types import ModuleType

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.contract.plan import MODEL_CONFIGS


def task_of(name: str) -> ModuleType:
    """Returns the module of a task.

    Raises:
        InputError: There is no such task.
    """
    if not isinstance(name, str) or name not in MODEL_CONFIGS:
        hint = did_you_mean(str(name), MODEL_CONFIGS, "use one of " + ", ".join(MODEL_CONFIGS))
        raise InputError(Problem("the task is unknown", repr(name), hint))
    return importlib.import_module(f"kerasft.tasks.{name}")
