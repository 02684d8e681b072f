"""Paths that a file names: a run's config, splits.csv, the path column of a table. They stay on this computer.

A path with a scheme (gs://, s3://, https://, file://) or of another computer (//host/share) makes libraries open
connections, with the user's credentials, to whoever wrote the file. What a user types is the user's choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kerasft.base.errors import InputError, Problem

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]+:([/\\]{2}|$)|(file|unc|url):)", re.IGNORECASE)
_SHARE = re.compile(r"\s*[/\\]{2}")


def elsewhere(path: str) -> str:
    """Returns why a path isn't one of this computer's files: "a URL" or "a path of another computer"; or ""."""
    if _SCHEME.match(path):
        return "a URL"
    return "a path of another computer" if _SHARE.match(path) else ""


def require_local(paths: Iterable[str | None], named_in: str, next_step: str) -> None:
    """Refuses paths that a file names and that lead off this computer, before anything touches them.

    Args:
        paths: As the file has them; None and "" are no paths.
        named_in: What names them, for the message: "the run", "the splits file".
        next_step: What to do instead.

    Raises:
        InputError: For the first few of them.
    """
    found = [(path, why) for path in paths if path and (why := elsewhere(path))]
    if found:
        raise InputError(
            Problem(f"{named_in} names {why}, and only files of this computer are read", path, next_step)
            for path, why in found[:5]
        )
