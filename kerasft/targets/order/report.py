"""What the report of a run says of classes with an order: errors in steps, and all that it says of classes."""

from __future__ import annotations

from typing import cast

import numpy as np
from markupsafe import Markup

from kerasft.base.pages import page_environment
from kerasft.contract.sections import Reported, Section
from kerasft.contract.showing import Showing
from kerasft.targets.classes.report import class_sections, tile
from kerasft.targets.order.evaluation import OrderEvaluation

_LARGEST = ("Largest errors", "Those farthest off, the most confident first: look here for wrong labels.")


def order_sections(reported: Reported, showing: Showing) -> list[Section]:
    """Returns the sections of classes, and one on steps; its template is `assets/order/steps.html`."""
    evaluation = cast(OrderEvaluation, reported.evaluation)
    kappa = evaluation.kappa_interval
    tiles = [tile("mean absolute error", evaluation.error_interval, "in steps; lower is better")]
    if kappa is not None:
        tiles.append(tile("quadratic kappa", kappa, "1 is perfect, 0 what chance gives"))
    result, data, *others = class_sections(reported, showing, tiles, _LARGEST)
    html = (
        page_environment()
        .get_template("order/steps.html")
        .render(
            noun=reported.splits.reading.noun,
            rows=_rows(evaluation),
            bias=float(evaluation.steps.mean()),
            middle=(evaluation.class_names[evaluation.middle], evaluation.of_the_middle),
            near=float((np.abs(evaluation.steps) <= 1).mean()),
            ends=(evaluation.class_names[0], evaluation.class_names[-1]),
        )
    )
    return [result, data, Section("steps", "Errors in steps", Markup(html)), *others]


def _rows(evaluation: OrderEvaluation) -> list[dict[str, object]]:
    steps = evaluation.steps
    off, counts = np.unique(steps, return_counts=True)
    return [
        {
            "steps": int(step),
            "count": int(count),
            "share": float(count / len(steps)),
            "width": round(float(count / counts.max()), 3),
        }
        for step, count in zip(off, counts, strict=True)
    ]
