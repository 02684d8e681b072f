"""The languages of pages: English, in which templates and code are written, and those that have tables of messages.

A table, `assets/LANGUAGE/*.txt`, has what a template or code says in English on one line, and below it, indented, what
stands for it. Templates are translated before they are compiled, so a message has its expressions, in any order; of
what code composes, `{}` stands for a part, and `{0}` puts it in as it is, `{0:said}` translated.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from markupsafe import Markup

from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural

VARIABLE = "KERASFT_LANGUAGE"
ENGLISH = "en"
_ASSETS = Path(__file__).parents[1] / "assets"
_chosen: contextvars.ContextVar[str] = contextvars.ContextVar("language", default="")
_JINJA = r"\{\{.*?\}\}|\{%.*?%\}"
_INLINE = "a|b|br|code|mark|q|small|span|strong"
_BETWEEN = re.compile(rf"(<(?!/?(?:{_INLINE})\b)[/!a-z](?:{_JINJA}|[^>])*>)", re.IGNORECASE | re.DOTALL)
_DRAWN = re.compile(r'(>|(?:aria-label|title)=")([^<>"]+)("|</(?:text|title)>)')
_ATTRIBUTE = re.compile(r'(?<= )(aria-label|alt|lang)="([^"]*)"')


def languages() -> list[str]:
    """Returns all that pages can be written in."""
    return [ENGLISH, *sorted(path.name for path in _ASSETS.iterdir() if any(path.glob("*.txt")))]


@contextlib.contextmanager
def chosen(name: str | None) -> Iterator[None]:
    """Lets pages that are made inside be in a language; None leaves it to the variable, and that to English.

    Raises:
        InputError: There is no such language.
    """
    wanted = name or _chosen.get() or os.environ.get(VARIABLE) or ENGLISH
    if wanted not in languages():
        where = "--language" if name else VARIABLE
        what = f"{where} names a language that pages are not written in"
        raise InputError(Problem(what, wanted, f"choose {' or '.join(languages())}"))
    token = _chosen.set(wanted)
    try:
        yield
    finally:
        _chosen.reset(token)


def chosen_language() -> str:
    """Returns the language of pages that are made now.

    Raises:
        InputError: The environment variable names one that there isn't.
    """
    with chosen(None):
        return _chosen.get()


@functools.cache
def messages(language: str) -> Mapping[str, str]:
    """Returns what stands for what in a language; nothing for English."""
    tables = map(read_table, sorted((_ASSETS / language).glob("*.txt")))
    return {message: words for table in tables for message, words in table.items()}


def read_table(path: Path) -> dict[str, str]:
    """Returns what stands for what in a file."""
    found: dict[str, str] = {}
    english = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("  ") and english:
            found[english] = line.strip()
        english = "" if line.startswith((" ", "#")) else line
    return found


def pieces(template: str) -> list[str]:
    """Returns a template cut where elements begin and end: texts at even places, tags at odd ones.

    A text has its expressions, and elements within sentences such as `<strong>`.
    """
    return _BETWEEN.split(template)


def message_of(piece: str) -> str:
    """Returns a text of a template as a table has it: on one line."""
    return " ".join(piece.split())


def attributes(tag: str) -> list[str]:
    """Returns what a tag says to those who can't see, and the page's language."""
    return [words for _, words in _ATTRIBUTE.findall(tag)]


def translated(template: str, language: str) -> str:
    """Returns a template in another language; what the tables don't have stays as it is."""
    table = messages(language)

    def attribute(found: re.Match[str]) -> str:
        return f'{found[1]}="{table.get(found[2], found[2])}"'

    def text(piece: str) -> str:
        words = table.get(message_of(piece))
        if words is None:
            return piece
        return piece.replace(piece.strip(), words)

    return "".join(
        _ATTRIBUTE.sub(attribute, each) if place % 2 else text(each)
        for place, each in enumerate(pieces(template))
    )


class _Part(str):
    """A part of a text that was composed: `{:said}` puts it in translated."""

    language: str

    def __format__(self, how: str) -> str:
        return say(str(self), self.language) if how == "said" else str(self)


def say(text: str, language: str) -> str:
    """Returns in a language what code has composed in English; what the tables don't have stays as it is.

    Args:
        text: Without names that may be anybody's, or as a composed message with them. `Markup` stays so.
        language: Of the tables.
    """
    plain = str(text)
    alike = plain[:1].lower() + plain[1:].replace(
        "_", " "
    )  # of a metric that begins a sentence, or of a file
    exact = messages(language).get(plain) or messages(language).get(alike)
    words = exact or _composed(plain, language)
    return Markup(words) if isinstance(text, Markup) else words


def _composed(text: str, language: str) -> str:
    for pattern, words in _patterns(language):
        if found := pattern.fullmatch(text):
            parts = [_Part(each) for each in found.groups()]
            for part in parts:
                part.language = language
            return words.format(*parts)
    return text


@functools.cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Returns messages with `{}`, as patterns, those with the most words of their own first."""
    with_parts = [(key, words) for key, words in messages(language).items() if "{}" in key]
    with_parts.sort(key=lambda each: -len(each[0].replace("{}", "")))
    return [(_pattern(key), words) for key, words in with_parts]


def _pattern(message: str) -> re.Pattern[str]:
    if noun := counted(message):
        return re.compile(rf"([\d,]+) (?:{noun}|{plural(2, noun)[2:]})")
    return re.compile("(.*)".join(map(re.escape, message.split("{}"))), re.DOTALL)


def counted(message: str) -> str:
    """Returns the noun of a message that counts something, "{} image"; "" where it does something else."""
    found = re.fullmatch(r"\{\} (?!of )([a-z ]+)", message)
    return found[1] if found else ""


def translated_script(script: str, language: str) -> str:
    """Returns a page's script whose sentences are in a language."""
    table = messages(language)

    def literal(found: re.Match[str]) -> str:
        words = found[0][1:-1]
        return found[0].replace(words, table.get(words, words)) if " " in words else found[0]

    return re.sub(r'"[^"\n]*"|`[^`\n]*`', literal, script)


def say_drawing(drawing: str, language: str) -> Markup:
    """Returns an SVG whose texts, titles and label are in a language."""
    return Markup(_DRAWN.sub(lambda found: found[1] + say(found[2], language) + found[3], drawing))
