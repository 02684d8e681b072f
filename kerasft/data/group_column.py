"""Which group each example is of: by a column of the data's own table, or by a CSV file of id and group."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.base.folding import most_problems
from kerasft.base.json_values import JsonFields
from kerasft.base.shells import quoted
from kerasft.base.wording import plural
from kerasft.contract.answers import UnreadableError
from kerasft.data.own_splits import apart, recorded_sources
from kerasft.data.signatures import TABLE_SUFFIXES
from kerasft.data.tables import open_table
from kerasft.data.values import cell_text, is_missing

IN_MEMORY = ("arrays", "lists")
Group = str | Path | Iterable[object]  # a column, a file, or the group of each example
ColumnOf = Callable[[str, JsonFields, Sequence[str]], Mapping[str, str]]
HINT = "give a column of the data's table, or a CSV file with the columns id and group, with --group"
_NAMES = re.compile(
    r"^(.+?)[ _.-]*(frame|slice|crop|view|img|image|page|part|patch|tile)?[ _.-]*\d+$", re.IGNORECASE
)
_WHOLE = re.compile(r"^([+-]?\d+)\.0*$")
_LETTER = re.compile(r"[^\W\d_]")  # "12_7.txt" is number and rating in IMDb
# patient, patient_id, PatientID, "patient no."
_COLUMN = re.compile(
    r"(group|patient|subject|participant|person|customer|client|user|author|speaker|video|session|household)"
    r"[ _.-]*(id|uid|name|nr|no|number|code|key)?\.?",
    re.IGNORECASE,
)


def group_names(
    group: Group, data: JsonFields, ids: Sequence[str], column_of: ColumnOf
) -> tuple[str, tuple[str, ...]]:
    """Finds the group of each example.

    Args:
        group: A column of the table that the data is, or a CSV file with the columns id and group; of arrays and lists,
            the groups themselves, one for each row.
        data: "source", "test_data" and the like, and of texts "columns", as config.json of a run has them.
        ids: Of the examples.
        column_of: Reads a column of a table: `Inputs.column_of_table`.

    Returns:
        What the groups are called, and the group of each example, "" for those without one.

    Raises:
        InputError: There is no such column or file, or it says nothing about these examples.
    """
    if not isinstance(group, (str, Path)):
        name, found = "group", _from_list(group, data["source"])
    elif Path(group).is_file():
        name, found = Path(group).stem, _from_file(Path(group))
    elif str(group).lower().endswith((".csv", ".tsv")):
        raise InputError(Problem("there is no such file of groups", str(group), HINT))
    else:
        name, found = str(group), {}
        for prefix, source, part in apart(dict.fromkeys(ids), recorded_sources(data)):
            where = {**data, "source": source or data["source"]}
            try:
                groups_of_part = _from_column(str(group), where, list(part), column_of) if part else {}
            except InputError:
                if not prefix:
                    raise
                continue  # a test set often lacks the column; those who call say how many have no group
            found |= {prefix + each: value for each, value in groups_of_part.items()}
    groups = tuple(_spelled(found.get(each, "")) for each in ids)
    if not any(groups):
        first = f"the first id is {ids[0]!r}" if ids else ""
        raise InputError(Problem("no example has a group there", str(group), first or HINT))
    return name, groups


@dataclass(frozen=True)
class Hint:
    """A sign that examples belong together.

    Args:
        what: What was seen.
        flag: What to train with.
        effect: What the flag does.
    """

    what: str
    flag: str
    effect: str

    def __str__(self) -> str:
        return f"{self.what}: {self.flag} {self.effect}"


def column_hint(header: Sequence[str], used: Collection[str] = ()) -> Hint | None:
    """Returns a hint on a column of a table that groups examples, by its name.

    Args:
        header: The columns.
        used: Those that hold texts, images or labels.
    """
    found = [name for name in header if _COLUMN.fullmatch(name.strip()) and name not in used]
    if not found:
        return None
    name = found[0]
    what = f"the column {name!r} may say what belongs together"
    return Hint(what, f"--group {quoted(name)}", f"keeps each {name} in one split")


def names_hint(ids: Sequence[str], class_count: int, noun: str) -> Hint | None:
    """Returns a hint on files that seem to be several of one thing, as frames of a video are, by their names."""
    found = [_NAMES.match(Path(each).stem) for each in ids]
    counts = Counter(match[1].casefold() for match in found if match and _LETTER.search(match[1]))
    several = {name: count for name, count in counts.items() if count > 1}
    if len(several) < max(5, 2 * class_count) or sum(several.values()) < 0.8 * len(ids):
        return None
    name, count = max(several.items(), key=lambda each: (each[1], each[0]))
    what = f"file names suggest {len(several)} groups, such as {name!r} ({plural(count, noun)})"
    return Hint(what, "--group FILE, a CSV with the columns id and group,", "keeps each in one split")


def used_columns(data: JsonFields) -> list[str]:
    """Returns the columns that hold texts, images or labels, of "columns" in what a run says of its data."""
    return [name for each in (data.get("columns") or {}).values() if each for name in str(each).split(",")]


def _spelled(value: str) -> str:
    """One group, one spelling: 12 has become 12.0 where a column of whole numbers has an empty cell."""
    text = unicodedata.normalize("NFC", value.strip())
    return _WHOLE.sub(r"\1", text)


def _from_list(groups: Iterable[object], source: str) -> dict[str, str]:
    if source not in IN_MEMORY:
        what = "group= as a list goes with arrays and lists only"
        raise InputError(Problem(what, str(source), HINT.replace("--group", "group=")))
    return {f"train/{row}": "" if is_missing(each) else str(each) for row, each in enumerate(groups)}


def _from_file(path: Path) -> dict[str, str]:
    table = open_table(path, "--group")
    header = [name.lower() for name in table.header]
    for name in ("id", "group"):
        if name not in header:
            what, received = f"the file of --group has no column {name!r}", f"columns {', '.join(header)}"
            raise InputError(Problem(what, received, HINT))
    problems, found = [], {}
    for number, cells in table.rows([header.index("id"), header.index("group")]):
        if isinstance(cells, UnreadableError):
            what = f"{table.unit} {number}: {cells}"
            problems.append(Problem(what, str(cells.received)[:100], cells.next_step))
        else:
            found[cell_text(cells[0])] = cell_text(cells[1])
    raise_problems(most_problems(problems))
    return found


def _from_column(group: str, data: JsonFields, ids: Sequence[str], column_of: ColumnOf) -> Mapping[str, str]:
    table = Path(data["source"])
    if not (table.is_file() and table.suffix.lower() in TABLE_SUFFIXES):
        raise InputError(Problem("the data is no table, so it has no columns", group, HINT))
    return column_of(group, data, ids)
