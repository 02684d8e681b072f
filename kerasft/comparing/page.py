"""A comparison as one HTML page that needs nothing else: style, script and charts are inside, nothing is fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kerasft.base import files
from kerasft.base.pages import page_environment, page_parts
from kerasft.base.wording import clip
from kerasft.comparing.charts import LONGEST, forest
from kerasft.comparing.results import LEVEL, MCNEMAR, Comparison, Difference
from kerasft.comparing.settings import SURROUNDINGS, differing
from kerasft.contract.evaluation import Seen


def write_comparison(found: Comparison, path: str | Path) -> Path:
    """Writes what `compare` found as a page: scores, differences, classes, and in which settings the runs differ.

    Args:
        found: From `compare`.
        path: Of the page, such as "comparison.html"; it is written in one step.

    Returns:
        The path.
    """
    scores = [(each.name, each.score, each.low, each.high) for each in found.entries]
    pairs = [(_both(each), each.pair.difference, each.pair.low, each.pair.high) for each in found.differences]
    rows = differing(found.settings)
    details = [row for row in rows if row[0].split(" ")[0] in SURROUNDINGS]
    text = (
        page_environment()
        .get_template("comparison.html")
        .render(
            **page_parts(),
            found=found,
            names=[each.name for each in found.entries],
            seen=[
                f"{each.name}: {Seen(each.seen, found.examples).sentence()}."
                for each in found.entries
                if each.seen
            ],
            scores=forest(scores, found.score_name),
            pairs=forest(pairs, f"difference in {found.of_examples or found.score_name}", zero=True),
            classes=sorted(found.classes, key=lambda each: -max(map(_size, each.differences), default=0)),
            chosen=[row for row in rows if row not in details],
            details=details,
            told=any(found.settings),
            level=LEVEL,
            exact=found.differences[0].test == MCNEMAR,
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        )
    )
    return files.write_text(path, text)


def _both(difference: Difference) -> str:
    """Returns the names of the two, cut so that a chart has room for both."""
    return " − ".join(clip(each, LONGEST // 2 - 1) for each in (difference.first, difference.second))


def _size(difference: float | None) -> float:
    return 0.0 if difference is None else abs(difference)
