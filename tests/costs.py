"""A pytest plugin: what each test costs in CPU time, and whether the suite is within its budget (docs/testing.md).

CPU time, because it is nearly the same on a busy machine: of all threads, and of the processes that a test waits for.
The first test that asks for a shared fixture pays for it.
"""

import json
import os
import time
from collections import defaultdict
from pathlib import Path

import pytest

BUDGET = Path(__file__).with_name("budget.json")
BY_FILE = Path(__file__).with_name("costs.json")  # CPU seconds of each file, by `python -m tests.slowest`
UNKNOWN = 10.0  # seconds that a file is taken to cost that is not in there
STARTED = time.monotonic()
SPENT = pytest.StashKey[float]()


def cpu_seconds() -> float:
    """Returns the CPU time of this process and of its finished children so far, in seconds."""
    return sum(os.times()[:4])


def pytest_addoption(parser):
    """Adds `--costs FILE`."""
    parser.addoption("--costs", metavar="FILE", help="write what each test cost (CPU seconds) as JSON")


def pytest_collection_modifyitems(config, items):
    """With workers, the files that cost most come first: none of them is left for the end, when one worker is idle."""
    if hasattr(config, "workerinput"):
        known = [read_json(BY_FILE).get(name, {}) for name in asked_for(config)]

        def cost(item):
            return sum(each.get(item.nodeid.split("::")[0], UNKNOWN) for each in known)

        items.sort(key=cost, reverse=True)  # stable: a file stays together


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Measures fixtures."""
    return (yield from _measured(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Measures the test itself."""
    return (yield from _measured(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    """Measures what cleans up."""
    return (yield from _measured(item))


def _measured(item):
    start = cpu_seconds()
    try:
        return (yield)
    finally:
        item.stash[SPENT] = cpu_seconds() - start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Puts the CPU time on the report, which brings it from a worker to the main process."""
    report = yield
    report.cpu_seconds = item.stash.get(SPENT, 0.0)
    return report


def pytest_sessionfinish(session):
    """A worker says what it used in all: imports and collection too."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["cpu_seconds"] = cpu_seconds()


def pytest_configure(config):
    """The main process adds up; workers only measure."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Bill(config), "costs-bill")


class Bill:
    """Adds up what the tests cost, and compares it with the budget at the end.

    Args:
        config: Pytest's.
    """

    def __init__(self, config):
        self.config = config
        self.tests: dict[str, float] = defaultdict(float)
        self.workers = 0.0

    def pytest_runtest_logreport(self, report):
        """One phase of a test has ended."""
        self.tests[report.nodeid] += getattr(report, "cpu_seconds", 0.0)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """A worker has ended."""
        self.workers += getattr(node, "workeroutput", {}).get("cpu_seconds", 0.0)

    def pytest_terminal_summary(self, terminalreporter):
        """Says what it cost, and what it may cost."""
        own = cpu_seconds() if not self.workers else sum(os.times()[:2])  # workers may be among the children
        wall, cpu = time.monotonic() - STARTED, own + self.workers
        if path := self.config.getoption("costs"):
            costs = {"wall_seconds": round(wall, 1), "cpu_seconds": round(cpu, 1)}
            costs["tests"] = {name: round(spent, 2) for name, spent in self.tests.items()}
            Path(path).write_text(json.dumps(costs, indent=1) + "\n", "utf-8")
        budget = self._budget()
        line = f"{cpu:.0f} CPU seconds, {wall:.0f} s on the clock"
        if not budget:
            return terminalreporter.write_line(line)
        terminalreporter.write_line(
            f"{line}; the budget of the {budget['name']} tests is {budget['cpu_seconds']} CPU seconds, "
            f"{budget['wall_seconds']} s on 2 idle cores"
        )
        if cpu > budget["cpu_seconds"]:
            terminalreporter.write_line(
                f"WARNING: over the budget in tests/budget.json by {cpu - budget['cpu_seconds']:.0f} CPU seconds: "
                "see docs/testing.md",
                yellow=True,
            )
        return None

    def _budget(self) -> dict | None:
        """Returns the budget of what was asked for; None if it was not the whole of the fast or the slow tests."""
        if self.config.args_source is not self.config.ArgsSource.TESTPATHS:
            return None
        if self.config.getoption("keyword"):
            return None
        names = asked_for(self.config)
        parts = [read_json(BUDGET)[name] for name in names]
        sums = {key: sum(part[key] for part in parts) for key in ("cpu_seconds", "wall_seconds")}
        return {"name": " and ".join(names), **sums} if names else None


def asked_for(config) -> list[str]:
    """Returns the names of the parts of the tests, fast and slow, that a session runs."""
    marked = {"not slow": ["fast"], "slow": ["slow"], "slow or not slow": ["fast", "slow"]}
    return marked.get(config.getoption("markexpr"), [])


def read_json(path: Path) -> dict:
    """Returns the content of a JSON file beside this one; an empty one where it is missing."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
