"""What is looked at in images, whatever the answers are: files, sizes, copies, groups, splits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Finding, Suspect
from kerasft.contract.targets import Targets
from kerasft.data.copy_findings import copy_findings, near_finding, split_finding, strata_of
from kerasft.data.given import Given
from kerasft.data.group_column import used_columns
from kerasft.data.group_findings import group_finding
from kerasft.data.listing import Item, Listing
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.copies import near_copies
from kerasft.inputs.images.decode import BrokenImageError
from kerasft.inputs.images.depth_notes import depth_notes
from kerasft.inputs.images.headers import Header, header_findings, read_header
from kerasft.inputs.images.loading import AUTO, Loaded, load
from kerasft.inputs.images.sources import SOURCES, Sources


@dataclass(frozen=True)
class Examined:
    """Images that were looked at.

    Args:
        listing: All of them.
        loaded: Those that could be read.
        files: The findings on the files.
        rest: Those on copies, groups and splits; none where nothing could be read.
        near: Groups of rows that look alike.
    """

    listing: Listing
    loaded: Loaded
    files: Sequence[Finding]
    rest: Sequence[Finding]
    near: Sequence[Sequence[int]] = ()


def look_at_images(
    wish: Examination, targets: Targets, image_size: int, sources: Sources = SOURCES
) -> Examined:
    """Reads images as training would, at a size in pixels, and looks at all but their answers.

    Raises:
        InputError: The images can't be listed.
    """
    columns = ImageColumns(wish.image, wish.label, wish.suffix)
    listing = sources.list(Given(wish.source, data_dir=wish.data_dir), targets, columns=columns)
    loaded = load(listing, image_size, bit_depth=AUTO, progress=wish.progress)
    headers = _headers(listing, {name for name, _ in loaded.broken})
    files = [Finding("reading", "note", note) for note in listing.notes]
    files += [Finding("bits", "warn", note) for note in depth_notes(loaded)]
    files += [_broken(loaded.broken, len(loaded.items)), *header_findings(headers, image_size)]
    if not loaded.items:
        return Examined(listing, loaded, files, ())
    skipped: list[int] = []
    near = near_copies(loaded.store, skipped)
    rest = _findings_on_all(listing, loaded, columns, near, sum(skipped))
    return Examined(listing, loaded, files, rest, near)


def _findings_on_all(
    listing: Listing, loaded: Loaded, columns: ImageColumns, near: Sequence[Sequence[int]], skipped: int
) -> list[Finding]:
    items, keys, given = loaded.items, loaded.keys, listing.given_splits
    names = strata_of(items, listing.schema).names
    used = {*names, *used_columns({"columns": vars(columns)})}
    return [
        *copy_findings(items, keys, "image"),
        near_finding(near, items, keys, "image", skipped),
        group_finding(listing.header, used, items, len(names), given, "image"),
        split_finding(items, keys, listing.schema, given, "image"),
    ]


def _headers(listing: Listing, broken: set[str]) -> list[tuple[str, Header]]:
    def read(item: Item) -> tuple[str, Header | None]:
        try:
            return item.id, None if item.id in broken else read_header(item.source)
        except BrokenImageError:
            return item.id, None

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [(name, header) for name, header in pool.map(read, listing.items()) if header is not None]


def _broken(broken: list[tuple[str, str]], good: int) -> Finding:
    if not broken:
        return Finding("broken files", "ok", f"all {good} can be decoded")
    suspects = tuple(Suspect(name, reason) for name, reason in broken)
    what = f"{plural(len(broken), 'image')} of {good + len(broken)} can't be decoded"
    next_step = "repair or remove them, or leave them out: train with --skip-broken"
    return Finding("broken files", "fail", what, next_step, suspects)
