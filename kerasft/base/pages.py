"""The one environment that HTML pages are made with: texts are escaped, as HTML and as what a reader can't see."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base import languages
from kerasft.base.printable import shown_lines
from kerasft.base.wording import plural

if TYPE_CHECKING:
    from jinja2 import Environment

_ASSETS = Path(__file__).parents[1] / "assets"


def asset(name: str) -> str:
    """Returns a text of the package's folder `assets`."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def page_parts() -> dict[str, str]:
    """Returns the style and the script of all reports, and the script's hash: a page forbids every other one."""
    script = languages.translated_script(asset("report.js"), languages.chosen_language())
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"style": asset("report.css"), "script": script, "script_hash": digest}


def page_environment() -> Environment:
    """Returns a jinja2 `Environment` of the templates in `assets`, which escape all texts but `Markup`.

    Its templates are in the language that is chosen; their filters `said` and `drawn` put into it what code composed.

    Names of files and classes may be anybody's: controls that turn a text around, or hide a part of it, are shown as
    escapes, as on a terminal.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    language = languages.chosen_language()
    environment = Environment(
        loader=FunctionLoader(_template(language)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters.update(share=_share, percent=_percent, duration=_duration, number=_number)
    environment.filters["said"] = functools.partial(languages.say, language=language)
    environment.filters["drawn"] = functools.partial(languages.say_drawing, language=language)
    environment.globals["plural"] = lambda count, noun: languages.say(plural(count, noun), language)
    return environment


def _template(language: str) -> Callable[[str], str | None]:
    """Returns what reads a template by its name, in a language."""

    def read(name: str) -> str | None:
        return languages.translated(asset(name), language) if (_ASSETS / name).is_file() else None

    return read


def _visible(value: object) -> object:
    return shown_lines(value) if type(value) is str else value


def _share(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u00a0%"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
