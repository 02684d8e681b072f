"""Probabilities with names in exported files: `labels.txt`, and what TFLite metadata says of such an output."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.contract.serving import Writer

LABELS = "labels.txt"
_LABELS, _THRESHOLD = 2, 3  # of the metadata's schema: a file of labels, a unit that is a threshold


def label_file(names: Sequence[str]) -> dict[str, bytes]:
    """Returns `labels.txt`: one name per line (a newline in a name becomes a space)."""
    return {LABELS: "".join(" ".join(name.splitlines()) + "\n" for name in names).encode()}


def probability_tensor(writer: Writer, description: str, noun: str, threshold: float | None = None) -> int:
    """Writes the metadata of an output of probabilities, and returns its offset.

    Args:
        writer: Of the file's metadata.
        description: What the probabilities are.
        noun: What the names are: "classes".
        threshold: The probability below which clients leave a name out; None: they leave none out.
    """
    units = None
    if threshold is not None:
        options = writer.table(global_score_threshold=("float32", threshold))
        units = writer.tables([writer.unit(_THRESHOLD, options)])
    return writer.table(
        name="probability",
        description=description,
        dimension_names=None,
        content=None,
        process_units=units,
        stats=writer.table(max=writer.floats([1.0]), min=writer.floats([0.0])),
        associated_files=writer.tables([writer.file(LABELS, f"The {noun}, one per line.", _LABELS)]),
    )
