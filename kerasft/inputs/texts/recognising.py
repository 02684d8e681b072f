"""Whether data is of texts."""

from __future__ import annotations

from pathlib import Path

from kerasft.contract.examination import Examination
from kerasft.data.samples import sample_of
from kerasft.data.scan import share_below
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.inputs.texts.sources import SHIPPED
from kerasft.inputs.texts.text_folder import TEXTS


def likelihood(wish: Examination) -> float:
    """Returns how likely data is of texts, between 0 and 1; any table may be, if nothing says that it isn't."""
    source = str(wish.source)
    if sample_of(source, SHIPPED):
        return 1.0
    path = Path(source).expanduser()
    if path.is_dir():
        return share_below(path, TEXTS)
    return 0.5 if path.suffix.lower() in TABLE_SUFFIXES and path.is_file() else 0.0
