"""The bill at the end of the tests: what is added up, and when it warns."""

from types import SimpleNamespace

import pytest

from tests import costs


class Terminal:
    """Keeps the lines that are written to a terminal."""

    def __init__(self):
        self.lines = []

    def write_line(self, line, **markup):
        self.lines.append(line)


@pytest.fixture
def bill(monkeypatch):
    """Makes the bill of a session that asked for the whole of some tests, and had spent so much CPU time."""

    def bill(cpu, marked="not slow", whole=True):
        budget = {"fast": {"cpu_seconds": 100, "wall_seconds": 60}}
        monkeypatch.setattr(costs, "read_json", {costs.BUDGET: budget}.get)
        options = {"costs": None, "markexpr": marked, "keyword": ""}
        kinds = SimpleNamespace(TESTPATHS="testpaths", ARGS="arguments")
        source = kinds.TESTPATHS if whole else kinds.ARGS
        config = SimpleNamespace(getoption=options.get, args_source=source, ArgsSource=kinds)
        found, terminal = costs.Bill(config), Terminal()
        monkeypatch.setattr(costs.os, "times", lambda: (0.0,) * 5)
        found.pytest_testnodedown(SimpleNamespace(workeroutput={"cpu_seconds": cpu}))
        found.pytest_terminal_summary(terminal)
        return terminal.lines

    return bill


def test_the_end_says_what_it_took_and_may_take(bill):
    (line,) = bill(99)
    assert (
        line.startswith("99 CPU seconds, ")
        and "the budget of the fast tests is 100 CPU seconds, 60 s" in line
    )


def test_above_the_budget_there_is_a_warning(bill):
    assert bill(131)[1].startswith("WARNING: over the budget in tests/budget.json by 31 CPU seconds")


@pytest.mark.parametrize("session", [{"whole": False}, {"marked": "slow and not fuzz"}])
def test_a_part_of_the_tests_has_no_budget(session, bill):
    (line,) = bill(131, **session)
    assert "budget" not in line


def test_the_cpu_time_of_a_phase_is_measured():
    item = SimpleNamespace(stash={})
    measured = costs._measured(item)
    next(measured)
    end = costs.cpu_seconds() + 0.05
    while costs.cpu_seconds() < end:
        sum(range(1000))
    with pytest.raises(StopIteration):
        next(measured)
    assert 0.04 < item.stash[costs.SPENT] < 5


def test_with_workers_the_files_that_cost_most_come_first(monkeypatch):
    monkeypatch.setattr(costs, "read_json", {costs.BY_FILE: {"fast": {"a.py": 1.0, "b.py": 300.0}}}.get)
    items = [SimpleNamespace(nodeid=f"{name}.py::test_{n}") for name in "abc" for n in (1, 2)]
    before = list(items)
    options = {"getoption": {"markexpr": "not slow"}.get}
    costs.pytest_collection_modifyitems(SimpleNamespace(**options), items)
    assert items == before
    costs.pytest_collection_modifyitems(SimpleNamespace(workerinput={}, **options), items)
    assert [each.nodeid[:1] for each in items] == ["b", "b", "c", "c", "a", "a"]
