"""Puts the toy task where an installed package would be: its entry point is found as that of any other."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from kerasft.contract import registry

TOY = str(Path(__file__).with_name("toy"))


@contextmanager
def toy_installed():
    """Has the toy in the registry for a while."""
    _forget()
    sys.path.insert(0, TOY)
    try:
        yield
    finally:
        sys.path.remove(TOY)
        _forget()


def _forget():
    for each in (registry.task_names, registry._elsewhere, registry._load):
        each.cache_clear()


def pytest_generate_tests(metafunc):
    """Runs what asks for `task_name` for all tasks of the registry; those of this package are slow, and take turns."""
    if "task_name" in metafunc.fixturenames:
        with toy_installed():
            names = registry.task_names()
        turns = [(pytest.mark.slow, pytest.mark.turns(3, share=number)) for number in range(len(names))]
        marked = [
            pytest.param(name, marks=() if name == "vector_regression" else turn)
            for name, turn in zip(names, turns, strict=True)
        ]
        metafunc.parametrize("task_name", marked, scope="module")


@pytest.fixture(scope="module", autouse=True)
def toy():
    with toy_installed():
        yield
