"""A pytest plugin: cases that take turns by date, where many cases of one fact would cost minutes (docs/testing.md).

`@pytest.mark.turns(5)` on a test with parameters runs a fifth of its cases a day, so that all have run after five;
`turns(5, share=2)` says which fifth a case is in, where several tests share what is built for it, and
`turns(5, share=(1, 2, 3, 4))` runs it on the other four days. Each file begins on a day of its own, so that the first
cases of all tests are not on one.
What the command line names, a file or a test, runs with all its cases, unless with `--take-turns`; `--all-turns` runs
all cases of everything.
"""

import datetime
import zlib
from collections import Counter

import pytest

DAY = pytest.StashKey[int | None]()
# of a test that tries every `step`th of many, from the `first` on: all of them within three days
THIRDS = [pytest.param(3, first, marks=(pytest.mark.slow, pytest.mark.turns(3))) for first in range(3)]


def pytest_addoption(parser):
    """Adds `--all-turns` and `--take-turns`."""
    parser.addoption("--take-turns", action="store_true", help="leave out cases of files that are named, too")
    parser.addoption(
        "--all-turns", action="store_true", help="run all cases, those too whose turn is another day"
    )


def pytest_configure(config):
    """The main process reads the calendar; workers do as it does, also at midnight."""
    if hasattr(config, "workerinput"):
        config.stash[DAY] = config.workerinput["turns_day"]
        return
    unnamed = config.args_source is config.ArgsSource.TESTPATHS or config.getoption("take_turns")
    taken = unnamed and not config.getoption("all_turns")
    config.stash[DAY] = datetime.date.today().toordinal() if taken else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tells a worker."""
    node.workerinput["turns_day"] = node.config.stash[DAY]


def pytest_collection_modifyitems(config, items):
    """Leaves out the cases whose turn it is not."""
    day = config.stash[DAY]
    if day is None:
        return
    kept, left_out = divide(items, day)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def divide(items, day):
    """Returns the items that run on a day, as `date.toordinal` counts it, and those that don't.

    Args:
        items: Pytest's, in their order.
        day: Days since the year 1.
    """
    kept, left_out, seen = [], [], Counter()
    for item in items:
        mark = item.get_closest_marker("turns")
        if mark is None:
            kept.append(item)
            continue
        test = item.nodeid.split("[")[0]
        shares = mark.kwargs.get("share", seen[test])
        shares = shares if isinstance(shares, tuple) else (shares,)
        today = -(day + begins(item.nodeid.split("::")[0])) % mark.args[0]
        (kept if today in (share % mark.args[0] for share in shares) else left_out).append(item)
        seen[test] += 1
    return kept, left_out


def begins(file: str) -> int:
    """Returns by how many days the cases of a file are ahead."""
    return zlib.crc32(file.encode())
