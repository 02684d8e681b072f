"""The front matter of a model card: YAML that model hubs read, as huggingface_hub's `ModelCardData` has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kerasft.base.json_values import JsonObject
from kerasft.contract.registry import entries_of
from kerasft.data.origins import split_sources
from kerasft.exporting.naming import name_of
from kerasft.exporting.plan import Plan
from kerasft.exporting.results import Export

if TYPE_CHECKING:
    from kerasft.runs.run import Run

# Licences that the Hugging Face hub knows by name; anything else is "other", with its own words beside it
_KNOWN_LICENCES = (
    "apache-2.0 mit cc0-1.0 cc-by-4.0 cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 bsd-2-clause bsd-3-clause "
    "gpl-3.0 lgpl-3.0 agpl-3.0 mpl-2.0 openrail unlicense"
).split()
_LIBRARIES = {"saved_model": "keras", "onnx": "onnx"}


def front_matter(exported: Export, plan: Plan, run: Run) -> str:
    """Returns the card's YAML, between its lines of three hyphens.

    Every value is written as JSON, which is YAML too, so that no name needs an escape of its own.
    """
    tag, row = plan.task.pipeline_tag, exported.row
    library = _LIBRARIES.get(row.quantization, "litert")
    own = split_sources(getattr(run, "config", {}).get("data", {}))
    measured_on = own.get(exported.split, plan.splits.source)
    result: JsonObject = {
        "task": {"type": tag or plan.task.name.replace("_", "-")},
        "dataset": {"name": str(measured_on), "type": "kerasft", "split": exported.split},
        "metrics": [{"type": row.score_name, "value": round(row.score, 6)}],
    }
    values: JsonObject = {
        **_licence(plan.about(row.quantization).licence),
        "library_name": library,
        "pipeline_tag": tag,
        "tags": ["kerasft", library, *(["tflite"] if library == "litert" else [])],
        "metrics": [row.score_name],
        "base_model": _base_model(plan.model_config.backbone),
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
