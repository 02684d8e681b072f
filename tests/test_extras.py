"""Optional packages: what is missing is told apart from what is broken, each with the command that helps."""

import pytest

from kerasft.base import extras
from kerasft.base.errors import UnavailableError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package of the name and puts it where Python looks."""

    def write(name, text):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text, "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    return write


def test_a_package_that_is_there_is_returned(package):
    package("whole_package", "answer = 42")
    assert extras.load("whole_package", "whole-package", "extra", "Wholes need").answer == 42


def test_a_missing_package_is_named_with_its_extra():
    with pytest.raises(UnavailableError) as error:
        extras.load("no_such_package.inner", "no-such-package", "extra", "Holes need")
    assert str(error.value) == (
        'Holes need the package no-such-package, which is not installed; pip install "kerasft[extra]"'
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import another_that_is_missing", "ModuleNotFoundError: No module named 'another_that_is_missing'"),
        ("raise TypeError('boom')", "TypeError: boom"),
        ("raise ImportError('libarrow.so')", "ImportError: libarrow.so"),
    ],
)
def test_a_broken_package_is_to_be_installed_again(package, text, reason):
    package("broken_package", text)
    with pytest.raises(UnavailableError) as error:
        extras.load("broken_package", "broken-package", "extra", "Halves need")
    assert str(error.value) == (
        f"the package broken-package is installed but can't be imported ({reason}); "
        "pip install --force-reinstall broken-package"
    )
