"""A run as one HTML page that needs nothing else: style, script and images are inside, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from kerasft.base.pages import asset, page_environment
from kerasft.contract.objective import Better
from kerasft.contract.sections import Section
from kerasft.contract.splits import Splits
from kerasft.reporting import charts
from kerasft.reporting.facts import Facts


def build_page(facts: Facts, splits: Splits, sections: Sequence[Section], augmented: bool = False) -> str:
    """Returns the page: the sections of the run's task, and around them what is the same for all tasks.

    Args:
        facts: What the run says about itself.
        splits: Of the run.
        sections: What its task says of data and answers.
        augmented: Whether training changed the examples.
    """
    script = asset("report.js")
    return (
        page_environment()
        .get_template("report.html")
        .render(
            facts=facts,
            style=asset("report.css"),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            noun=splits.reading.noun,
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            splits=splits,
            answers=str(splits.schema),
            sections=sections,
            augmented=augmented,
            curves=_curves(facts),
            behind={name: value for each in sections for name, value in each.behind.items()},
        )
    )


def _curves(facts: Facts) -> list[tuple[str, str]]:
    if not facts.history:
        return []
    drawn = {each.metric: each for each in (Better("loss", higher=False), facts.better)}
    return [
        (name.replace("_", " "), charts.learning_curve(facts.history, each)) for name, each in drawn.items()
    ]
