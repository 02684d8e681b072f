"""Foreign text made fit to be shown: names of files and classes may be anybody's, and terminals obey characters.

Escape sequences set colours, titles and the clipboard, line breaks forge a line of ours, bidirectional controls turn
what follows around, and invisible characters make two names look like one.
"""

from __future__ import annotations

import re

# Controls, surrogates, bidirectional and invisible characters, by Unicode's categories Cc, Cf, Cs, Zl, Zp and its
# property Default_Ignorable_Code_Point. Not among them: U+200C and U+200D, which Persian, Indic scripts and emoji need,
# and variation selectors, which choose a form of the character before them.
_ODD = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff"
)
MODIFIERS = "\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
ODD = re.compile(f"[{_ODD}\t\n]")
_ODD_IN_LINES = re.compile(f"[{_ODD}]")


def shown(text: object) -> str:
    r"""Returns a text for a place in a line, with whatever a terminal obeys or hides as an escape, such as \x1b or \n.

    Args:
        text: A name, a path, or anything with a text.
    """
    return ODD.sub(_escape, str(text))


def shown_lines(text: str) -> str:
    """Returns a text of several lines as `shown`, but with its line breaks and tabs."""
    return _ODD_IN_LINES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
