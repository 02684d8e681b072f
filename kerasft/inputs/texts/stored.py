"""What the config.json of a run on texts must hold besides what any run's does."""

from __future__ import annotations

from kerasft.base.json_values import JsonFields


def stored_problem(config: JsonFields) -> str:
    """Returns what is missing, or ""; see `Task.stored_problem`."""
    columns = config["data"].get("columns")
    if columns is None:
        return "'columns' is missing or no dict"
    if "text_pair" not in columns or not all(isinstance(columns.get(key), str) for key in ("text", "label")):
        return "'columns' lacks text, text_pair or label"
    if not isinstance(config["model"].get("backbone_config"), dict):
        return "'backbone_config' is missing"  # it would be looked for elsewhere, by the backbone's name
    return ""
