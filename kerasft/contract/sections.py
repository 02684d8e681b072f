"""The part of a run's report that its task writes: what it gets, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from markupsafe import Markup

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.pages import page_environment
from kerasft.contract.calibration import Calibration
from kerasft.contract.evaluation import Evaluation
from kerasft.contract.splits import Splits


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Args:
        anchor: The id of its element.
        title: In the navigation.
        html: The element, `<section id=...>`.
        first: Whether it stands before what is said of the training.
        behind: What the page's script needs to know, as a value for JSON; a name is in one section only.
    """

    anchor: str
    title: str
    html: Markup
    first: bool = False
    behind: JsonFields = field(default_factory=dict)


@dataclass(frozen=True)
class Explained:
    """The explanations of a report.

    Args:
        by_row: By row of the test split, what its card gets: `claim`, what is explained, and what
            `kerasft.contract.showing.Showing.evidence` gives.
        method: How they were made.
        note: Why there are none, where they failed.
    """

    by_row: Mapping[int, dict[str, object]] = field(default_factory=dict)
    method: str = ""
    note: str = ""


class Groups(Protocol):
    """The scores per group of test examples. As text: a line for each group, and the largest gap."""

    def as_dict(self) -> JsonObject:
        """Returns them as a value for JSON."""


@dataclass(frozen=True, eq=False)
class Reported:
    """What is said of a run.

    Args:
        splits: Its splits.
        evaluation: On its test split, in its order.
        phase: The phase whose weights gave the answers.
        data: What config.json says of the data.
        calibration: What was fitted on the validation split, as the targets have it; None where nothing was.
        explained: The explanations of the worst mistakes.
        groups: The scores per group; None where no groups were given.
    """

    splits: Splits
    evaluation: Evaluation
    phase: str
    data: JsonFields
    calibration: Calibration | None = None
    explained: Explained = Explained()
    groups: Groups | None = None


def rendered_sections(
    kind: str, values: Mapping[str, object], first: Mapping[str, str], then: Mapping[str, str]
) -> list[Section]:
    """Returns sections made of the templates `assets/KIND/ANCHOR.html`.

    Args:
        kind: The folder of the templates.
        values: What they are rendered with.
        first: Titles by anchor, of those that stand before what is said of the training.
        then: Titles by anchor, of the others.
    """
    environment = page_environment()

    def html(anchor: str) -> Markup:
        return Markup(environment.get_template(f"{kind}/{anchor}.html").render(values))

    before = [Section(anchor, title, html(anchor), True) for anchor, title in first.items()]
    return before + [Section(anchor, title, html(anchor)) for anchor, title in then.items()]
