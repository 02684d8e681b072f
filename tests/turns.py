"""A pytest plugin: cases that take turns by date, where many cases of one fact would cost minutes (docs/testing.md).

`@pytest.mark.turns(5)` on a test with parameters runs a fifth of its cases a day, so that all have run after five;
`turns(5, share=2)` says which fifth a case is in, where several tests share what is built for it.
What the command line names, a file or a test, runs with all its cases, unless with `--take-turns`; `--all-turns` runs
all cases of everything.
"""

import datetime
from collections import Counter

import pytest

DAY = pytest.StashKey[int | None]()


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
        share = mark.kwargs.get("share", seen[test])
        (kept if (share + day) % mark.args[0] == 0 else left_out).append(item)
        seen[test] += 1
    return kept, left_out
