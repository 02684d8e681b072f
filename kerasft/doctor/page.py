"""A diagnosis as one HTML page that needs nothing else: images are inside, nothing is fetched, no script runs."""

from __future__ import annotations

import base64
import io
from itertools import groupby
from pathlib import Path

from kerasft.base import files
from kerasft.base.pages import page_environment
from kerasft.contract.findings import Diagnosis, Finding, Suspect

MOST_SHOWN = 120  # suspects of one finding
_THUMBNAIL = 96
_TEMPLATE = Path(__file__).parents[1] / "assets" / "doctor.html"


def write_page(diagnosis: Diagnosis, path: str | Path) -> Path:
    """Writes the page, in one step, and returns its path."""
    template = page_environment().from_string(_TEMPLATE.read_text(encoding="utf-8"))
    largest = max((each.total for each in diagnosis.classes), default=1)
    sections = [_section(number, each, diagnosis) for number, each in enumerate(diagnosis.findings, 1)]
    folded = [each for each in sections if each["finding"] in diagnosis.passed]
    text = template.render(
        diagnosis=diagnosis,
        open=[each for each in sections if each not in folded],
        folded=folded,
        largest=max(1, largest),
    )
    return files.write_text(path, text)


def _section(number: int, finding: Finding, diagnosis: Diagnosis) -> dict[str, object]:
    more = max(0, len(finding.suspects) - MOST_SHOWN)
    return {"number": number, "finding": finding, "groups": _groups(finding, diagnosis), "more": more}


def _groups(finding: Finding, diagnosis: Diagnosis) -> list[list[dict[str, object]]]:
    """Returns the first suspects, those of one group together."""
    shown = finding.suspects[:MOST_SHOWN]
    paired = finding.check in ("conflicts", "exact copies", "near copies")
    return [
        [{"suspect": each, "picture": _picture(each, diagnosis)} for each in members]
        for _, members in groupby(shown, key=lambda each: each.group if paired else 0)
    ]


def _picture(suspect: Suspect, diagnosis: Diagnosis) -> str:
    """Returns an image as a data URL, with its answer where that can be drawn, or "" where there is none."""
    if suspect.row is None or diagnosis.thumbnails is None:
        return ""
    from PIL import Image

    pixels = diagnosis.thumbnails[suspect.row]
    drawn = pixels if diagnosis.drawn is None else diagnosis.drawn(suspect.row, pixels)
    image = Image.fromarray(drawn)
    if diagnosis.drawn is None and image.width > _THUMBNAIL:
        image = image.resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
