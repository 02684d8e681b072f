"""A run as one HTML page that needs nothing else: style, script and images are inside, nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from markupsafe import Markup, escape

from kerasft.base.languages import chosen_language, say
from kerasft.base.pages import page_environment, page_parts
from kerasft.contract.objective import Better
from kerasft.contract.sections import Section
from kerasft.contract.splits import Splits
from kerasft.reporting import charts
from kerasft.reporting.facts import Facts
from kerasft.reporting.verdict import Verdict, best_place


def build_page(
    facts: Facts,
    splits: Splits,
    sections: Sequence[Section],
    augmented: bool = False,
    *,
    verdict: Verdict | None = None,
    views: Sequence[dict[str, object]] = (),
) -> str:
    """Returns the page: the sections of the run's task, and around them what is the same for all tasks.

    Args:
        facts: What the run says about itself.
        splits: Of the run.
        sections: What its task says of data and answers.
        augmented: Whether training changed the examples.
        verdict: What is said first; None: nothing.
        views: Examples of the training split, beside what training made of them: see `seen_in_training`.
    """
    return (
        page_environment()
        .get_template("report.html")
        .render(
            facts=facts,
            **page_parts(),
            noun=splits.reading.noun,
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            splits=splits,
            answers=str(splits.schema),
            sections=sections,
            augmented=augmented,
            verdict=verdict,
            step=None if verdict is None else _commands(say(verdict.step, chosen_language())),
            views=views,
            curves=_curves(facts),
            behind={name: value for each in sections for name, value in each.behind.items()},
        )
    )


def _curves(facts: Facts) -> list[tuple[str, str]]:
    if not facts.history:
        return []
    drawn = {each.metric: each for each in (Better("loss", higher=False), facts.better)}
    best = best_place(facts)
    return [
        (name.replace("_", " "), charts.learning_curve(facts.history, each, best))
        for name, each in drawn.items()
    ]


def _commands(text: str) -> Markup:
    """Returns a text in which what stands between backticks is code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(parts)
    )
