"""How objects show themselves in a notebook: tables, images and folded details, whose texts are all escaped."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup, escape

from kerasft.base import bounded
from kerasft.base.errors import InputError
from kerasft.base.printable import shown

MOST_PNG = 1_000_000  # bytes of an image that a notebook keeps
_STYLE = Markup(
    "<style>.kerasft{font-size:.95em;line-height:1.4;margin:.3em 0}"
    ".kerasft table{border-collapse:collapse;margin:.4em 0}"
    ".kerasft th,.kerasft td{padding:.15em .7em;text-align:left;border-bottom:1px solid #8884}"
    ".kerasft td.num,.kerasft th.num{text-align:right;font-variant-numeric:tabular-nums}"
    ".kerasft figure{display:inline-block;margin:.2em .5em .2em 0;vertical-align:top;max-width:16em}"
    ".kerasft figcaption{font-size:.85em;overflow-wrap:anywhere}.kerasft img{min-width:64px;image-rendering:auto}"
    ".kerasft img.wide{max-width:46em;width:100%}.kerasft summary{cursor:pointer}"
    ".kerasft mark{color:inherit;border-radius:.15em}"
    ".kerasft mark.for{background:rgba(214,96,77,calc(.55*var(--a)))}"
    ".kerasft mark.against{background:rgba(67,147,195,calc(.55*var(--a)))}</style>"
)


def page(title: str, *parts: Markup | str) -> str:
    """Returns the HTML of an object: a title in bold, and its parts."""
    head = Markup("<div><strong>{}</strong></div>").format(_clean(title))
    return str(_STYLE + Markup('<div class="kerasft">') + head + Markup("").join(parts) + Markup("</div>"))


def table(rows: Iterable[Sequence[object]], head: Sequence[str] = ()) -> Markup:
    """Returns a table; the first cell of each row is its name, numbers stand on the right."""
    lines = [Markup("<tr>") + Markup("").join(_head(each) for each in head) + Markup("</tr>")] if head else []
    for name, *cells in rows:
        cell = Markup('<th scope="row">{}</th>').format(_clean(name))
        lines.append(Markup("<tr>") + cell + Markup("").join(map(_cell, cells)) + Markup("</tr>"))
    return Markup("<table>") + Markup("").join(lines) + Markup("</table>")


def facts(values: Mapping[str, object]) -> Markup:
    """Returns a table of names and values."""
    return table(values.items())


def folded(title: str, body: Markup) -> Markup:
    """Returns what is seen once its title is clicked; nothing where there is nothing."""
    if not body:
        return Markup("")
    return Markup("<details><summary>{}</summary>{}</details>").format(_clean(title), body)


def listed(lines: Iterable[str]) -> Markup:
    """Returns lines below each other."""
    return Markup("").join(Markup("<div>{}</div>").format(_clean(each)) for each in lines)


def plain(text: str) -> Markup:
    """Returns a text as a terminal shows it."""
    return (
        Markup("<pre>{}</pre>").format("\n".join(shown(line) for line in text.split("\n")))
        if text
        else Markup("")
    )


def figure(source: str, *captions: object, wide: bool = False) -> Markup:
    """Returns an image, a data URL, with lines below it."""
    name = Markup(' class="wide"') if wide else Markup("")
    room = Markup(' style="max-width:none"') if wide else Markup("")
    below = Markup("<br>").join(escape(_clean(each)) for each in captions)
    return Markup('<figure{}><img{} src="{}" alt=""><figcaption>{}</figcaption></figure>').format(
        room, name, source, below
    )


def png(path: Path) -> str | None:
    """Returns a PNG file as a data URL; None where there is none, or it is too large for a notebook."""
    try:
        content = bounded.read_bytes(path, MOST_PNG)
    except (OSError, InputError):
        return None
    return "data:image/png;base64," + base64.b64encode(content).decode()


def _head(name: str) -> Markup:
    return Markup('<th scope="col">{}</th>').format(_clean(name))


def _cell(value: object) -> Markup:
    if isinstance(value, Markup):
        return Markup("<td>{}</td>").format(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Markup("<td>{}</td>").format(_clean(value))
    text = f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    return Markup('<td class="num">{}</td>').format(text)


def _clean(value: object) -> str:
    return shown(str(value))
