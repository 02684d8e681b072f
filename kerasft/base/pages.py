"""The one environment that HTML pages are made with: texts are escaped, as HTML and as what a reader can't see."""

from __future__ import annotations

from typing import Any

from kerasft.base.printable import shown_lines


def page_environment() -> Any:
    """Returns a jinja2 `Environment` whose templates escape all texts but `Markup`.

    Names of files and classes may be anybody's: controls that turn a text around, or hide a part of it, are shown as
    escapes, as on a terminal.
    """
    from jinja2 import Environment, StrictUndefined

    return Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_visible
    )


def _visible(value: Any) -> Any:
    return shown_lines(value) if type(value) is str else value
