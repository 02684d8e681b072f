"""Every value of a run's JSON files replaced by values of other kinds: whatever reads them refuses them, or works."""

import collections
import contextlib
import copy
import dataclasses
import functools
import json
import traceback
from pathlib import Path

from kerasft.base import files
from kerasft.base.errors import KerasftError
from kerasft.contract.asking import Asked
from kerasft.contract.plan import Phase, Training
from kerasft.contract.registry import task_of
from kerasft.exporting.model_card import measured_files
from kerasft.inputs.texts.texts import TextColumns
from kerasft.reporting.facts import Facts
from kerasft.runs.calibration import calibration_of
from kerasft.runs.folder import PhaseResult
from kerasft.runs.run import Run
from kerasft.runs.starting import read_sides
from kerasft.targets.classes.calibration import Calibration
from kerasft.tasks.image_classification.config import ModelConfig
from kerasft.tasks.text_classification.config import TextModelConfig
from kerasft.training.feature_cache.choosing import Choice
from kerasft.training.resuming import last_state, plan_of

BAD = (
    None, True, -1, 0, 1.5, 1e308, float("nan"), float("inf"), 10**30, "", "x", "\x1b[31m", "../../x", "a\0b", [], {},
    [[]], {"a": 1}, ["a"], [{}], "x" * 5000,
)  # fmt: skip
NOTHING = "nothing"  # the value is left out
MOST_OF_A_LIST = 2  # elements of one are alike
SCHEMAS = (ModelConfig, TextModelConfig, Phase, Training, Choice, PhaseResult, Calibration, TextColumns)


def places(value, place=(), schemas=SCHEMAS):
    """Yields the place of every value, and of every field of our dataclasses that the object could have too."""
    yield place
    if isinstance(value, dict):
        for key in (*value, *sorted(_fields_beside(value, schemas))):
            yield from places(value.get(key), (*place, key), schemas)
    elif isinstance(value, list):
        for index in range(min(len(value), MOST_OF_A_LIST)):
            yield from places(value[index], (*place, index), schemas)


def _fields_beside(value, schemas):
    """An object with fields of a dataclass may lack others of it."""
    for schema in schemas:
        names = {field.name for field in dataclasses.fields(schema)}
        if len(names & value.keys()) > len(names) / 2:
            return names - value.keys()
    return ()


def replaced(value, place, new):
    """Returns a copy of a JSON value with another value at a place."""
    if not place:
        return new
    value = copy.deepcopy(value)
    inner = value
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return value


def missing(value, place):
    """Returns a copy without what is at a place."""
    value = copy.deepcopy(value)
    inner = value
    for key in place[:-1]:
        inner = inner[key]
    if isinstance(inner, dict):
        inner.pop(place[-1], None)
    else:
        del inner[place[-1]]
    return value


def use(folder: Path, data: bool = False) -> None:
    """Reads all that kerasft reads of a run without its weights, each part for itself."""
    run = Run.open(folder)
    parts = [
        lambda: run.model_config, lambda: run.check_weights("best"), lambda: Facts.of(run), lambda: run.at("head"),
        lambda: calibration_of(run), lambda: plan_of(run), lambda: last_state(run),
        lambda: run.with_data("x"), lambda: measured_files(folder / "exports"), lambda: read_sides(run),
    ]  # fmt: skip
    if str(task := run.config["model"].get("task")).startswith("text_"):
        parts.append(lambda: task_of(task).inputs.asked(["x"], Asked(), run.config["data"]))
    for part in [*parts, *([run.splits] if data else [])]:
        try:
            part()
        except KerasftError as error:
            assert str(error).isprintable() or "\n" in str(error)


@contextlib.contextmanager
def hashing_once():
    """Lets large files that did not change, such as weights, be hashed once."""
    sha256_of = files.sha256_of
    known = functools.cache(lambda path, size, changed: sha256_of(path))

    def hashed(path):
        about = Path(path).stat()
        large = about.st_size > 100_000
        return known(Path(path), about.st_size, about.st_mtime_ns) if large else sha256_of(path)

    files.sha256_of = hashed
    try:
        yield
    finally:
        files.sha256_of = sha256_of


@hashing_once()
def faults(folder: Path, names, step: int = 1, first: int = 0):
    """Mutates JSON files of a folder, of which only every `step`th, and returns the faults and how many there were.

    Args:
        folder: Of a run.
        names: Of the files.
        step: How many mutations there are for each that is tried.
        first: Which of so many is tried, from 0.
    """
    found, count = collections.OrderedDict(), 0
    schemas = (*SCHEMAS, type(Run.open(folder).model_config))
    for name in names:
        path = folder / name
        text = path.read_text("utf-8")
        original = json.loads(text)
        for place in places(original, schemas=schemas):
            there = bool(place) and place[-1] in _inside(original, place)
            for bad in (*BAD, *[NOTHING] * there):
                count += 1
                if (
                    count % step != first
                ):  # to copy the whole for each that is left out would take as long as the rest
                    continue
                value = missing(original, place) if bad is NOTHING else replaced(original, place, bad)
                path.write_text(json.dumps(value), "utf-8")
                try:
                    use(folder, data=place[:1] == ("data",))
                except KerasftError:
                    continue
                except Exception as error:
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    kind = (type(error).__name__, f"{Path(where.filename).name}:{where.lineno}")
                    found.setdefault(kind, (name, place, str(bad)[:40], str(error)[:80]))
        path.write_text(text, "utf-8")
    return found, count


def _inside(value, place):
    for key in place[:-1]:
        value = value[key]
    return value if isinstance(value, dict) else range(len(value))
