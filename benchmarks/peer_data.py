"""Writes one piece of work so that an interpreter without kerasft can do it: `python -m benchmarks.peer_data`."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, build_model, plan, read_splits


def write(case: Case, folder: Path) -> dict[str, Any]:
    """Writes work.json, and for images also images.npz.

    work.json has the case, the phases with their learning rates and how many parameters each trains, the seed and the
    batch size. Images: uint8 (n, size, size, 3) and int32 labels, of both splits. Texts and labels are in work.json,
    and so is the folder of the checkpoint.
    """
    import numpy as np

    from kerasft.training import freezing

    splits = read_splits(case)
    model = build_model(case, splits.class_names)
    phases, training = plan(case)
    work: dict[str, Any] = {
        "case": json.loads(case.to_json()),
        "num_classes": len(splits.class_names),
        "seed": training.seed,
        "batch_size": training.batch_size,
        "weight_decay": training.weight_decay,
        "dropout": model.kerasft.dropout,
        "phases": [],
    }
    for phase in phases:
        freezing.set_trainable(model, phase.unfreeze)
        parameters = sum(math.prod(variable.shape) for variable in model.trainable_variables)
        about = ("name", "epochs", "learning_rate", "warmup", "decay")
        work["phases"].append({**{name: getattr(phase, name) for name in about}, "parameters": parameters})
    parts = {"train": splits.train, "validation": splits.validation}
    if case.is_text:
        from kerasft.inputs.texts.backbones import catalog
        from kerasft.networks import fetching

        work["checkpoint"] = str(fetching.preset_folder(catalog.find(case.backbone)))
        for name, split in parts.items():
            work[name] = {"texts": list(split.texts), "labels": split.labels.tolist()}
    else:
        arrays = {
            f"{name}_{key}": getattr(split, key)
            for name, split in parts.items()
            for key in ("images", "labels")
        }
        np.savez(folder / "images.npz", **arrays)
    (folder / "work.json").write_text(json.dumps(work))
    return {"examples": {name: len(split) for name, split in parts.items()}}


def main(arguments: Sequence[str]) -> None:
    """Writes the data of a case (JSON) to a folder, and prints how much it was."""
    print(json.dumps(write(Case.from_json(arguments[0]), Path(arguments[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
