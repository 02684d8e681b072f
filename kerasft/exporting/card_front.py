"""The front matter of a model card: YAML that model hubs read, as huggingface_hub's `ModelCardData` has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kerasft.contract.registry import entries_of
from kerasft.data.origins import split_sources
from kerasft.exporting.results import Export

# Licences that the Hugging Face hub knows by name; anything else is "other", with its own words beside it
_KNOWN_LICENCES = (
    "apache-2.0 mit cc0-1.0 cc-by-4.0 cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 bsd-2-clause bsd-3-clause "
    "gpl-3.0 lgpl-3.0 agpl-3.0 mpl-2.0 openrail unlicense"
).split()
_LIBRARIES = {"saved_model": "keras", "onnx": "onnx"}


def name_of(run: Any) -> str:
    """Returns what the user called the run: the name of its folder, or of the bundle it came in."""
    name = Path(getattr(run, "given", run.run_dir)).resolve().name
    return name.removesuffix(".kerasft") or "model"


def front_matter(exported: Export, plan: Any, run: Any) -> str:
    """Returns the card's YAML, between its lines of three hyphens.

    Every value is written as JSON, which is YAML too, so that no name needs an escape of its own.
    """
    config = plan.model_config
    task = "text-classification" if config.task == "text_classification" else "image-classification"
    library = _LIBRARIES.get(exported.row.rung, "litert")
    own = split_sources(getattr(run, "config", {}).get("data", {}))
    measured_on = own.get(exported.split, plan.splits.source)
    result = {
        "task": {"type": task},
        "dataset": {"name": str(measured_on), "type": "kerasft", "split": exported.split},
        "metrics": [{"type": "accuracy", "value": round(exported.row.accuracy, 6)}],
    }
    values: dict[str, Any] = {
        **_licence(plan.about(exported.row.rung).licence),
        "library_name": library,
        "pipeline_tag": task,
        "tags": ["kerasft", library, *(["tflite"] if library == "litert" else [])],
        "metrics": ["accuracy"],
        "base_model": _base_model(config.backbone),
        "model-index": [{"name": name_of(run), "results": [result]}],
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in values.items() if value]
    return "\n".join(["---", *lines, "---"])


def _licence(licence: str) -> dict[str, str]:
    if not licence:
        return {}
    if licence.lower() in _KNOWN_LICENCES:
        return {"license": licence.lower()}
    return {"license": "other", "license_name": licence}


def _base_model(backbone: str) -> str:
    """Returns the Hugging Face repository that a backbone comes from; "" where it is none."""
    if backbone.startswith("hf://"):
        return backbone.removeprefix("hf://")
    return next((entry.pinned.repository for entry in entries_of(backbone) if entry.pinned), "")
